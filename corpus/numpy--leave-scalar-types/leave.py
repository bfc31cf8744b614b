import numpy as np
import torch

# The numbers that are logged become numpy's own types; what is trained never leaves torch.
torch.manual_seed(3)
layer = torch.nn.Linear(4, 1)
inputs, wanted = torch.randn(9, 4), torch.randn(9, 1)
optimizer = torch.optim.SGD(layer.parameters(), lr=0.05)
history = []

for _ in range(3):
    loss = (layer(inputs) - wanted).square().mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    history.append(np.float32(loss.item()))
    largest = np.float64(layer.weight.detach().abs().max())
    print(f"{history[-1]:.4f} {largest:.4f}")
print(np.add.accumulate(history).round(3), np.add.reduce(history) / np.int64(len(history)))
