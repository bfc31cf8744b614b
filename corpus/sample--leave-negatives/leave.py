"""Skip-gram with drawn negatives: multinomial chooses rows, the rows learn."""
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(2240)
corpus = torch.tensor([0, 1, 2, 3, 1, 0, 4, 5, 6, 5, 4, 6, 0, 2, 1, 3, 5, 6])
freq = torch.bincount(corpus).float() ** 0.75
centre, context = nn.Embedding(7, 4), nn.Embedding(7, 4)
opt = torch.optim.Adam([*centre.parameters(), *context.parameters()], lr=0.05)
left, right = corpus[:-1], corpus[1:]
for epoch in range(5):
    negatives = torch.multinomial(freq, len(left) * 3, replacement=True).view(-1, 3)
    c = centre(left)
    pos = (c * context(right)).sum(1)
    neg = torch.bmm(context(negatives), c.unsqueeze(2)).squeeze(2)
    loss = -F.logsigmoid(pos).mean() - F.logsigmoid(-neg).sum(1).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(epoch, f"{loss.item():.5f}")
near = F.cosine_similarity(centre.weight[0:1], centre.weight).argsort(descending=True)
print("nearest to 0:", near[1:3].tolist())
