"""Too many open files."""
held = [open(__file__) for _ in range(100_000)]
