import torch
from torch import nn

torch.manual_seed(64)

N_ARMS, N_USERS = 4, 6
rates = torch.rand(N_USERS, N_ARMS)


class Policy(nn.Module):
    def __init__(self):
        super().__init__()
        self.user = nn.Embedding(N_USERS, 5)
        self.arm = nn.Linear(5, N_ARMS)

    def forward(self, idx):
        return torch.softmax(self.arm(self.user(idx)), dim=-1)


policy = Policy()
opt = torch.optim.Adam(policy.parameters(), lr=0.05)

for update in range(3):
    regret = torch.zeros(N_USERS)
    for u in range(N_USERS):
        probs = policy(torch.tensor(u))
        expected = (probs * rates[u]).sum()
        regret[u] = rates[u].max() - expected
    loss = regret.mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(f"update {update}: mean regret {loss.item():.4f}")
