import torch
from torch import nn


class CrossAttention(nn.Module):
    def __init__(self, d):
        super().__init__()
        self.to_q = nn.Linear(d, d, bias=False)
        self.to_k = nn.Linear(d, d, bias=False)
        self.to_v = nn.Linear(d, d, bias=False)
        self.scale = d ** -0.5

    def forward(self, query, memory):
        q, k, v = self.to_q(query), self.to_k(memory), self.to_v(memory)
        scores = torch.einsum("bqd,bkd->bqk", q, k) * self.scale
        return scores.softmax(dim=-1) @ v


def fit(layer, query, memory, answer, steps):
    opt = torch.optim.Adam(layer.parameters(), lr=0.01)
    for _ in range(steps):
        opt.zero_grad()
        loss = (layer(query, memory) - answer).pow(2).mean()
        loss.backward()
        opt.step()
        print("loss", loss.item())


torch.manual_seed(53)
memory = torch.randn(4, 7, 6)
query = memory[:, 2:4] + 0.1 * torch.randn(4, 2, 6)
fit(CrossAttention(6), query, memory, memory[:, 2:4], steps=4)
