import torch
import torch.nn as nn

torch.manual_seed(0)


class SparseAE(nn.Module):
    def __init__(self):
        super().__init__()
        self.enc = nn.Linear(7, 10)
        self.dec = nn.Linear(10, 7)

    def forward(self, x):
        code = torch.sigmoid(self.enc(x))
        return self.dec(code), code


def sparsity(code, rho=0.05):
    r = code.mean(0)
    return (rho * torch.log(rho / r) + (1 - rho) * torch.log((1 - rho) / (1 - r))).sum()


model = SparseAE()
opt = torch.optim.Adam(model.parameters(), 1e-2)
data = torch.rand(24, 7)
for epoch in range(3):
    rec, code = model(data)
    loss = nn.functional.mse_loss(rec, data) + 0.02 * sparsity(code)
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(epoch, round(loss.item(), 6))
