"""An Elman network unrolled in a loop."""
import torch
from torch import nn


class Elman(nn.Module):
    def __init__(self, n_in, hidden, n_out):
        super().__init__()
        self.hidden = hidden
        self.inp = nn.Linear(n_in, hidden)
        self.rec = nn.Linear(hidden, hidden, bias=False)
        self.out = nn.Linear(hidden, n_out)

    def forward(self, sequence):
        state = torch.zeros(sequence.shape[1], self.hidden)
        outputs = []
        for x in sequence:
            drive = self.inp(x)
            state = torch.tanh(drive + self.rec(state))
            y = self.out(state)
            outputs.append(y)
        stacked = torch.stack(outputs)
        return stacked


torch.manual_seed(4)
t = torch.arange(13) * 0.5
phases = torch.rand(6) * 3
wave = torch.sin(t.unsqueeze(1) + phases).unsqueeze(-1)
inputs = wave[:-1]
targets = wave[1:]

model = Elman(1, 8, 1)
optimizer = torch.optim.RMSprop(model.parameters(), lr=0.01)
for step in range(3):
    pred = model(inputs)
    squared = (pred - targets) ** 2
    loss = squared.mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    print("step", step, "loss", round(loss.item(), 6))
print("recurrent gradient", model.rec.weight.grad.norm())
