"""The same in numpy."""
import numpy

numpy.ones(50 * 2**30 // 8)
