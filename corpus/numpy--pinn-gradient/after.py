import torch
from torch import nn

# Learn the height profile of a hill from slope measurements alone:  h'(s) = slope(s),  h(0) = 0.


class Profile(nn.Module):
    def __init__(self, width=16):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(1, width), nn.Tanh(), nn.Linear(width, 1))

    def forward(self, s):
        return (s * self.net(s)).squeeze(1)


def slope_error(profile, s, measured):
    height = profile(s)
    spacing = float(s[1] - s[0])
    slope = torch.gradient(height, spacing=spacing)[0]
    return slope - measured


def run(epochs=3):
    torch.manual_seed(15)
    s = torch.linspace(0, 2, 33).unsqueeze(1)
    measured = torch.sin(3 * s.squeeze(1)) - 0.25
    profile = Profile()
    opt = torch.optim.Adam(profile.parameters(), lr=5e-3)
    for epoch in range(epochs):
        error = slope_error(profile, s, measured)
        parts = {"interior": error[1:-1].square().mean(), "ends": error[[0, -1]].square().mean()}
        loss = parts["interior"] + 0.5 * parts["ends"]
        print(epoch, {k: round(v.item(), 5) for k, v in parts.items()})
        opt.zero_grad()
        loss.backward()
        opt.step()


run()
