"""Two rounds of message passing and a node regression."""
import torch
from torch import nn


class MessageLayer(nn.Module):
    def __init__(self, n_in, n_out):
        super().__init__()
        self.own = nn.Linear(n_in, n_out)
        self.neighbour = nn.Linear(n_in, n_out, bias=False)

    def forward(self, h, adjacency):
        inbox = adjacency @ h
        degree = adjacency.sum(dim=1, keepdim=True)
        mean = inbox / degree
        update = self.own(h) + self.neighbour(mean)
        return update


class GraphNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer1 = MessageLayer(3, 8)
        self.layer2 = MessageLayer(8, 8)
        self.readout = nn.Linear(8, 1)

    def forward(self, nodes, adjacency):
        h = torch.relu(self.layer1(nodes, adjacency))
        h = torch.relu(self.layer2(h, adjacency))
        values = self.readout(h).squeeze(1)
        return values


torch.manual_seed(20)
ring = torch.eye(10).roll(1, 0) + torch.eye(10).roll(-1, 0)
nodes = torch.randn(10, 3)
target = ring @ nodes[:, 0] - nodes[:, 1]

model = GraphNet()
optimizer = torch.optim.Adam(model.parameters(), lr=0.02)
for step in range(3):
    values = model(nodes, ring)
    error = values - target
    loss = torch.sqrt(error ** 2 + 1.0).mean() - 1.0
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    print("step", step, "loss", loss.item())
