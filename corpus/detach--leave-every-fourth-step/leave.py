import torch
import torch.nn as nn


class Reader(nn.Module):
    def __init__(self, k=4):
        super().__init__()
        self.k = k
        self.cell = nn.GRUCell(2, 5)
        self.out = nn.Linear(5, 1)

    def forward(self, xs):
        h = xs.new_zeros(xs.size(1), 5)
        ys = []
        for t, x in enumerate(xs):
            if t % self.k == 0:
                h = h.detach()
            h = self.cell(x, h)
            ys.append(self.out(h))
        return torch.stack(ys)


torch.manual_seed(0)
m = Reader()
opt = torch.optim.Adam(m.parameters(), 1e-2)
xs = torch.randn(12, 3, 2)
for i in range(3):
    loss = (m(xs).squeeze(-1) - xs.sum(-1).cumsum(0)).pow(2).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(i, loss.item())
