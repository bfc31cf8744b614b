import numpy as np
import torch
from torch import nn


class SelfAttention(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.q = nn.Linear(dim, dim)
        self.k = nn.Linear(dim, dim, bias=False)
        self.v = nn.Linear(dim, dim)
        self.scale = np.sqrt(dim)

    def weights(self, x):
        scores = (self.q(x) @ self.k(x).transpose(1, 2)) / self.scale
        scores = scores - torch.amax(scores, dim=-1, keepdim=True)
        e = torch.exp(scores)
        return e / e.sum(dim=-1, keepdim=True)

    def forward(self, x):
        return self.weights(x) @ self.v(x)


torch.manual_seed(1001)
tokens = torch.randn(3, 5, 8)
wanted = tokens.flip(1)
layer = SelfAttention(8)
opt = torch.optim.NAdam(layer.parameters(), lr=0.01)

losses = []
for _ in range(3):
    opt.zero_grad()
    loss = nn.functional.smooth_l1_loss(layer(tokens), wanted)
    loss.backward()
    opt.step()
    losses.append(loss.item())
print("first loss %.5f" % losses[0])
for name, p in layer.named_parameters():
    print(name, "no gradient" if p.grad is None else "ok")
