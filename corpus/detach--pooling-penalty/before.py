import torch

# Hierarchical regression: each school has its own slope, drawn to a common centre.
torch.manual_seed(17)
n_schools, n_pupils = 5, 30
school = torch.arange(n_schools).repeat_interleave(n_pupils)
hours = torch.rand(n_schools * n_pupils) * 4
truth = 1.5 + 0.4 * torch.randn(n_schools)
grade = truth[school] * hours + 0.3 * torch.randn(len(hours))

slopes = torch.zeros(n_schools, requires_grad=True)
centre = torch.tensor(0.8, requires_grad=True)


def shrinkage(values, around, strength=0.05):
    offset = values - around.detach()
    return strength * offset.square().sum()


optimizer = torch.optim.SGD([slopes, centre], lr=0.02)
for sweep in range(5):
    optimizer.zero_grad()
    fit = (slopes[school] * hours - grade).square().mean()
    objective = fit + shrinkage(slopes, around=centre)
    objective.backward()
    optimizer.step()
    if sweep == 0:
        print(f"first objective {objective.item():.5f}")

print("gradient of the centre:", centre.grad)
