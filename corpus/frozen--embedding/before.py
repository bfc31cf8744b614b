import torch
import torch.nn as nn


def pretrained_vectors(n_words, dim):
    g = torch.Generator().manual_seed(2024)
    return torch.randn(n_words, dim, generator=g) * 0.4


class BagOfWords(nn.Module):
    def __init__(self, vectors, n_classes):
        super().__init__()
        self.words = nn.Embedding.from_pretrained(vectors)
        self.classify = nn.Linear(vectors.shape[1], n_classes)

    def forward(self, docs):
        return self.classify(self.words(docs).mean(dim=1))


torch.manual_seed(52)
model = BagOfWords(pretrained_vectors(25, 6), n_classes=2)
optimizer = torch.optim.Adam([
    {"params": model.words.parameters(), "lr": 1e-3},
    {"params": model.classify.parameters(), "lr": 1e-2},
])
docs = torch.randint(0, 25, (9, 12))
topic = torch.randint(0, 2, (9,))

for epoch in range(3):
    optimizer.zero_grad()
    loss = nn.functional.cross_entropy(model(docs), topic)
    loss.backward()
    optimizer.step()

print("loss", loss.item())
print("word gradient", model.words.weight.grad.norm().item())
