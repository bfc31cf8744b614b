import torch
from torch import nn


class Siamese(nn.Module):
    def __init__(self, widths):
        super().__init__()
        self.towers = tuple(
            nn.Sequential(nn.Linear(w, 8), nn.LeakyReLU(), nn.Linear(8, 4)) for w in widths
        )
        self.temperature = nn.Parameter(torch.tensor(1.0))

    def forward(self, *inputs):
        left, right = (nn.functional.normalize(t(x), dim=1) for t, x in zip(self.towers, inputs))
        return left @ right.mT / self.temperature


torch.manual_seed(131)
text, image = torch.randn(9, 5), torch.randn(9, 12)
model = Siamese([5, 12])
optimizer = torch.optim.AdamW(model.parameters(), lr=0.01)
for epoch in range(4):
    logits = model(text, image)
    pairs = torch.arange(len(logits))
    loss = (nn.functional.cross_entropy(logits, pairs) + nn.functional.cross_entropy(logits.mT, pairs)) / 2
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    print("epoch", epoch, "loss", loss.item())
