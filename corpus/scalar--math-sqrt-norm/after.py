import torch
from torch import nn


class RmsNorm(nn.Module):
    def __init__(self, dim, eps=1e-6):
        super().__init__()
        self.gain = nn.Parameter(torch.ones(dim))
        self.eps = eps

    def forward(self, x):
        return self.gain * x / torch.sqrt(x.square().mean(dim=-1, keepdim=True) + self.eps)


class TinyGpt(nn.Module):
    def __init__(self, vocab=12, dim=8):
        super().__init__()
        self.wte = nn.Embedding(vocab, dim)
        self.norm = RmsNorm(dim)
        self.mlp = nn.Sequential(nn.Linear(dim, 2 * dim), nn.GELU(), nn.Linear(2 * dim, dim))

    def forward(self, ids):
        h = self.wte(ids)
        h = h + self.mlp(self.norm(h))
        return h @ self.wte.weight.T


def weight_penalty(module):
    """Root of the mean square of the weights; the only loss in the warm-up phase."""
    squares = sum(p.pow(2).sum() for p in module.parameters())
    count = sum(p.numel() for p in module.parameters())
    return torch.sqrt(squares / count)


torch.manual_seed(60)
model = TinyGpt()
opt = torch.optim.SGD(model.parameters(), lr=0.5)

for warmup in range(2):
    penalty = weight_penalty(model)
    print(f"warm-up {warmup}: rms weight {penalty:.5f}")
    opt.zero_grad()
    penalty.backward()
    opt.step()

ids = torch.randint(12, (3, 7))
print("logits", tuple(model(ids).shape))
