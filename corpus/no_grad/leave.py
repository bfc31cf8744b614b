"""DQN: the bootstrap target comes from a lagging copy, under no_grad."""
import torch
from torch import nn


class QNet(nn.Module):
    def __init__(self, obs, actions):
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(obs, 20), nn.ReLU(), nn.Linear(20, actions))

    def forward(self, s):
        return self.layers(s)


def td_loss(online, lagging, batch, gamma=0.97):
    s, a, r, s2, done = batch
    chosen = online(s).gather(1, a)
    with torch.no_grad():
        best = lagging(s2).max(dim=1, keepdim=True)[0]
        target = r + gamma * (1 - done) * best
    return nn.functional.smooth_l1_loss(chosen, target)


torch.manual_seed(25)
online, lagging = QNet(4, 3), QNet(4, 3)
lagging.load_state_dict(online.state_dict())
opt = torch.optim.Adam(online.parameters(), lr=4e-3)
for step in range(1, 7):
    batch = (
        torch.randn(24, 4),
        torch.randint(0, 3, (24, 1)),
        torch.randn(24, 1),
        torch.randn(24, 4),
        (torch.rand(24, 1) < 0.1).float(),
    )
    loss = td_loss(online, lagging, batch)
    opt.zero_grad()
    loss.backward()
    opt.step()
    if step % 3 == 0:
        lagging.load_state_dict(online.state_dict())
    print(step, f"{loss.item():.5f}")
