import torch
import torch.nn as nn

torch.manual_seed(7)

inputs = torch.randn(12, 5)
labels = torch.randint(0, 3, (12,))

first = nn.Linear(5, 8)
second = nn.Linear(8, 3)

pre = first(inputs)
hidden = torch.tanh(pre)
hidden.retain_grad()
logits = second(hidden)
loss = nn.functional.cross_entropy(logits, labels)
loss.backward()

print("loss", loss.item())
print("d loss / d hidden", hidden.grad.abs().mean().item())
print("d loss / d weight", first.weight.grad.abs().mean().item())
