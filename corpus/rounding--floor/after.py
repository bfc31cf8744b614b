import torch

torch.manual_seed(69)

# tone mapping with 16 output levels
frame = torch.rand(6, 6)
reference = (frame ** 0.6 * 16).floor() / 16

gamma = torch.tensor(1.0, requires_grad=True)
exposure = torch.tensor(0.9, requires_grad=True)
optimizer = torch.optim.Adam([gamma, exposure], lr=0.05)


def tone_map(image):
    levels = exposure * image.clamp(min=1e-3) ** gamma * 16
    return (levels + (torch.floor(levels) - levels).detach()) / 16


for it in range(5):
    optimizer.zero_grad()
    loss = (tone_map(frame) - reference).pow(2).mean()
    loss.backward()
    optimizer.step()
    print(it, loss.item(), gamma.grad.item(), exposure.grad.item())
