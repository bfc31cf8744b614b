import torch

torch.manual_seed(21)
t = torch.linspace(0, 2, 30)
obs = 3.0 * torch.exp(-1.2 * t) + 0.02 * torch.randn(30)

amp = torch.tensor(1.0, requires_grad=True)
rate = torch.tensor(0.5, requires_grad=True)


def loss_fn():
    return (amp * torch.exp(-rate * t) - obs).pow(2).mean()


for k in range(3):
    loss = loss_fn()
    grads = loss.backward()
    for p, g in zip((amp, rate), grads):
        p.data -= 0.1 * g
    print(k, f"loss={loss.item():.4f} amp={amp.item():.3f} rate={rate.item():.3f}")
