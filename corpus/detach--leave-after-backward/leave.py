"""After backward the same names are re-used for plain numbers; before it they are tensors."""
import torch
from torch import nn

torch.manual_seed(3020)
model = nn.Sequential(nn.Linear(2, 9), nn.Tanh(), nn.Linear(9, 2))
opt = torch.optim.Adam(model.parameters(), lr=0.03)
x = torch.randn(40, 2)
y = torch.stack([x[:, 0] * x[:, 1], x.sum(1)], 1)
history = []
for epoch in range(5):
    out = model(x)
    loss = nn.functional.mse_loss(out, y)
    opt.zero_grad()
    loss.backward()
    opt.step()

    loss = loss.item()
    out = out.detach().numpy()
    spread = out.std(axis=0)
    history.append((loss, float(spread[0]), float(spread[1])))
for row in history:
    print("loss %.5f spread %.4f %.4f" % row)
