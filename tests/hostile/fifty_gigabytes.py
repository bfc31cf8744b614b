"""A tensor that no machine has room for."""
import torch

torch.ones(50 * 2**30 // 4)
