import torch
import torch.nn as nn


class CharRNN(nn.Module):
    def __init__(self, vocab, hidden):
        super().__init__()
        self.hidden = hidden
        self.embed = nn.Embedding(vocab, hidden)
        self.cell = nn.GRUCell(hidden, hidden)
        self.out = nn.Linear(hidden, vocab)

    def forward(self, tokens, h=None):
        if h is None:
            h = torch.zeros(tokens.size(0), self.hidden)
        for t in range(tokens.size(1)):
            h = self.cell(self.embed(tokens[:, t]), h.detach())
        return self.out(h), h


torch.manual_seed(0)
text = torch.randint(0, 10, (4, 13))
model = CharRNN(10, 6)
opt = torch.optim.Adam(model.parameters(), lr=1e-2)
for i in range(3):
    opt.zero_grad()
    logits, _ = model(text[:, :-1])
    loss = nn.functional.cross_entropy(logits, text[:, -1])
    loss.backward()
    opt.step()
    print(i, loss.item(), model.embed.weight.grad.abs().sum().item())
