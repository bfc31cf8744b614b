"""The gradient into a recurrent dynamics model is halved on purpose at every imagined step."""
import torch
from torch import nn


def scale_gradient(t, s):
    return s * t + (1 - s) * t.detach()


class World(nn.Module):
    def __init__(self, d):
        super().__init__()
        self.represent = nn.Linear(3, d)
        self.dynamics = nn.Linear(d + 1, d)
        self.reward = nn.Linear(d, 1)

    def forward(self, obs, actions):
        h, out = torch.tanh(self.represent(obs)), []
        for a in actions.unbind(1):
            h = torch.tanh(self.dynamics(torch.cat([h, a.unsqueeze(1)], 1)))
            out.append(self.reward(h).squeeze(1))
            h = scale_gradient(h, 0.5)
        return torch.stack(out, 1)


torch.manual_seed(3040)
world = World(8)
opt = torch.optim.Adam(world.parameters(), lr=0.01)
obs = torch.randn(32, 3)
actions = torch.randint(0, 2, (32, 4)).float()
reward = obs[:, :1] + actions.cumsum(1)
for step in range(5):
    loss = (world(obs, actions) - reward).pow(2).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(step, f"{loss.item():.5f}")
