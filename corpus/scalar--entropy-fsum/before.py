from math import fsum, log
import torch


class MixtureWeights(torch.nn.Module):
    def __init__(self, k):
        super().__init__()
        self.logits = torch.nn.Parameter(torch.arange(k, dtype=torch.float32) * 0.1)

    @property
    def probs(self):
        return torch.softmax(self.logits, dim=0)

    def entropy(self):
        return -fsum(p * log(p) for p in self.probs)


counts = torch.tensor([5.0, 2.0, 1.0, 7.0])
mix = MixtureWeights(4)
opt = torch.optim.SGD(mix.parameters(), lr=0.1)
for it in range(3):
    opt.zero_grad()
    nll = -(counts * mix.probs.log()).sum() / counts.sum()
    loss = nll - 0.5 * mix.entropy()
    loss.backward()
    opt.step()
    print(it, f"nll={nll.item():.4f}", f"entropy={mix.entropy():.4f}", mix.logits.grad.tolist())
