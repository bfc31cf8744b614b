import torch
from torch import nn


class DiceLoss(nn.Module):
    def __init__(self, threshold: float = 0.5, smooth: float = 1.0):
        super().__init__()
        self.threshold, self.smooth = threshold, smooth

    def forward(self, logits, mask):
        probs = logits.sigmoid()
        pred = torch.where(probs > self.threshold, 1.0, 0.0)
        inter = (pred * mask).sum(dim=(1, 2))
        union = pred.sum(dim=(1, 2)) + mask.sum(dim=(1, 2))
        return 1 - ((2 * inter + self.smooth) / (union + self.smooth)).mean()


torch.manual_seed(120)
net = nn.Conv2d(1, 1, 3, padding=1)
opt = torch.optim.Adam(net.parameters(), lr=0.05)
img = torch.rand(5, 1, 8, 8)
mask = (img.squeeze(1) > 0.6).float()
crit = DiceLoss()
for i in range(3):
    loss = crit(net(img).squeeze(1), mask)
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(i, f"{loss.item():.4f}")
