import torch
import torch.nn as nn


class MLP(nn.Module):
    def __init__(self, sizes, n_out):
        super().__init__()
        self.layers = nn.ModuleList([nn.Linear(a, b) for a, b in zip(sizes[:-1], sizes[1:])])
        self.out = nn.Linear(sizes[-1], n_out)

    def forward(self, x):
        for layer in self.layers:
            x = torch.relu(layer(x))
        return self.out(x)


torch.manual_seed(1234)
x = torch.randn(50, 4)
y = (x.norm(dim=1) > 2).long()

model = MLP([4, 16, 16], n_out=2)
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
before = model.layers[0].weight.detach().clone()

for epoch in range(5):
    loss = nn.functional.cross_entropy(model(x), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    print("epoch", epoch, loss.item())

change = (model.layers[0].weight - before).abs().max()
print("first layer changed by", change.item())
