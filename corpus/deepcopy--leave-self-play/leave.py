"""A pool of frozen former selves to play against; only the present one learns."""
import copy

import torch
from torch import nn
from torch.distributions import Categorical

PAYOFF = torch.tensor([[0.0, -1.0, 1.0], [1.0, 0.0, -1.0], [-1.0, 1.0, 0.0]])


class Player(nn.Module):
    def __init__(self):
        super().__init__()
        self.logits = nn.Parameter(torch.tensor([0.5, 0.0, -0.2]))

    def forward(self):
        return torch.softmax(self.logits, 0)


torch.manual_seed(3150)
player = Player()
pool = [copy.deepcopy(player).eval()]
opt = torch.optim.SGD(player.parameters(), lr=0.5)
for game in range(8):
    with torch.no_grad():
        rival = torch.stack([p() for p in pool]).mean(0)
        move = Categorical(probs=rival).sample((16,))
        response = PAYOFF[:, move].mean(1)
    p = player()
    gain = p @ (0.5 * response + 0.5 * PAYOFF @ rival)
    loss = -gain - 0.05 * torch.special.entr(p).sum()
    opt.zero_grad()
    loss.backward()
    opt.step()
    if game % 3 == 2:
        pool.append(copy.deepcopy(player).eval())
    print(game, f"gain {gain.item():+.5f}", [round(v, 3) for v in p.tolist()])
