"""autofix repairs Python programs whose gradients are lost, and proves each repair by running the program."""

__version__ = "0.1.0"
