"""A linear-chain CRF: integer tags pick scores, the partition sum runs in floats."""
import torch
from torch import nn


class CRF(nn.Module):
    def __init__(self, tags):
        super().__init__()
        self.move = nn.Parameter(0.1 * torch.randn(tags, tags))
        self.start = nn.Parameter(torch.zeros(tags))

    def score(self, emissions, tags):
        t = torch.arange(len(tags))
        total = emissions[t, tags].sum() + self.start[tags[0]]
        return total + self.move[tags[:-1], tags[1:]].sum()

    def log_partition(self, emissions):
        alpha = self.start + emissions[0]
        for e in emissions[1:]:
            alpha = torch.logsumexp(alpha.unsqueeze(1) + self.move, dim=0) + e
        return alpha.logsumexp(0)

    @torch.no_grad()
    def decode(self, emissions):
        best, back = self.start + emissions[0], []
        for e in emissions[1:]:
            value, pointer = (best.unsqueeze(1) + self.move).max(dim=0)
            back.append(pointer)
            best = value + e
        path = [int(best.argmax())]
        for pointer in reversed(back):
            path.append(int(pointer[path[-1]]))
        return path[::-1]


torch.manual_seed(1710)
obs = torch.randn(8, 3)
gold = torch.tensor([0, 0, 1, 1, 2, 2, 0, 1], dtype=torch.int64)
emit, crf = nn.Linear(3, 3), CRF(3)
opt = torch.optim.Adam([*emit.parameters(), *crf.parameters()], lr=0.1)
for step in range(8):
    scores = emit(obs)
    nll = crf.log_partition(scores) - crf.score(scores, gold)
    opt.zero_grad()
    nll.backward()
    opt.step()
    if step % 4 == 3:
        print(step, f"{nll.item():.5f}", crf.decode(emit(obs)))
