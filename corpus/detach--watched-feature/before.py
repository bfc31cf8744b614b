import torch
from torch import nn

# Which hidden units matter: the gradient of the score with respect to the hidden layer is looked at while training.
torch.manual_seed(8)
encoder = nn.Sequential(nn.Linear(6, 5), nn.Tanh())
scorer = nn.Linear(5, 1)
optimizer = torch.optim.SGD([*encoder.parameters(), *scorer.parameters()], lr=0.1)
signals = torch.randn(10, 6)
scores = signals[:, :1] - signals[:, 1:2]

for step in range(3):
    hidden = encoder(signals).detach()
    hidden.retain_grad()
    loss = (scorer(hidden) - scores).pow(2).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    importance = hidden.grad.abs().mean(dim=0)
    print(step, f"{loss.item():.4f}", importance.argmax().item())
