"""No Python."""
def
