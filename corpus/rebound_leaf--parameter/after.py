import torch
import torch.nn as nn


class Perceptron(nn.Module):
    def __init__(self, k):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(k))
        self.bias = nn.Parameter(torch.zeros(()))

    def forward(self, x):
        return x @ self.weight + self.bias


torch.manual_seed(10)
x = torch.randn(30, 4)
y = torch.sign(x[:, 0] - x[:, 3])

model = Perceptron(4)
for epoch in range(6):
    margin = y * model(x)
    hinge = torch.relu(1 - margin).mean()
    model.zero_grad()
    hinge.backward()
    with torch.no_grad():
        model.weight -= 0.2 * model.weight.grad
        model.bias -= 0.2 * model.bias.grad
    print(epoch, round(hinge.item(), 5))
