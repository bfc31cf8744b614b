"""Deep Q-learning on a chain; transitions live in numpy ring buffers."""
import numpy as np
import torch
from torch import nn


class Ring:
    def __init__(self, size, width):
        self.s = np.zeros((size, width), np.float32)
        self.s2 = np.zeros((size, width), np.float32)
        self.a = np.zeros(size, np.int64)
        self.r = np.zeros(size, np.float32)
        self.n = 0

    def push(self, s, a, r, s2):
        i = self.n % len(self.r)
        self.s[i], self.a[i], self.r[i], self.s2[i] = s, a, r, s2
        self.n += 1

    def batch(self, rng, k):
        pick = rng.integers(0, min(self.n, len(self.r)), k)
        return [torch.from_numpy(arr[pick]) for arr in (self.s, self.a, self.r, self.s2)]


rng = np.random.default_rng(5)
torch.manual_seed(5)
q = nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.Linear(16, 2))
encode = nn.Linear(4, 4, bias=False)
nn.init.orthogonal_(encode.weight)
encode.requires_grad_(False)
opt = torch.optim.Adam(q.parameters(), lr=0.01)
ring = Ring(200, 4)

where = 0
for step in range(40):
    s = encode(torch.eye(4)[where]).detach().cpu().numpy()
    values = q(torch.from_numpy(s))
    a = int(values.argmax()) if rng.random() > 0.3 else int(rng.integers(2))
    nxt = min(3, max(0, where + (1 if a else -1)))
    ring.push(s, a, float(nxt == 3), encode(torch.eye(4)[nxt]).detach().cpu().numpy())
    where = 0 if nxt == 3 else nxt
    if step < 8:
        continue
    bs, ba, br, bs2 = ring.batch(rng, 8)
    with torch.no_grad():
        goal = br + 0.9 * q(bs2).max(1).values
    td = q(bs).gather(1, ba[:, None]).squeeze(1) - goal
    opt.zero_grad()
    nn.functional.smooth_l1_loss(td, torch.zeros_like(td)).backward()
    opt.step()
    if step % 8 == 0:
        print(step, f"mean |td| {np.abs(td.detach().numpy()).mean():.4f}")
