import torch
from torch import nn

torch.manual_seed(101)

series = torch.sin(torch.arange(40) * 0.35)
windows = series.unfold(0, 6, 1)
past, future = windows[:, :5], windows[:, 5:]

forecaster = nn.Sequential(nn.Linear(5, 10), nn.ReLU(), nn.Linear(10, 1))
optimiser = torch.optim.SGD(forecaster.parameters(), lr=0.1)
criterion = nn.MSELoss()

for epoch in range(1, 7):
    optimiser.zero_grad()
    loss = criterion(forecaster(past), future)
    loss.backward
    optimiser.step()
    print(f"epoch {epoch}: {loss.item():.6f}")
