"""Padding is masked in place on the raw scores, and dropout runs in place: both are fine."""
import torch
from torch import nn


class Pooler(nn.Module):
    def __init__(self, d):
        super().__init__()
        self.score = nn.Linear(d, 1)
        self.drop = nn.Dropout(0.1, inplace=True)
        self.out = nn.Linear(d, 2)

    def forward(self, x, lengths):
        pad = torch.arange(x.shape[1]).unsqueeze(0) >= lengths.unsqueeze(1)
        s = self.score(x).squeeze(-1)
        s.masked_fill_(pad, float("-inf"))
        a = s.softmax(dim=1)
        pooled = torch.einsum("bt,btd->bd", a, x)
        return self.out(self.drop(pooled))


torch.manual_seed(520)
x = torch.randn(16, 5, 4)
lengths = torch.randint(1, 6, (16,))
y = (x[:, 0, 0] > 0).long()
net = Pooler(4)
opt = torch.optim.Adam(net.parameters(), lr=0.05)
for epoch in range(5):
    loss = nn.functional.cross_entropy(net(x, lengths), y)
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(epoch, f"{loss.item():.5f}", f"{net.score.weight.grad.norm().item():.6f}")
