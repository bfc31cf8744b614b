import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(21)
TEMP = 3.0
teacher = nn.Sequential(nn.Linear(5, 32), nn.ReLU(), nn.Linear(32, 4))
student = nn.Linear(5, 4)
opt = torch.optim.SGD(student.parameters(), lr=0.3)

x = torch.randn(30, 5)
labels = torch.randint(0, 4, (30,))


def kd_loss(student_logits, teacher_logits):
    soft = F.softmax(teacher_logits.detach() / TEMP, dim=1)
    return F.kl_div(F.log_softmax(student_logits / TEMP, dim=1), soft, reduction="batchmean") * TEMP**2


for _ in range(5):
    logits = student(x)
    loss = 0.7 * kd_loss(logits, teacher(x)) + 0.3 * F.cross_entropy(logits, labels)
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(f"{loss.item():.6f}")
