import torch
from torch import nn


class TextRegressor(nn.Module):
    def __init__(self, vectors):
        super().__init__()
        self.embedding = nn.Embedding.from_pretrained(vectors, freeze=False)
        self.score = nn.Linear(vectors.shape[1], 1, bias=False)

    def forward(self, ids):
        weights = torch.softmax(self.score(self.embedding(ids)), dim=1)
        pooled = (weights * self.embedding(ids)).sum(dim=1)
        return pooled.mean(dim=1)


def main():
    torch.manual_seed(107)
    model = TextRegressor(torch.randn(18, 5))
    optimizer = torch.optim.Adam(model.parameters(), lr=0.02)
    ids = torch.randint(0, 18, (10, 6))
    rating = torch.rand(10)
    for epoch in range(4):
        loss = nn.functional.mse_loss(model(ids), rating)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        print(f"epoch {epoch} loss {loss.item():.6f}")
    print("rare word moved", model.embedding.weight.grad is not None)


if __name__ == "__main__":
    main()
