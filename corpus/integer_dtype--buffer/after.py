import torch
import torch.nn as nn

torch.manual_seed(78)

scorer = nn.Linear(3, 1)
optimizer = torch.optim.SGD(scorer.parameters(), lr=1e-3)
graphs = [torch.randn(n, 3) + 2 for n in (4, 2, 6, 3)]
sizes = torch.tensor([g.shape[0] for g in graphs])

for epoch in range(3):
    energy = torch.zeros_like(sizes, dtype=torch.float32)
    for i, nodes in enumerate(graphs):
        energy[i] = scorer(nodes).sum()
    loss = ((energy - 2.5 * sizes) ** 2).float().mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    print(epoch, loss.item())
