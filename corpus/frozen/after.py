import torch
from torch import nn


class Backbone(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Linear(10, 16)
        self.stage1 = nn.Linear(16, 16)
        self.stage2 = nn.Linear(16, 16)

    def forward(self, x):
        x = torch.relu(self.stem(x))
        x = torch.relu(self.stage1(x))
        return torch.relu(self.stage2(x))


torch.manual_seed(36)
backbone = Backbone()
head = nn.Linear(16, 3)

# freeze the backbone, then fine-tune its last stage together with the head
for p in backbone.parameters():
    p.requires_grad = False
backbone.stage2.requires_grad_(True)

opt = torch.optim.SGD([*backbone.stage2.parameters(), *head.parameters()], lr=0.05)
x, y = torch.randn(20, 10), torch.randint(0, 3, (20,))
for _ in range(4):
    loss = nn.functional.cross_entropy(head(backbone(x)), y)
    opt.zero_grad()
    loss.backward()
    opt.step()
    print("loss", loss.item())
print("stage2", backbone.stage2.weight.grad)
