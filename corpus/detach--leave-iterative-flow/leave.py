import torch
import torch.nn as nn


class Flow(nn.Module):
    """Iterative refinement: the estimate is detached before each look-up, the update is not."""

    def __init__(self):
        super().__init__()
        self.enc = nn.Linear(3, 4)
        self.gru = nn.GRUCell(6, 4)
        self.delta = nn.Linear(4, 2)

    def forward(self, x, iters=3):
        hidden = torch.tanh(self.enc(x))
        coords = torch.zeros(x.size(0), 2)
        preds = []
        for _ in range(iters):
            coords = coords.detach()
            corr = torch.cat([x[:, :2] - coords, coords, x[:, 1:]], 1)
            hidden = self.gru(corr, hidden)
            coords = coords + self.delta(hidden)
            preds.append(coords)
        return preds


torch.manual_seed(0)
net = Flow()
opt = torch.optim.AdamW(net.parameters(), 1e-2)
x = torch.randn(10, 3)
y = x[:, :2] * 2
for i in range(3):
    loss = sum(0.8 ** (2 - k) * (p - y).abs().mean() for k, p in enumerate(net(x)))
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(i, loss.item())
