import torch
import torch.nn as nn
import torch.nn.functional as F


class Regressor(nn.Module):
    def __init__(self):
        super().__init__()
        self.trunk = nn.GRU(3, 8, batch_first=True)
        self.head = nn.Linear(8, 1)

    def forward(self, seq):
        states, _ = self.trunk(seq)
        return self.head(states[:, -1]).squeeze(1)


def linear_probe(model, seq, target, epochs=4):
    model.requires_grad_(False)
    opt = torch.optim.SGD(model.head.parameters(), lr=0.1)
    for epoch in range(epochs):
        loss = F.mse_loss(model(seq), target)
        opt.zero_grad()
        loss.backward()
        opt.step()
        print(f"probe {epoch}: {loss.item():.5f}")


torch.manual_seed(90)
seq = torch.randn(14, 5, 3)
linear_probe(Regressor(), seq, seq[:, :, 0].amax(dim=1))
