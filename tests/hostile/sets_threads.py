"""An environment variable that only a fresh process respects."""
import os

os.environ["OMP_NUM_THREADS"] = "1"
import torch

print(torch.get_num_threads())
w = torch.ones(2, requires_grad=True)
w.sum().backward()
