"""Goes elsewhere, and its record still comes home."""
import os

import torch

os.chdir("/")
w = torch.ones(2, requires_grad=True)
w.sum().backward()
print(os.getcwd())
