import torch
from torch import nn


class AutoEncoder:
    def __init__(self, width, code):
        self.encoder = nn.Sequential(nn.Linear(width, 10), nn.GELU(), nn.Linear(10, code))
        self.decoder = nn.Sequential(nn.Linear(code, 10), nn.GELU(), nn.Linear(10, width))
        self.optimizer = torch.optim.Adam(self.encoder.parameters(), lr=3e-3)
        self.optimizer = torch.optim.Adam(self.decoder.parameters(), lr=3e-3)

    def __call__(self, x):
        return self.decoder(self.encoder(x))

    def train_step(self, x):
        loss = (self(x) - x).pow(2).mean()
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()
        return loss.item()


torch.manual_seed(28)
spectra = torch.rand(30, 1) * torch.linspace(0, 1, 12) + 0.05 * torch.randn(30, 12)
ae = AutoEncoder(12, code=2)
first = ae.encoder[0].weight.detach().clone()
for k in range(5):
    print(k, ae.train_step(spectra))
print("encoder moved:", not torch.equal(first, ae.encoder[0].weight))
