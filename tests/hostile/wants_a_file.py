"""A data file that is not there."""
import numpy

numpy.loadtxt("data/points.csv")
