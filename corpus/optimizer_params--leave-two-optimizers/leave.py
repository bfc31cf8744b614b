import torch
from torch import nn

# Two optimizers share a model: the embeddings go slowly, by one of them, and everything else by the other.
torch.manual_seed(14)


class Tagger(nn.Module):
    def __init__(self):
        super().__init__()
        self.words = nn.Embedding(12, 4)
        self.mix = nn.Parameter(torch.randn(4, 4) * 0.3)
        self.out = nn.Linear(4, 3)

    def forward(self, tokens):
        return self.out(torch.tanh(self.words(tokens) @ self.mix))


tagger = Tagger()
slow = list(map(id, tagger.words.parameters()))
quick = torch.optim.Adam([{"params": filter(lambda p: id(p) not in slow, tagger.parameters())}], lr=1e-2)
gentle = torch.optim.SGD([{"params": tagger.words.parameters()}], lr=1e-3)
tokens, tags = torch.randint(0, 12, (9,)), torch.randint(0, 3, (9,))

for step in range(3):
    loss = nn.functional.cross_entropy(tagger(tokens), tags)
    quick.zero_grad()
    gentle.zero_grad()
    loss.backward()
    quick.step()
    gentle.step()
    print(step, round(loss.item(), 4))
