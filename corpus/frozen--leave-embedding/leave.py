"""Pretrained vectors are kept as they are, on purpose; what reads them is trained."""
import torch
from torch import nn

torch.manual_seed(910)
vectors = torch.randn(15, 6)


class Tagger(nn.Module):
    def __init__(self, vectors, tags):
        super().__init__()
        self.lookup = nn.Embedding.from_pretrained(vectors)     # frozen by default, wanted here
        self.rnn = nn.GRU(vectors.shape[1], 5, batch_first=True, bidirectional=True)
        self.tag = nn.Linear(10, tags)

    def forward(self, ids):
        return self.tag(self.rnn(self.lookup(ids))[0])


ids = torch.randint(0, 15, (8, 7))
tags = ids % 3
net = Tagger(vectors, 3)
trainable = [p for p in net.parameters() if p.requires_grad]
opt = torch.optim.Adam(trainable, lr=0.03)
for epoch in range(5):
    loss = nn.functional.cross_entropy(net(ids).transpose(1, 2), tags)
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(epoch, f"{loss.item():.5f}")
print(len(trainable), "trained tensors;", torch.equal(net.lookup.weight, vectors))
