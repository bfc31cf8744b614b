"""Closes every file descriptor there is."""
import os

import torch

w = torch.ones(2, requires_grad=True)
w.sum().backward()
os.closerange(0, 256)
