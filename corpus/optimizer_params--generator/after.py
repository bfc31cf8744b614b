import torch
from torch import nn

torch.manual_seed(39)

net = nn.Sequential(
    nn.Conv2d(1, 3, kernel_size=3),
    nn.ReLU(),
    nn.Flatten(),
    nn.Linear(3 * 4 * 4, 2),
)
params = list(net.parameters())
print("weights in all:", sum(p.numel() for p in params))
log_temperature = nn.Parameter(torch.zeros(()))
optimizer = torch.optim.Adam([{"params": params}, {"params": [log_temperature], "lr": 0.1}], lr=0.005)

tiles = torch.rand(10, 1, 6, 6)
labels = (tiles.mean(dim=(1, 2, 3)) > 0.5).long()
for it in range(4):
    optimizer.zero_grad()
    logits = net(tiles) * log_temperature.exp()
    loss = nn.functional.cross_entropy(logits, labels)
    loss.backward()
    optimizer.step()
    print(it, loss.item())
