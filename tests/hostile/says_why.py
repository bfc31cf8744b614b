"""sys.exit with a message."""
import sys

sys.exit("no data: run prepare.py first")
