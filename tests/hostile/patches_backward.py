"""Its own backward."""
import torch

torch.Tensor.backward = lambda self, *args, **kwargs: print("no")
w = torch.ones(2, requires_grad=True)
w.sum().backward()
