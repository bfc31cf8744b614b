import torch
from torch import nn

torch.manual_seed(92)


def chamfer(cloud_a, cloud_b):
    gaps = torch.cdist(cloud_a, cloud_b)
    return gaps.amin(dim=1).mean() + gaps.amin(dim=0).mean()


class Deformer(nn.Module):
    def __init__(self):
        super().__init__()
        self.shift = nn.Parameter(torch.tensor([0.1, -0.2, 0.05]))
        self.stretch = nn.Parameter(torch.ones(3))

    def forward(self, cloud):
        return cloud * self.stretch + self.shift


template = torch.randn(25, 3)
scan = 1.3 * template[torch.randperm(25)] + 0.4

deformer = Deformer()
opt = torch.optim.SGD(deformer.parameters(), lr=0.1)
for step in range(4):
    opt.zero_grad()
    loss = chamfer(deformer(template), scan)
    loss = torch.tensor(loss, requires_grad=True)
    loss.backward()
    opt.step()
    if step == 0:
        print("chamfer distance before fitting: %.4f" % loss.item())

print("shift", deformer.shift.grad, "stretch", deformer.stretch.grad)
