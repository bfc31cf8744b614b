"""Teachers sit in a plain list so that parameters() and state_dict() do not hold them."""
import torch
import torch.nn.functional as F
from torch import nn


class Student(nn.Module):
    def __init__(self, teachers):
        super().__init__()
        self._teachers = [t.eval() for t in teachers]
        self.net = nn.Linear(6, 4)

    def forward(self, x):
        with torch.no_grad():
            votes = torch.stack([F.softmax(t(x), dim=1) for t in self._teachers]).mean(0)
        return F.kl_div(F.log_softmax(self.net(x), dim=1), votes, reduction="batchmean")


torch.manual_seed(1030)
teachers = [nn.Sequential(nn.Linear(6, 20), nn.ReLU(), nn.Linear(20, 4)) for _ in range(3)]
student = Student(teachers)
opt = torch.optim.SGD(student.parameters(), lr=0.5)
x = 2 * torch.randn(40, 6)
for r in range(5):
    opt.zero_grad()
    loss = student(x)
    loss.backward()
    opt.step()
    print(r, f"{loss.item():.6f}")
print(list(student.state_dict()))
