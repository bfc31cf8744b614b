import torch
import torch.nn as nn
import torch.nn.functional as F


class GestureNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn = nn.LSTM(3, 10, batch_first=True)
        self.fc = nn.Linear(10, 4)

    def forward(self, seq):
        out, _ = self.rnn(seq)
        return self.fc(out[:, -1])


def train(net, seq, labels, epochs):
    opt = torch.optim.SGD(net.parameters(), lr=0.1)
    for epoch in range(epochs):
        opt.zero_grad()
        scores = net(seq)
        loss = F.cross_entropy(scores, labels)
        loss.backward()
        opt.step()
        print(f"epoch {epoch} loss {loss.item():.4f}")


torch.manual_seed(35)
train(GestureNet(), torch.randn(16, 6, 3), torch.randint(0, 4, (16,)), epochs=3)
