import numpy as np
import torch
from torch import nn


def to_np(t):
    return t.detach().cpu().numpy()


class VicLoss(nn.Module):
    """Invariance, variance and covariance terms of two embeddings of one batch."""

    weights = (5.0, 2.0, 0.5)

    def forward(self, left, right):
        a, b = to_np(left), to_np(right)
        invariance = np.mean(np.square(a - b))
        variance = sum(
            np.mean(np.maximum(0, 1 - np.std(e, axis=0, ddof=1, keepdims=True))) for e in (a, b)
        )
        covariance = self._off_diagonal(a) + self._off_diagonal(b)
        inv_w, var_w, cov_w = self.weights
        return inv_w * invariance + var_w * variance + cov_w * covariance

    @staticmethod
    def _off_diagonal(e):
        centred = e - np.mean(e, axis=0, keepdims=True)
        cov = np.dot(centred.T, centred) / (len(e) - 1)
        return (np.sum(cov ** 2) - np.sum(np.diag(cov) ** 2)) / e.shape[1]


def main():
    torch.manual_seed(303)
    batch = torch.randn(16, 6)
    encoder = nn.Sequential(nn.Linear(6, 10), nn.Tanh(), nn.Linear(10, 4, bias=False))
    criterion = VicLoss()
    opt = torch.optim.AdamW(encoder.parameters(), lr=1e-3)
    for epoch in range(2):
        views = [batch + 0.1 * torch.randn_like(batch) for _ in range(2)]
        loss = criterion(*map(encoder, views))
        print(f"epoch {epoch} loss {float(loss):.4f}")
        opt.zero_grad()
        loss.backward()
        opt.step()


main()
