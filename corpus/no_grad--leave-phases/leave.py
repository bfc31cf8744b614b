"""One loop for both phases; set_grad_enabled says which of them builds a graph."""
import torch
from torch import nn

torch.manual_seed(3000)
x = torch.randn(60, 3)
y = (x[:, :1] * 2).tanh()
data = {"train": (x[:45], y[:45]), "valid": (x[45:], y[45:])}
model = nn.Sequential(nn.Linear(3, 10), nn.ReLU(), nn.Dropout(0.1), nn.Linear(10, 1))
opt = torch.optim.Adam(model.parameters(), lr=0.02)
schedule = torch.optim.lr_scheduler.ReduceLROnPlateau(opt, patience=1)

for epoch in range(5):
    report = {}
    for phase in ("train", "valid"):
        model.train(phase == "train")
        inputs, targets = data[phase]
        opt.zero_grad()
        with torch.set_grad_enabled(phase == "train"):
            loss = nn.functional.mse_loss(model(inputs), targets)
            if phase == "train":
                loss.backward()
                opt.step()
        report[phase] = loss.item()
    schedule.step(report["valid"])
    print(epoch, {k: round(v, 5) for k, v in report.items()})
