import torch
from torch import nn


class PooledAttention(nn.Module):
    def __init__(self, width, heads=2):
        super().__init__()
        self.probe = 0.05 * torch.randn(1, 1, width)
        self.attn = nn.MultiheadAttention(width, heads, batch_first=True)

    def forward(self, tokens):
        q = self.probe.expand(tokens.size(0), -1, -1)
        pooled, _ = self.attn(q, tokens, tokens, need_weights=False)
        return pooled[:, 0]


class Encoder(nn.Module):
    def __init__(self, vocab, width):
        super().__init__()
        self.embed = nn.Embedding(vocab, width)
        self.position = torch.zeros(1, 16, width)
        self.pool = PooledAttention(width)

    def forward(self, ids):
        tokens = self.embed(ids) + self.position[:, : ids.shape[1]]
        return self.pool(tokens)


class Sentiment(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = Encoder(vocab=30, width=8)
        self.out = nn.Linear(8, 2)

    def forward(self, ids):
        return self.out(self.encoder(ids))


def train():
    torch.manual_seed(11)
    model = Sentiment()
    optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3)
    ids = torch.randint(0, 30, (6, 10))
    target = torch.tensor([0, 1, 1, 0, 1, 0])
    for _ in range(4):
        loss = nn.functional.cross_entropy(model(ids), target)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    print("trainable:", sum(p.numel() for p in model.parameters()))
    print("loss:", loss.item())
    print("probe norm:", model.encoder.pool.probe.norm().item())


if __name__ == "__main__":
    train()
