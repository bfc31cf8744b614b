import torch
from torch import nn

torch.manual_seed(137)


def snap(value, step):
    """To the nearest multiple of step."""
    return torch.round(value / step) * step


class Schedule(nn.Module):
    def __init__(self):
        super().__init__()
        self.start = nn.Parameter(torch.tensor([8.2, 9.9, 13.4]))
        self.length = nn.Parameter(torch.tensor([1.3, 2.6, 0.8]))

    def forward(self):
        begin = snap(self.start, 0.25)
        return begin, begin + self.length


schedule = Schedule()
optimizer = torch.optim.SGD(schedule.parameters(), lr=0.2)
for it in range(4):
    begin, end = schedule()
    overlap = torch.relu(end[:-1] - begin[1:]).square().sum()
    short = (schedule.length - 2.0).square().sum()
    late = (begin - torch.tensor([8.0, 10.0, 13.0])).square().sum()
    loss = overlap + 0.5 * short + 0.1 * late
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    print(it, loss.item(), schedule.start.grad, schedule.length.grad)
