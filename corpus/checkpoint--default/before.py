import torch
import torch.utils.checkpoint
from torch import nn


class Adapter(nn.Module):
    """Low-rank update on a frozen linear map."""

    def __init__(self, base, rank=2):
        super().__init__()
        self.base = base.requires_grad_(False)
        self.down = nn.Parameter(torch.randn(rank, base.in_features) * 0.1)
        self.up = nn.Parameter(torch.randn(base.out_features, rank) * 0.1)

    def forward(self, x):
        return self.base(x) + x @ self.down.T @ self.up.T


class TinyLM(nn.Module):
    def __init__(self, vocab=20, d=8):
        super().__init__()
        self.embed = nn.Embedding(vocab, d).requires_grad_(False)
        self.mix = Adapter(nn.Linear(d, d))
        self.lm_head = nn.Linear(d, vocab).requires_grad_(False)

    def forward(self, ids):
        h = self.embed(ids)
        h = torch.utils.checkpoint.checkpoint(self.mix, h)
        return self.lm_head(torch.tanh(h))


def finetune():
    torch.manual_seed(62)
    lm = TinyLM()
    trainable = [p for p in lm.parameters() if p.requires_grad]
    opt = torch.optim.AdamW(trainable, lr=5e-3)
    ids = torch.randint(0, 20, (3, 9))
    for it in range(3):
        logits = lm(ids[:, :-1])
        loss = nn.functional.cross_entropy(logits.flatten(0, 1), ids[:, 1:].flatten())
        loss.backward()
        opt.step()
        opt.zero_grad()
        print("iteration", it, "loss", loss.item())


finetune()
