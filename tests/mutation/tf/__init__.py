"""Broken forms of the corpus's sound TensorFlow programs, and how many of them are restored."""
