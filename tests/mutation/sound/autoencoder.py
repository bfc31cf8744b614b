"""A tied autoencoder with a sparsity penalty on its code."""
import torch
from torch import nn


class TiedAutoencoder(nn.Module):
    def __init__(self, dim, code):
        super().__init__()
        self.weight = nn.Parameter(0.3 * torch.randn(code, dim))
        self.code_bias = nn.Parameter(torch.zeros(code))
        self.out_bias = nn.Parameter(torch.zeros(dim))

    def encode(self, x):
        pre = x @ self.weight.t() + self.code_bias
        code = torch.sigmoid(pre)
        return code

    def forward(self, x):
        code = self.encode(x)
        recon = code @ self.weight + self.out_bias
        return recon, code


torch.manual_seed(18)
basis = torch.randn(3, 9)
data = torch.rand(40, 3) @ basis
model = TiedAutoencoder(9, 4)
optimizer = torch.optim.Adam(model.parameters(), lr=0.02)

for epoch in range(3):
    recon, code = model(data)
    recon_error = ((recon - data) ** 2).mean()
    sparsity = code.abs().mean()
    loss = recon_error + 0.01 * sparsity
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    print(f"epoch {epoch} loss {loss.item():.6f} sparsity {sparsity.item():.4f}")
print(model.code_bias.grad, model.out_bias.grad)
