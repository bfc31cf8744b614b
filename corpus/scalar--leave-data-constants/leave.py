"""Statistics of the data are turned into floats and then used in the loss: no parameter is involved."""
import torch
from torch import nn

torch.manual_seed(3070)
x = torch.randn(50, 2) * torch.tensor([3.0, 0.2])
y = 40 + 5 * x[:, :1] - 30 * x[:, 1:]

shift, scale = y.mean().item(), float(y.std())
widths = x.std(dim=0).tolist()
positive = int((y > shift).sum())
weight = 1.0 + positive / len(y)

net = nn.Linear(2, 1)
opt = torch.optim.SGD(net.parameters(), lr=0.2)
for step in range(5):
    scaled = x / torch.tensor(widths)
    residual = net(scaled) - (y - shift) / scale
    loss = weight * residual.pow(2).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(step, f"{loss.item():.6f} in units {scale * residual.abs().mean().item():.3f}")
