"""A file without end beside itself."""
from pathlib import Path

with Path(__file__).with_name("log.bin").open("wb") as handle:
    while True:
        handle.write(b"x" * (1 << 20))
