import torch
from torch import nn

torch.manual_seed(3)
gru = nn.GRU(2, 5, batch_first=True)
readout = nn.Linear(5, 1)
opt = torch.optim.Adam([*gru.parameters(), *readout.parameters()], lr=0.01)
sequences = [torch.randn(1, n, 2) for n in (4, 6, 9)]
targets = [s.sum().reshape(1, 1) for s in sequences]


def train_step():
    opt.zero_grad()
    per_seq = []
    for s, t in zip(sequences, targets):
        _, h = gru(s)
        per_seq.append(nn.functional.smooth_l1_loss(readout(h[-1]), t))
    loss = torch.stack(per_seq).mean()
    loss.backward()
    opt.step()
    return loss


for i in range(3):
    print(i, train_step().item())
print(readout.weight.grad)
