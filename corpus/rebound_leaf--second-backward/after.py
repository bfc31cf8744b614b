import torch
import torch.nn as nn

torch.manual_seed(41)

# style codes are shared by all batches and learned with the generator
styles = (torch.randn(3, 5) * 0.1).requires_grad_()
generator = nn.Sequential(nn.Linear(5 + 2, 16), nn.ELU(), nn.Linear(16, 4))
optimizer = torch.optim.Adam(generator.parameters(), lr=5e-3)
targets = torch.randn(3, 4)

for batch in range(4):
    content = torch.randn(3, 2)
    fake = generator(torch.cat([styles, content], dim=1))
    loss = (fake - targets).pow(2).mean() + 0.01 * styles.pow(2).sum()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    print("batch", batch, "loss", loss.item())

print("style gradient", styles.grad)
