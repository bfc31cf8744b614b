"""Two players share one loss; the one that draws was frozen for a preview and its optimizer has stepped in vain since."""
import torch
from torch import nn

torch.manual_seed(411)


class Painter(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.inner = nn.Linear(5, width)
        self.outer = nn.Linear(width, 3)

    def forward(self, seed):
        return self.outer(nn.functional.silu(self.inner(seed)))


painter = Painter(9)
painter.requires_grad_(False)
critic = nn.Sequential(nn.Linear(3, 7), nn.Softplus(), nn.Linear(7, 1))

brush = torch.optim.RMSprop(painter.parameters(), lr=3e-3)
taste = torch.optim.RMSprop(critic.parameters(), lr=3e-3)

for lesson in range(3):
    seed = torch.randn(11, 5)
    model_picture = torch.rand(11, 3)
    dislike = critic(model_picture).mean() - critic(painter(seed).detach()).mean()
    taste.zero_grad()
    dislike.backward()
    taste.step()

    shame = critic(painter(seed)).mean()
    brush.zero_grad()
    shame.backward()
    brush.step()
    print(lesson, f"{dislike.item():.5f} {shame.item():.5f}")
