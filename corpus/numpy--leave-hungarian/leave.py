"""Set prediction: scipy decides which output answers for which object; the loss is on the outputs."""
import torch
from scipy.optimize import linear_sum_assignment
from torch import nn


def match(pred, truth):
    cost = torch.cdist(pred, truth, p=1).detach().cpu().numpy()
    rows, cols = linear_sum_assignment(cost)
    return torch.as_tensor(rows), torch.as_tensor(cols)


class SetDecoder(nn.Module):
    def __init__(self, slots, d):
        super().__init__()
        self.slots = nn.Parameter(torch.randn(slots, d))
        self.mix = nn.Linear(4 + d, 16)
        self.out = nn.Linear(16, 2)

    def forward(self, x):
        x = x.unsqueeze(1).expand(-1, len(self.slots), -1)
        s = self.slots.expand(len(x), -1, -1)
        return self.out(torch.relu(self.mix(torch.cat([x, s], -1))))


torch.manual_seed(3050)
points = torch.rand(12, 2, 2)
inputs = points.sort(dim=1).values.flatten(1)
net = SetDecoder(3, 4)
opt = torch.optim.Adam(net.parameters(), lr=0.01)
for step in range(5):
    loss = 0.0
    for pred, truth in zip(net(inputs), points):
        i, j = match(pred, truth)
        loss = loss + (pred[i] - truth[j]).abs().mean() / len(points)
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(step, f"{loss.item():.5f}")
