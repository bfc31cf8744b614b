import torch
import torch.nn as nn


class BinaryCode(nn.Module):
    """Hashes feature vectors to codes of -1 and +1 and decodes them again."""

    def __init__(self, dim, bits):
        super().__init__()
        self.hash = nn.Linear(dim, bits)
        self.decode = nn.Linear(bits, dim)

    def forward(self, x):
        code = torch.sign(self.hash(x))
        return self.decode(code)


torch.manual_seed(49)
x = torch.randn(28, 6)
model = BinaryCode(6, 5)
loss = nn.functional.mse_loss(model(x), x)
loss.backward()
print(f"loss {loss.item():.5f}")
for name, p in model.named_parameters():
    print(f"{name:14s} |grad| = {p.grad.abs().sum().item():.5f}")
