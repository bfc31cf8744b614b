"""One encoder, two losses: the reconstruction and the sparsity of the code are differentiated one after the other."""
import torch
from torch import nn

torch.manual_seed(418)
signals = torch.randn(24, 10)
encoder = nn.Linear(10, 4)
decoder = nn.Linear(4, 10)
optimizer = torch.optim.Adam([*encoder.parameters(), *decoder.parameters()], lr=0.01)

for epoch in range(3):
    code = torch.tanh(encoder(signals))
    reconstruction = (decoder(code) - signals).pow(2).mean()
    sparsity = 0.05 * (code ** 2 + 0.01).sqrt().mean()
    print(f"epoch {epoch}: {reconstruction.item():.4f} + {sparsity.item():.4f}")
    optimizer.zero_grad()
    reconstruction.backward()
    sparsity.backward()
    optimizer.step()
