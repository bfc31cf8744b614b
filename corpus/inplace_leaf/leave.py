"""In-place initialisation of parameters, before anything is differentiated."""
import torch
from torch import nn


class Forecaster(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn = nn.LSTM(1, 5, batch_first=True)
        self.out = nn.Linear(5, 1)
        self.reset()

    @torch.no_grad()
    def reset(self):
        for name, p in self.rnn.named_parameters():
            if "bias" in name:
                p.zero_()
                p[5:10] = 1.0          # open the forget gate
            else:
                nn.init.orthogonal_(p)
        self.out.weight.mul_(0.1)
        self.out.bias.data.fill_(0.5)

    def forward(self, x):
        h, _ = self.rnn(x)
        return self.out(h[:, -1])


torch.manual_seed(400)
series = torch.sin(torch.arange(0, 40) * 0.4) * 0.5 + 0.5
x = torch.stack([series[i : i + 8] for i in range(30)]).unsqueeze(-1)
y = series[8:38].unsqueeze(-1)
model = Forecaster()
opt = torch.optim.Adam(model.parameters(), lr=0.02)
for epoch in range(5):
    loss = nn.functional.mse_loss(model(x), y)
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(epoch, f"{loss.item():.6f}")
