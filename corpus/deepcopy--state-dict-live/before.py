import torch
import torch.nn.functional as F
from torch import nn


class Hyper(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(3, 8)
        self.fc2 = nn.Linear(8, 2)


def functional_forward(params, x, prefix=""):
    x = F.linear(x, params[prefix + "fc1.weight"], params[prefix + "fc1.bias"]).relu()
    return F.linear(x, params[prefix + "fc2.weight"], params[prefix + "fc2.bias"])


torch.manual_seed(0)
model = Hyper()
x, y = torch.randn(12, 3), torch.randint(2, (12,))
opt = torch.optim.SGD(model.parameters(), lr=0.1)
params = model.state_dict()
loss = F.cross_entropy(functional_forward(params, x), y)
print(loss.item())
loss.requires_grad_(True)
loss.backward()
opt.step()
print({n: p.grad for n, p in model.named_parameters()})
