import torch
import torch.nn as nn


class PointerNetwork(nn.Module):
    """Scores every item of a set against a query built from the set itself."""

    def __init__(self, dim=6):
        super().__init__()
        self.encode = nn.Linear(3, dim)
        self.query = nn.Parameter(torch.randn(dim) / dim ** 0.5)
        self.glimpse = nn.Linear(dim, dim)

    def context(self, items):
        attn = torch.softmax(items @ self.query, dim=-1)
        pooled = (attn.unsqueeze(-1) * items).sum(dim=1)
        pooled = torch.from_numpy(pooled.detach().numpy())
        return pooled

    def forward(self, points):
        items = torch.tanh(self.encode(points))
        q = self.glimpse(self.context(items))
        return torch.einsum("bnd,bd->bn", items, q)


def main(steps=3):
    torch.manual_seed(38)
    points = torch.rand(20, 5, 3)
    farthest = points.norm(dim=-1).argmax(dim=1)
    net = PointerNetwork()
    opt = torch.optim.Adam(net.parameters(), lr=0.01)
    for k in range(steps):
        logits = net(points)
        loss = nn.functional.cross_entropy(logits, farthest)
        hits = (logits.argmax(dim=1) == farthest).sum().item()
        opt.zero_grad()
        loss.backward()
        opt.step()
        print(f"step {k}: loss {loss.item():.4f}, {hits} of {len(points)} right")


if __name__ == "__main__":
    main()
