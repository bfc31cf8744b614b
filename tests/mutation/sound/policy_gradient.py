"""A softmax policy on a contextual bandit; the expected reward is differentiated exactly."""
import torch
from torch import nn


class Policy(nn.Module):
    def __init__(self, context, arms):
        super().__init__()
        self.fc1 = nn.Linear(context, 10)
        self.fc2 = nn.Linear(10, arms)

    def forward(self, x):
        h = torch.tanh(self.fc1(x))
        logits = self.fc2(h)
        log_probs = torch.log_softmax(logits, dim=1)
        return log_probs


torch.manual_seed(15)
policy = Policy(3, 4)
optimizer = torch.optim.Adam(policy.parameters(), lr=0.03)
arm_weights = torch.randn(3, 4)

for step in range(3):
    context = torch.randn(50, 3)
    rewards = context @ arm_weights
    log_probs = policy(context)
    probs = torch.exp(log_probs)
    expected = (probs * rewards).sum(dim=1)
    entropy = -(probs * log_probs).sum(dim=1)
    objective = expected + 0.05 * entropy
    loss = -objective.mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    print("step", step, "loss", loss.item())
print("gradient", policy.fc1.weight.grad.norm())
