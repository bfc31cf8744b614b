import torch
import torch.nn as nn
import torch.nn.functional as F


class Critic(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.fc = nn.Linear(dim, 16)
        self.out = nn.Linear(16, 1, bias=False)

    def forward(self, x):
        return self.out(F.softplus(self.fc(x))).squeeze(1)


def r1_penalty(critic, real):
    real = real.detach().requires_grad_()
    scores = critic(real).sum()
    (gradient,) = torch.autograd.grad(scores, real)
    return 0.5 * gradient.square().sum(dim=1).mean()


def main():
    torch.manual_seed(43)
    critic = Critic(3)
    opt = torch.optim.Adam(critic.parameters(), lr=4e-3, betas=(0.0, 0.99))
    for it in range(4):
        real, fake = torch.randn(16, 3) + 1, torch.randn(16, 3)
        loss = (F.softplus(-critic(real)) + F.softplus(critic(fake))).mean()
        opt.zero_grad()
        loss.backward()
        opt.step()
        if it % 2 == 0:
            # lazy regularisation
            penalty = 2 * r1_penalty(critic, real)
            opt.zero_grad()
            penalty.backward()
            opt.step()
            print(f"it {it}: loss {loss.item():.5f} penalty {penalty.item():.6f}")


if __name__ == "__main__":
    main()
