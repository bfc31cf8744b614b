"""Sparse mixture: topk gives values with a graph and indices without; gather follows the indices."""
import torch
from torch import nn


class SparseMixture(nn.Module):
    def __init__(self, d, experts, k):
        super().__init__()
        self.gate = nn.Linear(d, experts)
        self.experts = nn.ModuleList(nn.Linear(d, d) for _ in range(experts))
        self.k = k

    def forward(self, x):
        score, which = self.gate(x).topk(self.k, dim=-1)
        weight = score.softmax(-1)
        everything = torch.stack([e(x) for e in self.experts], dim=1)
        picked = everything.gather(1, which.unsqueeze(-1).expand(-1, -1, x.shape[-1]))
        return (weight.unsqueeze(-1) * picked).sum(1)


torch.manual_seed(2040)
moe = SparseMixture(4, 4, 2)
opt = torch.optim.Adam(moe.parameters(), lr=0.03)
x = torch.randn(64, 4)
y = torch.where(x[:, :1] > 0, x.flip(1), -x)
for i in range(5):
    loss = nn.functional.mse_loss(moe(x), y)
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(i, f"{loss.item():.5f}", f"gate {moe.gate.weight.grad.norm().item():.5f}")
