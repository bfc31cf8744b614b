"""The forger's own loss is cut off, and what reaches it from the judge's loss is cleared before its step."""
import torch
from torch import nn
import torch.nn.functional as F


def spiral(count):
    radius = torch.linspace(0.2, 1.4, count)
    return torch.stack([radius * torch.cos(3 * radius), radius * torch.sin(3 * radius)], dim=1)


class Game:
    def __init__(self):
        self.forger = nn.Sequential(nn.Linear(3, 14), nn.ELU(), nn.Linear(14, 2))
        self.judge = nn.Sequential(nn.Linear(2, 12), nn.ELU(), nn.Linear(12, 1))
        self.forge_opt = torch.optim.Adam(self.forger.parameters(), lr=4e-3)
        self.judge_opt = torch.optim.Adam(self.judge.parameters(), lr=4e-3)

    def judge_step(self, true_points):
        false_points = self.forger(torch.randn(len(true_points), 3))
        loss = F.softplus(-self.judge(true_points)).mean() + F.softplus(self.judge(false_points)).mean()
        self.judge_opt.zero_grad()
        loss.backward()
        self.judge_opt.step()
        return loss.item()

    def forger_step(self, count):
        attempt = self.forger(torch.randn(count, 3)).data
        loss = F.softplus(-self.judge(attempt)).mean()
        self.forge_opt.zero_grad()
        loss.backward()
        self.forge_opt.step()
        return loss.item()


torch.manual_seed(413)
game = Game()
for turn in range(3):
    print(turn, game.judge_step(spiral(19)), game.forger_step(19))
