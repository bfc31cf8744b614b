"""Many small files where writing is allowed."""
import os
import tempfile

folder = tempfile.mkdtemp()
for number in range(10_000_000):
    with open(os.path.join(folder, str(number)), "wb") as handle:
        handle.write(b"x" * 200_000)
