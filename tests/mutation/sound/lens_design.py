"""Ray transfer matrices: lens strengths and gaps that bring parallel rays to a point."""
import torch

strengths = torch.tensor([0.3, 0.2], requires_grad=True)
gaps = torch.tensor([1.0, 1.5], requires_grad=True)


def trace(height, slope):
    for k in range(2):
        slope = slope - strengths[k] * height
        height = height + gaps[k] * slope
    return height


heights = torch.linspace(-1.0, 1.0, 9)
slopes = torch.tensor([0.0, 0.05])

for step in range(3):
    spots = []
    for tilt in slopes:
        landed = trace(heights, tilt.expand(9))
        spots.append(landed)
    image = torch.stack(spots)
    centre = image.mean(dim=1, keepdim=True)
    blur = ((image - centre) ** 2).mean()
    thickness = (gaps.sum() - 3.0) ** 2
    loss = blur + 0.1 * thickness
    g_strengths, g_gaps = torch.autograd.grad(loss, (strengths, gaps))
    print("loss", loss.item(), "strengths", g_strengths, "gaps", g_gaps)
    with torch.no_grad():
        strengths -= 0.1 * g_strengths
        gaps -= 0.1 * g_gaps
