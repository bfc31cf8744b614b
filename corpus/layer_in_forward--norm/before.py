import torch
from torch import nn


class FeedForward(nn.Module):
    """Transformer feed-forward block, post-norm."""

    def __init__(self, d_model, d_ff):
        super().__init__()
        self.d_model = d_model
        self.up = nn.Linear(d_model, d_ff)
        self.down = nn.Linear(d_ff, d_model)

    def forward(self, x):
        y = self.down(nn.PReLU()(self.up(x)))
        return nn.LayerNorm(self.d_model)(x + y)


def main():
    torch.manual_seed(47)
    tokens = torch.randn(2, 6, 8)
    wanted = torch.rand(2, 6, 8)
    blocks = nn.Sequential(FeedForward(8, 20), FeedForward(8, 20))
    optimizer = torch.optim.Adam(blocks.parameters(), lr=1e-2)
    for step in range(4):
        loss = nn.functional.mse_loss(blocks(tokens), wanted)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        print(step, loss.item())
    print("learned tensors:", len(optimizer.state))


if __name__ == "__main__":
    main()
