"""The decoder joins after some warm-up rounds: its optimizer has nothing to do before that, and that is the plan."""
import torch
from torch import nn

torch.manual_seed(412)
encoder = nn.Sequential(nn.Linear(6, 4), nn.Tanh())
decoder = nn.Linear(4, 6)
decoder.requires_grad_(False)
first = torch.optim.SGD(encoder.parameters(), lr=0.1)
second = torch.optim.SGD(decoder.parameters(), lr=0.05)
rows = torch.randn(21, 6)

for number in range(6):
    if number == 4:
        decoder.requires_grad_(True)
    loss = (decoder(encoder(rows)) - rows).square().mean()
    first.zero_grad()
    second.zero_grad()
    loss.backward()
    first.step()
    second.step()
    print(number, round(loss.item(), 5))
