"""A forward model predicts features of the next state; its error is paid to the agent as a bonus."""
import torch
from torch import nn

torch.manual_seed(6)
embed = nn.Linear(4, 5)
inverse = nn.Linear(10, 2)        # which action was it? trains the embedding
forward_model = nn.Linear(5 + 2, 5)
policy = nn.Linear(4, 2)
opt = torch.optim.Adam(
    [p for m in (embed, inverse, forward_model, policy) for p in m.parameters()], lr=5e-3
)

state = torch.randn(12, 4)
for step in range(4):
    dist = torch.distributions.Categorical(logits=policy(state))
    action = dist.sample()
    onehot = nn.functional.one_hot(action, 2).float()
    nxt = state + 0.2 * (onehot @ torch.tensor([[1.0, 0, 0, 0], [0, -1.0, 0, 0]])) + 0.01 * torch.randn(12, 4)

    phi, phi_next = embed(state), embed(nxt)
    guess = forward_model(torch.cat([phi.detach(), onehot], 1))
    error = (guess - phi_next.detach()).pow(2).mean(1)
    bonus = error.detach()

    inv_loss = nn.functional.cross_entropy(inverse(torch.cat([phi, phi_next], 1)), action)
    pg_loss = -(dist.log_prob(action) * (bonus - bonus.mean())).mean()
    loss = inv_loss + error.mean() + pg_loss
    opt.zero_grad()
    loss.backward()
    opt.step()
    state = nxt
    print(f"{step}: bonus {bonus.mean():.4f} inverse {inv_loss:.4f}")
