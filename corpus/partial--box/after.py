import torch


def to_corners(box):
    centre, size = box[:, :2], box[:, 2:]
    half = size.exp() / 2
    return torch.cat([centre - half, centre + half], dim=1)


def iou_loss(box, truth):
    a = to_corners(box)
    low = torch.maximum(a[:, :2], truth[:, :2])
    high = torch.minimum(a[:, 2:], truth[:, 2:])
    inter = (high - low).clamp(min=0).prod(dim=1)
    area_a = (a[:, 2:] - a[:, :2]).prod(dim=1)
    area_t = (truth[:, 2:] - truth[:, :2]).prod(dim=1)
    return (1 - inter / (area_a + area_t - inter)).mean()


torch.manual_seed(64)
head = torch.nn.Linear(10, 4)
optimizer = torch.optim.SGD(head.parameters(), lr=0.2)
pooled = 0.3 * torch.randn(9, 10)
truth = torch.tensor([[0.1, -0.2, 1.4, 1.2]]).expand(9, 4)

for step in range(3):
    loss = iou_loss(head(pooled), truth)
    optimizer.zero_grad()
    loss.backward()
    print(step, loss.item(), head.bias.grad)
    optimizer.step()
