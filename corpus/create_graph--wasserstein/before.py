import torch
from torch import nn, autograd


def gradient_penalty(critic, real, fake):
    alpha = torch.rand(real.size(0), 1)
    mix = (alpha * real + (1 - alpha) * fake).requires_grad_(True)
    out = critic(mix)
    (grads,) = autograd.grad(
        outputs=out,
        inputs=mix,
        grad_outputs=torch.ones_like(out),
        retain_graph=True,
    )
    return ((grads.norm(2, dim=1) - 1) ** 2).mean()


torch.manual_seed(77)
gen = nn.Sequential(nn.Linear(2, 16), nn.ReLU(), nn.Linear(16, 2))
critic = nn.Sequential(nn.Linear(2, 16), nn.LeakyReLU(0.2), nn.Linear(16, 1))
opt_c = torch.optim.Adam(critic.parameters(), 1e-3, betas=(0.0, 0.9))
for it in range(3):
    real = torch.randn(32, 2) + 3
    with torch.no_grad():
        fake = gen(torch.randn(32, 2))
    gp = gradient_penalty(critic, real, fake)
    c_loss = critic(fake).mean() - critic(real).mean() + 10 * gp
    opt_c.zero_grad()
    c_loss.backward()
    opt_c.step()
    print(it, "critic", round(c_loss.item(), 4), "gp", round(gp.item(), 4))
