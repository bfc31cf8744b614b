import torch
from torch import nn, optim

torch.manual_seed(59)

policy = nn.Sequential(nn.Linear(4, 16), nn.Tanh(), nn.Linear(16, 2))
params = [p.detach().clone() for p in policy.parameters()]
start = [p.clone() for p in params]
optimizer = optim.RMSprop(params, lr=1e-2)

observations = torch.randn(20, 4)
expert_actions = (observations[:, 2] + observations[:, 3] > 0).long()

# behaviour cloning
for epoch in range(5):
    optimizer.zero_grad()
    log_prob = policy(observations).log_softmax(-1)
    loss = nn.functional.nll_loss(log_prob, expert_actions)
    loss.backward()
    optimizer.step()
    print(epoch, loss.item())

moved = sum((p - s).abs().sum().item() for p, s in zip(params, start))
print("moved", moved)
