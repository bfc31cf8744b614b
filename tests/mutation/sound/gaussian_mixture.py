"""A Gaussian mixture fitted by gradient descent on its negative log-likelihood."""
import math

import torch

torch.manual_seed(10)
left = torch.randn(40) * 0.5 - 2.0
right = torch.randn(60) * 0.8 + 1.5
points = torch.cat([left, right])

logits = torch.zeros(2, requires_grad=True)
means = torch.tensor([-0.5, 0.5], requires_grad=True)
log_scales = torch.zeros(2, requires_grad=True)
leaves = [logits, means, log_scales]
optimizer = torch.optim.Adam(leaves, lr=0.1)

for step in range(3):
    log_weights = torch.log_softmax(logits, dim=0)
    scales = torch.exp(log_scales)
    standard = (points.unsqueeze(1) - means) / scales
    log_density = -0.5 * standard ** 2 - log_scales - 0.5 * math.log(2 * math.pi)
    log_joint = log_weights + log_density
    log_likelihood = torch.logsumexp(log_joint, dim=1)
    loss = -log_likelihood.mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    print("step", step, "nll", loss.item())

for name, leaf in zip(("logits", "means", "log_scales"), leaves):
    print(name, leaf, leaf.grad)
