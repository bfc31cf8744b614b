import torch
from torch import nn


class NoisyRNN(nn.Module):
    def __init__(self, n_in, n_hidden, sigma):
        super().__init__()
        self.wx = nn.Linear(n_in, n_hidden)
        self.wh = nn.Linear(n_hidden, n_hidden, bias=False)
        self.out = nn.Linear(n_hidden, 1)
        self.sigma = sigma

    def forward(self, seq):
        h = seq.new_zeros(seq.shape[0], self.wh.in_features)
        for x in seq.unbind(dim=1):
            h = torch.tanh(self.wx(x) + self.wh(h))
            h = h + self.sigma * torch.randn_like(h)
        return self.out(h)


def main():
    torch.manual_seed(50)
    seq = torch.randn(6, 7, 2)
    total = seq.sum(dim=(1, 2)).unsqueeze(1)
    net = NoisyRNN(2, 9, sigma=0.05)
    opt = torch.optim.Adam(net.parameters(), lr=0.01)
    for i in range(4):
        loss = nn.functional.huber_loss(net(seq), total)
        opt.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        opt.step()
        print(i, loss.item())


main()
