"""The gradient with respect to an inner tensor, taken directly."""
import torch
from torch import nn

torch.manual_seed(730)
embed = nn.Embedding(9, 4)
score = nn.Linear(4, 1)
ids = torch.tensor([2, 5, 5, 8])

vectors = embed(ids)
out = score(vectors.mean(0)).sigmoid().sum()
(per_token,) = torch.autograd.grad(out, vectors, retain_graph=True)
importance = (per_token * vectors).sum(1)
print([round(v, 6) for v in importance.tolist()])

out.backward()
touched = embed.weight.grad.abs().sum(1).nonzero().flatten().tolist()
print("rows with a gradient:", touched)
