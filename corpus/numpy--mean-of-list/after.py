import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(70)
inputs = torch.randn(24, 6)
targets = inputs[:, :2] * 1.5 - inputs[:, 2:4]

loader = DataLoader(TensorDataset(inputs, targets), batch_size=8)
model = nn.Sequential(nn.Linear(6, 6), nn.Softplus(), nn.Linear(6, 2))
criterion = nn.HuberLoss(delta=0.5)
opt = torch.optim.Adam(model.parameters(), lr=0.01)

for epoch in range(3):
    # accumulate over the epoch, one update per epoch
    losses = [criterion(model(xb), yb) for xb, yb in loader]
    epoch_loss = torch.stack(losses).mean()
    opt.zero_grad()
    epoch_loss.backward()
    opt.step()
    print(f"epoch {epoch}: {epoch_loss.item():.5f}")
