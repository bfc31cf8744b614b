"""Binary gates on features: hard in the forward pass, soft in the backward pass."""
import torch
from torch import nn


class GatedRegressor(nn.Module):
    def __init__(self, features):
        super().__init__()
        self.gate_logits = nn.Parameter(torch.linspace(-0.5, 0.5, features))
        self.linear = nn.Linear(features, 1)

    def forward(self, x):
        soft = torch.sigmoid(self.gate_logits)
        hard = (soft > 0.5).float()
        gate = soft + (hard - soft).detach()
        return self.linear(x * gate).squeeze(-1)


torch.manual_seed(4)
model = GatedRegressor(6)
opt = torch.optim.Adam(model.parameters(), lr=0.05)
x = torch.randn(50, 6)
y = x[:, 0] - 2 * x[:, 4]
for i in range(8):
    loss = (model(x) - y).square().mean() + 0.01 * torch.sigmoid(model.gate_logits).sum()
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(i, f"{loss.item():.4f}", model.gate_logits.grad.abs().sum().item() > 0)
