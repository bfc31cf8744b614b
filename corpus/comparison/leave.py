"""Comparisons make masks, masks choose terms; the chosen terms keep their graph."""
import torch
from torch import nn

torch.manual_seed(1900)
scorer = nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 1))
opt = torch.optim.Adam(scorer.parameters(), lr=0.03)
docs = torch.randn(12, 4)
grade = (docs[:, 0] * 2).round().clamp(-2, 2)

better = grade.unsqueeze(1) > grade.unsqueeze(0)
for epoch in range(5):
    s = scorer(docs).squeeze(1)
    gap = s.unsqueeze(1) - s.unsqueeze(0)
    pairs = nn.functional.softplus(-gap)[better]
    wrong = (gap < 0) & better
    loss = pairs.mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(epoch, f"{loss.item():.5f}", "inversions", int(wrong.sum()), "of", int(better.sum()))
