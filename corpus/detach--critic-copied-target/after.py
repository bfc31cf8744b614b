import torch
import torch.nn as nn
import torch.nn.functional as F


class Critic(nn.Module):
    def __init__(self):
        super().__init__()
        self.q = nn.Sequential(nn.Linear(5, 16), nn.ReLU(), nn.Linear(16, 1))

    def forward(self, s, a):
        return self.q(torch.cat([s, a], dim=-1)).squeeze(-1)


def td_update(critic, target, batch, opt, gamma=0.99):
    s, a, r, s2, a2, done = batch
    with torch.no_grad():
        y = r + gamma * (1 - done) * target(s2, a2)
    q = critic(s, a)
    loss = F.mse_loss(q, y)
    opt.zero_grad()
    loss.backward()
    opt.step()
    return loss.item()


torch.manual_seed(0)
critic, target = Critic(), Critic()
target.load_state_dict(critic.state_dict())
opt = torch.optim.Adam(critic.parameters(), lr=1e-3)
for it in range(3):
    batch = (torch.randn(16, 3), torch.randn(16, 2), torch.randn(16), torch.randn(16, 3), torch.randn(16, 2), torch.zeros(16))
    print(it, td_update(critic, target, batch, opt))
