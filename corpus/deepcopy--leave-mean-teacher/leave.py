"""Semi-supervised: the teacher is a running average of the student and is never trained itself."""
import copy

import torch
import torch.nn.functional as F
from torch import nn


def perturbed(x):
    return x + 0.15 * torch.randn_like(x)


torch.manual_seed(1840)
student = nn.Sequential(nn.Linear(2, 16), nn.ReLU(), nn.Linear(16, 2))
teacher = copy.deepcopy(student)
for p in teacher.parameters():
    p.detach_()
opt = torch.optim.Adam(student.parameters(), lr=0.02)
y = torch.arange(60) % 2
x = torch.randn(60, 2) + 1.5 * (2 * y.unsqueeze(1) - 1)
labelled = slice(0, 6)
for step in range(6):
    out = student(perturbed(x))
    goal = teacher(perturbed(x)).softmax(1)
    consistency = F.mse_loss(out.softmax(1), goal)
    loss = F.cross_entropy(out[labelled], y[labelled]) + min(1.0, step / 3) * consistency
    opt.zero_grad()
    loss.backward()
    opt.step()
    for t, s in zip(teacher.parameters(), student.parameters()):
        t.mul_(0.9).add_(s.data, alpha=0.1)
    print(step, f"{loss.item():.5f} consistency {consistency.item():.6f}")
