import torch
from torch import nn

bce = nn.functional.binary_cross_entropy_with_logits


def real_batch(n):
    angle = torch.rand(n) * 6.2832
    return torch.stack([angle.cos(), angle.sin()], dim=1)


def generator_step(gen, disc, opt, n):
    # gradients of the discriminator are not needed here
    disc.requires_grad_(False)
    loss = bce(disc(gen(torch.randn(n, 4))), torch.ones(n, 1))
    opt.zero_grad()
    loss.backward()
    opt.step()
    return loss.item()


def discriminator_step(gen, disc, opt, n):
    real = real_batch(n)
    fake = gen(torch.randn(n, 4)).detach()
    loss = bce(disc(real), torch.ones(n, 1)) + bce(disc(fake), torch.zeros(n, 1))
    opt.zero_grad()
    loss.backward()
    opt.step()
    return loss.item()


def main(rounds=3, n=16):
    torch.manual_seed(80)
    gen = nn.Sequential(nn.Linear(4, 12), nn.ReLU(), nn.Linear(12, 2))
    disc = nn.Sequential(nn.Linear(2, 12), nn.LeakyReLU(0.2), nn.Linear(12, 1))
    opt_g = torch.optim.Adam(gen.parameters(), lr=2e-3)
    opt_d = torch.optim.Adam(disc.parameters(), lr=2e-3)
    for r in range(rounds):
        g = generator_step(gen, disc, opt_g, n)
        d = discriminator_step(gen, disc, opt_d, n)
        print(f"round {r}: G {g:.4f}  D {d:.4f}")


main()
