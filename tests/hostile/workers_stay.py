"""DataLoader workers that are still at work when the program ends."""
import torch
from torch.utils.data import DataLoader

loader = DataLoader(torch.arange(1000.0), batch_size=2, num_workers=2, persistent_workers=True)
batches = iter(loader)
w = torch.ones(2, requires_grad=True)
(w * next(batches)).sum().backward()
print("done")
import os

os._exit(0)
