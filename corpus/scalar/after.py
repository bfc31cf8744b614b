import torch
from torch import nn
from torch.utils.data import DataLoader

torch.manual_seed(29)

letters = torch.randint(0, 8, (30, 6))
is_palindrome = (letters == letters.flip(1)).float().mean(dim=1)
dataset = list(zip(letters, is_palindrome))

model = nn.Sequential(nn.Embedding(8, 5), nn.Flatten(), nn.Linear(30, 1))
loss_fn = nn.BCEWithLogitsLoss(reduction="sum")
opt = torch.optim.Adam(model.parameters(), lr=0.01)


def epoch_loss(loader):
    running_loss = 0.0
    for batch, target in loader:
        logit = model(batch).squeeze(1)
        running_loss += loss_fn(logit, target)
    return running_loss / len(loader.dataset)


loader = DataLoader(dataset, batch_size=10)
for epoch in range(3):
    opt.zero_grad()
    total = epoch_loss(loader)
    print(f"epoch {epoch} loss {total:.4f}")
    total.backward()
    opt.step()
