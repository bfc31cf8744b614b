"""Leaves by the back door, and means well: the record must be there."""
import os

import torch

w = torch.ones(2, requires_grad=True)
w.sum().backward()
print(w.grad)
os._exit(0)
