import torch
import torch.nn as nn


class NoiseGate(nn.Module):
    """Passes samples above a learned level and mutes the rest."""

    def __init__(self, level=0.5):
        super().__init__()
        self.level = nn.Parameter(torch.tensor(level))
        self.makeup = nn.Parameter(torch.ones(()))

    def forward(self, audio):
        is_open = torch.sigmoid(10.0 * (audio.abs() - self.level))
        return self.makeup * is_open * audio


torch.manual_seed(46)
clean = torch.zeros(120)
clean[30:60] = torch.sin(torch.arange(30) * 0.4)
noisy = clean + 0.15 * torch.randn(120)

gate = NoiseGate()
optimizer = torch.optim.Adam(gate.parameters(), lr=0.05)
for it in range(5):
    optimizer.zero_grad()
    loss = (gate(noisy) - clean).square().mean()
    loss.backward()
    optimizer.step()
print("loss", loss.item(), "level", gate.level.item(), "level grad", gate.level.grad)
