"""Mutants: sound training programs, broken in every way the catalogue knows."""
