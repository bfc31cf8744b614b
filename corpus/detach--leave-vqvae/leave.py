import torch
import torch.nn.functional as F
from torch import nn


class Quantizer(nn.Module):
    def __init__(self, codes=7, dim=4, beta=0.25):
        super().__init__()
        self.codebook = nn.Embedding(codes, dim)
        self.beta = beta

    def forward(self, z):
        nearest = torch.cdist(z, self.codebook.weight).argmin(dim=1)
        q = self.codebook(nearest)
        pull_codes = F.mse_loss(q, z.detach())
        commit = F.mse_loss(z, q.detach())
        # copy the decoder's gradient past the lookup
        out = z + (q - z).detach()
        return out, pull_codes + self.beta * commit, nearest


torch.manual_seed(5)
encoder = nn.Linear(8, 4)
decoder = nn.Linear(4, 8)
vq = Quantizer()
everything = [*encoder.parameters(), *vq.parameters(), *decoder.parameters()]
opt = torch.optim.Adam(everything, lr=0.01)
signal = torch.randn(40, 8)

for epoch in range(6):
    q, vq_loss, codes = vq(encoder(signal))
    recon = F.mse_loss(decoder(q), signal)
    loss = recon + vq_loss
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(epoch, f"{recon.item():.4f} {vq_loss.item():.4f}", "codes used:", codes.unique().numel())
