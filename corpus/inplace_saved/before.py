import torch

torch.manual_seed(4)


def soft_assign(points, centres, beta):
    """Responsibility of every centre for every point."""
    d2 = torch.cdist(points, centres).square()
    r = torch.exp(-beta * d2)
    r /= r.sum(dim=1, keepdim=True)
    return r


points = torch.cat([torch.randn(12, 2) - 1.5, torch.randn(12, 2) + 1.5])
centres = torch.tensor([[-0.5, 0.0], [0.5, 0.3]], requires_grad=True)
beta = torch.tensor(0.7, requires_grad=True)

resp = soft_assign(points, centres, beta)
distortion = (resp * torch.cdist(points, centres).square()).sum(1).mean()
distortion.backward()

print("distortion", distortion.item())
print("centres", centres.grad)
print("beta", beta.grad)
