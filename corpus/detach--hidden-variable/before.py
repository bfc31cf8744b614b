import torch
from torch import nn
from torch.autograd import Variable

torch.manual_seed(2024)


class Tagger(nn.Module):
    """Reads a sequence and predicts one number at the end of it."""

    def __init__(self, n_in=3, n_hidden=7):
        super().__init__()
        self.n_hidden = n_hidden
        self.cell = nn.GRUCell(n_in, n_hidden)
        self.start = nn.Parameter(torch.full((n_hidden,), 0.1))
        self.out = nn.Linear(n_hidden, 1)

    def forward(self, seq):
        h = self.start.expand(seq.size(1), self.n_hidden)
        for t in range(seq.size(0)):
            h = self.cell(seq[t], h)
            h = Variable(h.data)
        return self.out(h).squeeze(-1)


sequences = torch.randn(6, 9, 3)  # time, batch, features
labels = sequences.sum(dim=(0, 2)).sign()

tagger = Tagger()
optim = torch.optim.RMSprop(tagger.parameters(), lr=1e-3)
for i in range(3):
    optim.zero_grad()
    score = tagger(sequences)
    loss = nn.functional.soft_margin_loss(score, labels)
    loss.backward()
    optim.step()
    print(i, "%.5f" % loss.item())
