"""Float targets are cut into integer bins for a classification loss; the inputs stay floats."""
import torch
from torch import nn

torch.manual_seed(1720)
x = torch.randn(60, 3)
age = 40 + 12 * x[:, 0] + 3 * torch.randn(60)
edges = torch.arange(20, 70, 10)
decade = torch.bucketize(age, edges.float()).long()
centres = torch.cat([torch.tensor([15]), edges + 5]).float()

net = nn.Sequential(nn.Linear(3, 16), nn.ReLU(), nn.Linear(16, len(edges) + 1))
opt = torch.optim.Adam(net.parameters(), lr=0.03)
for epoch in range(6):
    logits = net(x)
    expected = logits.softmax(1) @ centres
    loss = nn.functional.cross_entropy(logits, decade) + 0.01 * (expected - age).abs().mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
    hit = (logits.argmax(1) == decade).long().sum().item()
    print(epoch, f"{loss.item():.4f} hits {hit} years off {(expected.int() - age.int()).abs().float().mean().item():.2f}")
