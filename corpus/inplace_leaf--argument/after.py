import torch


def standardise(v):
    v = v - v.mean()
    v = v / v.std()
    return v


def correlation(a, b):
    a, b = standardise(a), standardise(b)
    return (a * b).sum() / (a.numel() - 1)


torch.manual_seed(33)
spectrum = torch.rand(16, requires_grad=True)
reference = torch.linspace(0, 1, 16).sqrt()

similarity = correlation(spectrum, reference.clone())
(-similarity).backward()

print(f"similarity {similarity.item():.5f}")
print("ascent direction", spectrum.grad)
