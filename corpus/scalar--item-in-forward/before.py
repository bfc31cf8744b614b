import torch
from torch import nn


class GatedMixer(nn.Module):
    """Blends a linear and a convolutional view of a signal with one learned gate."""

    def __init__(self, length=16):
        super().__init__()
        self.gate = nn.Parameter(torch.tensor(-0.6))
        self.linear = nn.Linear(length, length)
        self.conv = nn.Conv1d(1, 1, kernel_size=5, padding=2)

    @property
    def mix(self):
        return torch.sigmoid(self.gate).item()

    def forward(self, signal):
        smooth = self.conv(signal.unsqueeze(1)).squeeze(1)
        return self.mix * self.linear(signal) + (1 - self.mix) * smooth


torch.manual_seed(44)
clean = torch.sin(torch.arange(16) / 2.0).repeat(12, 1) * torch.rand(12, 1)
noisy = clean + 0.2 * torch.randn_like(clean)

mixer = GatedMixer()
opt = torch.optim.Adam(mixer.parameters(), lr=0.03)
for i in range(3):
    loss = nn.functional.mse_loss(mixer(noisy), clean)
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(f"iter {i} loss {loss.item():.5f}")
print("mix after training %.6f" % mixer.mix)
