"""The online net chooses, the target net values: the choice is an index and needs no gradient."""
import copy

import torch
from torch import nn


class Dueling(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(4, 16), nn.ReLU())
        self.value, self.advantage = nn.Linear(16, 1), nn.Linear(16, 3)

    def forward(self, s):
        h = self.body(s)
        a = self.advantage(h)
        return self.value(h) + a - a.mean(1, keepdim=True)


torch.manual_seed(2020)
online = Dueling()
target = copy.deepcopy(online)
opt = torch.optim.Adam(online.parameters(), lr=1e-2)
for step in range(6):
    s, s2 = torch.randn(20, 4), torch.randn(20, 4)
    q = online(s)
    a = torch.where(torch.rand(20) < 0.2, torch.randint(0, 3, (20,)), q.argmax(1))
    r = (a == 1).float() - 0.1 * s[:, 0]
    choice = online(s2).argmax(dim=1, keepdim=True)
    y = r + 0.9 * target(s2).gather(1, choice).squeeze(1).detach()
    loss = nn.functional.huber_loss(q.gather(1, a.unsqueeze(1)).squeeze(1), y)
    opt.zero_grad()
    loss.backward()
    opt.step()
    for t, o in zip(target.parameters(), online.parameters()):
        t.data.copy_(0.8 * t.data + 0.2 * o.data)
    print(step, f"{loss.item():.5f}", torch.bincount(a, minlength=3).tolist())
