"""A region: the part of a file that a lost value flows through, and everything that touches it."""
