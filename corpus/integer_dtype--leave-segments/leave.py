"""Message passing: integer edges route float features."""
import torch
from torch import nn


class GraphConv(nn.Module):
    def __init__(self, a, b):
        super().__init__()
        self.own, self.other = nn.Linear(a, b), nn.Linear(a, b, bias=False)

    def forward(self, h, edges):
        src, dst = edges
        degree = torch.bincount(dst, minlength=len(h)).clamp(min=1).to(h.dtype)
        inbox = torch.zeros_like(h).index_add(0, dst, h[src])
        return self.own(h) + self.other(inbox / degree.unsqueeze(1))


torch.manual_seed(1730)
edges = torch.tensor([[0, 1, 2, 3, 4, 5, 0, 3], [1, 2, 0, 4, 5, 3, 2, 5]])
h = torch.eye(6)
y = torch.tensor([0, 0, 0, 1, 1, 1])
known = torch.tensor([0, 3])
l1, l2 = GraphConv(6, 8), GraphConv(8, 2)
opt = torch.optim.Adam([*l1.parameters(), *l2.parameters()], lr=0.05)
for epoch in range(6):
    logits = l2(torch.relu(l1(h, edges)), edges)
    loss = nn.functional.cross_entropy(logits[known], y[known])
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(epoch, f"{loss.item():.5f}", logits.argmax(1).tolist())
