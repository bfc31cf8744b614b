import numpy as np
import torch

# Item response: how hard five questions are, from which of them eight pupils solved.
torch.manual_seed(12)
hardness = torch.nn.Parameter(torch.randn(5, dtype=torch.float64))
skill = torch.linspace(-1.0, 1.0, 8, dtype=torch.float64)
solved = (torch.rand(8, 5) < 0.6).double()
optimizer = torch.optim.Adam([hardness], lr=0.05)

for step in range(4):
    levels = torch.tensor([np.float64(h) for h in hardness.detach()])
    logits = skill[:, None] - levels[None, :]
    loss = torch.nn.functional.binary_cross_entropy_with_logits(logits, solved)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    print(step, round(loss.item(), 6))
