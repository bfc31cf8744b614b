import torch
from torch import nn

torch.manual_seed(40)


class Trainer:
    def __init__(self, net, lr):
        self.net = net
        self.opt = torch.optim.SGD(net.parameters(), lr=lr)

    def evaluate(self, x, y):
        self.net.eval()
        with torch.no_grad():
            error = (self.net(x) - y).abs().mean().item()
        self.net.train()
        return error

    def epoch(self, batches):
        for x, y in batches:
            self.opt.zero_grad()
            loss = ((self.net(x) - y) ** 2).mean()
            loss.backward()
            self.opt.step()
        return loss.item()

    def run(self, batches, held_out, epochs):
        print("start   held-out error %.4f" % self.evaluate(*held_out))
        for k in range(epochs):
            last = self.epoch(batches)
            print("epoch %d last batch %.4f held-out %.4f" % (k, last, self.evaluate(*held_out)))


def batch(n):
    x = torch.rand(n, 2)
    return x, (x[:, :1] * x[:, 1:]).sqrt()


net = nn.Sequential(nn.Linear(2, 10), nn.Tanh(), nn.Linear(10, 1))
Trainer(net, lr=0.05).run([batch(12) for _ in range(3)], batch(20), epochs=2)
