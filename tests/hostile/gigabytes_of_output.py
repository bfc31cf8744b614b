"""A flood on standard output."""
line = "x" * 1_000_000
while True:
    print(line)
