"""Integer tensors as labels, indices and counts, next to a float graph."""
import torch
from torch import nn

torch.manual_seed(1700)
words = torch.tensor([[1, 4, 2, 0], [3, 3, 5, 0], [2, 5, 0, 0], [4, 1, 1, 2]])
labels = torch.tensor([0, 1, 1, 0]).long()
lengths = (words != 0).sum(dim=1)

embed = nn.Embedding(6, 5, padding_idx=0)
out = nn.Linear(5, 2)
opt = torch.optim.Adam([*embed.parameters(), *out.parameters()], lr=0.1)
for epoch in range(5):
    bag = embed(words).sum(1) / lengths.unsqueeze(1)
    loss = nn.functional.cross_entropy(out(bag), labels)
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(epoch, f"{loss.item():.5f}", f"{embed.weight.grad.norm().item():.5f}")
