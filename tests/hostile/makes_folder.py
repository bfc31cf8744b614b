"""Makes its output folder first."""
import os

os.makedirs("runs/one", exist_ok=True)
