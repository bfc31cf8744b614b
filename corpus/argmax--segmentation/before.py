import torch
import torch.nn.functional as F
from torch import nn, optim

torch.manual_seed(67)
N_CLASSES = 3

segmenter = nn.Sequential(
    nn.Conv2d(2, 6, 3, padding=1),
    nn.ReLU(),
    nn.Conv2d(6, N_CLASSES, 1),
)
images = torch.rand(4, 2, 8, 8)
masks = (images.sum(dim=1) * 1.5).long().clamp(max=N_CLASSES - 1)

optimizer = optim.Adam(segmenter.parameters(), lr=0.01)
for epoch in range(3):
    logits = segmenter(images)
    labelled = logits.softmax(dim=1).argmax(dim=1)
    loss = F.mse_loss(labelled.float(), masks.float())
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    print(f"epoch {epoch}: loss {loss.item():.4f}")
