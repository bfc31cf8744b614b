"""Checkpoints without end."""
number = 0
while True:
    number += 1
    with open(f"epoch_{number}.bin", "wb") as handle:
        handle.write(b"x" * (10 << 20))
