import torch
from torch import nn


class VicLoss(nn.Module):
    """Invariance, variance and covariance terms of two embeddings of one batch."""

    weights = (5.0, 2.0, 0.5)

    def forward(self, left, right):
        a, b = left, right
        invariance = torch.mean(torch.square(a - b))
        variance = sum(
            torch.mean(torch.clamp(1 - torch.std(e, dim=0, correction=1, keepdim=True), min=0)) for e in (a, b)
        )
        covariance = self._off_diagonal(a) + self._off_diagonal(b)
        inv_w, var_w, cov_w = self.weights
        return inv_w * invariance + var_w * variance + cov_w * covariance

    @staticmethod
    def _off_diagonal(e):
        centred = e - torch.mean(e, dim=0, keepdim=True)
        cov = torch.matmul(centred.T, centred) / (len(e) - 1)
        return (torch.sum(cov ** 2) - torch.sum(torch.diag(cov) ** 2)) / e.shape[1]


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
