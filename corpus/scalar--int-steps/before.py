import torch
from torch import nn

torch.manual_seed(83)


class PowerPooling(nn.Module):
    """Generalised mean over time; the exponent starts at three and is learned."""

    def __init__(self):
        super().__init__()
        self.power = nn.Parameter(torch.tensor(3.0))

    def forward(self, frames):
        p = int(self.power)
        return frames.clamp(min=1e-4).pow(p).mean(dim=1).pow(1 / p)


class AudioTagger(nn.Module):
    def __init__(self):
        super().__init__()
        self.frame = nn.Sequential(nn.Linear(6, 8), nn.Softplus())
        self.pool = PowerPooling()
        self.tag = nn.Linear(8, 2)

    def forward(self, clip):
        return self.tag(self.pool(self.frame(clip)))


clips = torch.randn(15, 20, 6)
tags = (clips.amax(dim=(1, 2)) > 2.9).long()
net = AudioTagger()
optimizer = torch.optim.SGD(net.parameters(), lr=0.1)

for epoch in range(2):
    loss = nn.functional.cross_entropy(net(clips), tags)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    if epoch == 0:
        print("first loss %.5f" % loss.item())

print("power gradient:", net.pool.power.grad)
