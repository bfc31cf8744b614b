"""A file without end in the place where writing is allowed."""
import tempfile

with tempfile.TemporaryFile() as handle:
    while True:
        handle.write(b"x" * (1 << 20))
