import torch
import torch.nn as nn

torch.manual_seed(42)


def gaussian_nll(output, target):
    mean = output[:, 0]
    log_var = output[:, 1]
    return 0.5 * (log_var + (target - mean) ** 2 / log_var.exp()).mean()


features = torch.randn(26, 3)
target = features.sum(1) + features[:, 0].abs() * torch.randn(26)

hidden = nn.Linear(3, 8)
out = nn.Linear(8, 2)
output = out(torch.relu(hidden(features)))
loss = gaussian_nll(output, target)
loss.backward()
print("loss", loss.item())
print("bias gradient (mean, log variance):", out.bias.grad)
