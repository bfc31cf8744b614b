"""Standard input is empty."""
import sys

print(len(sys.stdin.read()))
