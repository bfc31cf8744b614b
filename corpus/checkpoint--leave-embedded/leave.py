"""The re-entrant kind is right where its input has a graph: here it comes out of an embedding."""
import torch
from torch import nn
from torch.utils.checkpoint import checkpoint

torch.manual_seed(1310)
embed = nn.Embedding(7, 4)
block = nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.Linear(16, 4))
head = nn.Linear(4, 7)
opt = torch.optim.Adam([*embed.parameters(), *block.parameters(), *head.parameters()], lr=0.05)
ids = torch.arange(7)
for epoch in range(4):
    h = embed(ids)
    h = h + checkpoint(block, h, use_reentrant=True)
    loss = nn.functional.cross_entropy(head(h), ids.flip(0))
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(epoch, f"{loss.item():.5f}", f"{block[0].weight.grad.norm().item():.5f}")
