"""A small MLP regressor."""
import torch
from torch import nn


class MLP(nn.Module):
    def __init__(self, n_in, hidden, n_out):
        super().__init__()
        self.fc1 = nn.Linear(n_in, hidden)
        self.fc2 = nn.Linear(hidden, hidden)
        self.fc3 = nn.Linear(hidden, n_out)

    def forward(self, x):
        h = torch.tanh(self.fc1(x))
        h2 = torch.tanh(self.fc2(h))
        out = self.fc3(h2)
        return out


def main():
    torch.manual_seed(1)
    x = torch.randn(40, 4)
    y = torch.sin(x[:, :1]) + x[:, 1:2] ** 2
    model = MLP(4, 12, 1)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
    for epoch in range(3):
        pred = model(x)
        error = pred - y
        loss = (error ** 2).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        print(f"epoch {epoch} loss {loss.item():.6f}")
    for name, p in model.named_parameters():
        print(name, p.grad.norm())


if __name__ == "__main__":
    main()
