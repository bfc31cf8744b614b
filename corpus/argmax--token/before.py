import torch
from torch import nn


class Translator(nn.Module):
    """Generates a token for each position; a frozen reader scores the text."""

    def __init__(self, vocab, dim):
        super().__init__()
        self.generator = nn.Linear(dim, vocab)
        self.reader_embedding = nn.Embedding(vocab, dim).requires_grad_(False)
        self.reader = nn.Linear(dim, 1).requires_grad_(False)

    def forward(self, states):
        logits = self.generator(states)
        tokens = logits.argmax(dim=-1)
        words = self.reader_embedding(tokens)
        return self.reader(words.mean(dim=1)).squeeze(-1)


torch.manual_seed(121)
model = Translator(vocab=15, dim=6)
optimizer = torch.optim.Adam(model.generator.parameters(), lr=0.05)
states = torch.randn(5, 8, 6)
for it in range(3):
    optimizer.zero_grad()
    loss = -model(states).sigmoid().log().mean()
    loss.backward()
    optimizer.step()
    print(it, loss.item())
