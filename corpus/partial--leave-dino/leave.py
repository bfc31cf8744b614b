"""Self-distillation: teacher outputs are centred, sharpened and detached; the centre is a running mean."""
import torch
import torch.nn.functional as F
from torch import nn


class DinoLoss(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.register_buffer("center", torch.zeros(1, dim))

    def forward(self, student_views, teacher_views):
        total, n = 0, 0
        for i, t in enumerate(teacher_views):
            q = F.softmax((t - self.center) / 0.05, dim=-1).detach()
            for j, s in enumerate(student_views):
                if i != j:
                    total = total - (q * F.log_softmax(s / 0.1, dim=-1)).sum(-1).mean()
                    n += 1
        self.update(torch.cat(teacher_views))
        return total / n

    @torch.no_grad()
    def update(self, out):
        self.center = 0.9 * self.center + 0.1 * out.mean(0, keepdim=True)


torch.manual_seed(2310)
student, teacher = nn.Linear(5, 6), nn.Linear(5, 6)
teacher.load_state_dict(student.state_dict())
criterion = DinoLoss(6)
opt = torch.optim.AdamW(student.parameters(), lr=0.01)
x = torch.randn(20, 5)
for step in range(5):
    views = [x + 0.1 * torch.randn_like(x) for _ in range(3)]
    loss = criterion([student(v) for v in views], [teacher(v) for v in views[:2]])
    opt.zero_grad()
    loss.backward()
    opt.step()
    with torch.no_grad():
        for t, s in zip(teacher.parameters(), student.parameters()):
            t.copy_(0.95 * t + 0.05 * s)
    print(step, f"{loss.item():.5f} centre {criterion.center.norm().item():.5f}")
