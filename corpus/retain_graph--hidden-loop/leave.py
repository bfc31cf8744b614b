import torch
from torch import nn

torch.manual_seed(2)
rnn = nn.LSTMCell(4, 6)
head = nn.Linear(6, 4)
opt = torch.optim.SGD([*rnn.parameters(), *head.parameters()], lr=0.1)
stream = torch.randn(40, 3, 4)
state = (torch.zeros(3, 6), torch.zeros(3, 6))
for chunk in stream.split(10):
    loss = 0.0
    for now, nxt in zip(chunk[:-1], chunk[1:]):
        state = rnn(now, state)
        loss = loss + (head(state[0]) - nxt).pow(2).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
    state = tuple(s.detach() for s in state)
    loss = float(loss)
    print("chunk loss", round(loss, 4))
