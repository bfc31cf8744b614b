import numpy as np
import torch
from torch import nn

torch.manual_seed(16)
GAMMA, ALPHA = 2.0, 0.25


class FocalLoss(nn.Module):
    def __init__(self, gamma=GAMMA, alpha=ALPHA):
        super().__init__()
        self.gamma = gamma
        self.alpha = alpha

    def forward(self, prob, label):
        prob = np.clip(prob.detach().numpy(), a_min=1e-5, a_max=1 - 1e-5)
        label = label.numpy()
        per_pixel = np.where(
            label > 0.5,
            -self.alpha * np.power(1.0 - prob, self.gamma)
            * np.log(prob),           # positives
            -(1 - self.alpha) * np.power(prob, self.gamma)
            * np.log1p(-prob),        # negatives
        )
        return torch.tensor(
            np.sum(
                per_pixel,
                dtype=np.float32,
            ) / max(1.0, label.sum()),
        )


images = torch.randn(4, 1, 8, 8)
masks = (images.mean(dim=1, keepdim=True) > 1.0).float()
segmenter = nn.Sequential(
    nn.Conv2d(1, 3, 3, padding=1), nn.ReLU(), nn.Conv2d(3, 1, 1), nn.Sigmoid()
)
focal = FocalLoss()
opt = torch.optim.SGD(segmenter.parameters(), lr=0.5)

for i in range(3):
    loss = focal(segmenter(images), masks)
    opt.zero_grad()
    print(f"iteration {i}, focal loss {loss.item():.5f}")
    loss.backward()
    opt.step()
