"""Weights that modules and optimizers lose, and hard choices: programs beside the corpus, and look-alikes."""

from __future__ import annotations

import pytest

from autofix.model import Outcome
from tests.corpus import mend

RAW1 = '''\
"""Mixture density head with learned temperature."""
import torch
from torch import nn, Tensor
from torch.nn import functional as F

class LayerNorm(nn.Module):
    def __init__(self, dim: int, eps: float = 1e-5):
        super(LayerNorm, self).__init__()
        self.eps = eps
        self.weight = torch.ones(dim)
        self.bias = torch.zeros(dim)

    def forward(self, x: Tensor) -> Tensor:
        m = x.mean(-1, keepdim=True)
        v = x.var(-1, keepdim=True, unbiased=False)
        return (x - m) / torch.sqrt(v + self.eps) * self.weight + self.bias

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.Linear(4, 8)
        self.norm = LayerNorm(8)
        self.b = nn.Linear(8, 2)
    def forward(self, x):
        return self.b(F.gelu(self.norm(self.a(x))))

torch.manual_seed(0)
net = Net()
opt = torch.optim.Adam(net.parameters(), lr=1e-2)
x, y = torch.randn(16, 4), torch.randint(0, 2, (16,))
for _ in range(5):
    opt.zero_grad()
    loss = F.cross_entropy(net(x), y)
    loss.backward()
    opt.step()
print(loss.item())
'''

RAW4 = """\
import torch
import torch.nn as nn

class Scale(nn.Module):
    def __init__(self, init=0.1, dim=3):
        super().__init__()
        self.gamma = init * nn.Parameter(torch.ones(dim))
        self.lin = nn.Linear(dim, dim)
    def forward(self, x):
        return x + self.gamma * self.lin(x)

torch.manual_seed(4)
net = nn.Sequential(Scale(), nn.ReLU(), Scale(), nn.Linear(3, 1))
opt = torch.optim.SGD(net.parameters(), lr=0.05)
x = torch.randn(12, 3)
for epoch in range(3):
    loss = (net(x).squeeze(1) - x[:, 0]).pow(2).mean()
    opt.zero_grad()
    loss.backward(retain_graph=True)
    opt.step()
    print(epoch, loss.item())
"""\

X1 = """\
import torch
from torch import nn
class Prompt(nn.Module):
    def __init__(self, base, n=3, d=4):
        super().__init__()
        self.base = base
        for p in self.base.parameters():
            p.requires_grad = False
        self.prompt = torch.randn(1, n, d) * 0.02
    def forward(self, x):
        x = torch.cat([self.prompt.expand(len(x), -1, -1), x], 1)
        return self.base(x).mean((1, 2))
torch.manual_seed(0)
m = Prompt(nn.Linear(4, 1))
opt = torch.optim.Adam(m.parameters(), lr=0.1)
x, y = torch.randn(6, 5, 4), torch.randn(6)
for _ in range(2):
    loss = (m(x) - y).pow(2).mean(); opt.zero_grad(); loss.backward(); opt.step(); print(loss.item())
"""\

ML1 = """\
import torch
from torch import nn

class Block(nn.Module):
    def __init__(self, d):
        super().__init__()
        self.ff = nn.Sequential(nn.Linear(d, 2 * d), nn.GELU(), nn.Linear(2 * d, d))
    def forward(self, x):
        return x + self.ff(x)

class Encoder(nn.Module):
    def __init__(self, d, depth):
        super().__init__()
        self.embed = nn.Linear(3, d)
        blocks = []
        for _ in range(depth):
            block = Block(d)
            blocks.append(block)
        self.blocks = blocks
    def forward(self, x):
        h = self.embed(x)
        for b in self.blocks:
            h = b(h)
        return h.mean(1)

torch.manual_seed(0)
enc = Encoder(6, 3)
opt = torch.optim.AdamW(enc.parameters(), lr=1e-2)
x = torch.randn(8, 3); y = x.sum(1)
print(sum(p.numel() for p in enc.parameters()))
for _ in range(3):
    loss = (enc(x) - y).pow(2).mean()
    opt.zero_grad(); loss.backward(); opt.step()
    print(loss.item())
"""\

ML2 = """\
import torch
import torch.nn as nn

class Multi(nn.Module):
    def __init__(self):
        super().__init__()
        self.heads = {}
        for name, k in [("a", 2), ("b", 3)]:
            self.heads[name] = nn.Linear(4, k)
        self.pairs = [(nn.Linear(4, 4), nn.LayerNorm(4)) for _ in range(2)]
    def forward(self, x):
        for lin, norm in self.pairs:
            x = norm(torch.relu(lin(x)))
        return {k: h(x) for k, h in self.heads.items()}

torch.manual_seed(0)
m = Multi()
x = torch.randn(10, 4)
t = {"a": torch.randint(0, 2, (10,)), "b": torch.randint(0, 3, (10,))}
extra = nn.Parameter(torch.zeros(1))
opt = torch.optim.SGD([*m.parameters(), extra], lr=0.1)
for _ in range(3):
    out = m(x)
    loss = sum(nn.functional.cross_entropy(out[k], t[k]) for k in t) + extra.pow(2).sum()
    opt.zero_grad(); loss.backward(); opt.step()
    print(loss.item())
"""\

OP1 = """\
import torch
from torch import nn, optim
from torch.optim.lr_scheduler import StepLR

class Backbone(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(5, 8), nn.ReLU())
        self.head = nn.Linear(8, 10)
    def forward(self, x):
        return self.head(self.body(x))

def adapt(model, k):
    model.head = nn.Sequential(nn.Linear(8, 6), nn.Tanh(), nn.Linear(6, k))
    return model

def main():
    torch.manual_seed(0)
    model = Backbone()
    opt = optim.Adam(model.parameters(), lr=0.01)
    sched = StepLR(opt, 2)
    print("adapting")
    model = adapt(model, 3)
    x, y = torch.randn(12, 5), torch.randint(0, 3, (12,))
    for e in range(3):
        loss = nn.functional.cross_entropy(model(x), y)
        opt.zero_grad(); loss.backward(); opt.step(); sched.step()
        print(e, loss.item())
main()
"""\

OP3 = """\
import torch
from torch import nn

def trainable(m):
    return filter(lambda p: p.requires_grad, m.parameters())

torch.manual_seed(0)
net = nn.Sequential(nn.Linear(3, 8), nn.ReLU(), nn.Linear(8, 1))
params = trainable(net)
print("n", sum(p.numel() for p in params))
opt = torch.optim.Adam(params, lr=0.1)
x = torch.randn(9, 3)
for _ in range(3):
    loss = (net(x) - x[:, :1]).pow(2).mean()
    opt.zero_grad(); loss.backward(); opt.step()
    print(loss.item())
"""\

OP4 = """\
import torch
from torch import nn

torch.manual_seed(0)
net = nn.Sequential(nn.Linear(3, 8), nn.ReLU(), nn.Linear(8, 1))
net[0].requires_grad_(False)
opt = torch.optim.Adam([p for p in net.parameters() if p.requires_grad], lr=0.1)
# now train everything
for p in net.parameters():
    p.requires_grad = True
x = torch.randn(9, 3)
for _ in range(3):
    loss = (net(x) - x[:, :1]).pow(2).mean()
    opt.zero_grad(); loss.backward(); opt.step()
    print(loss.item())
"""\

OP5 = """\
import torch
from torch import nn

class Trainer:
    def __init__(self, model, lr):
        self.model = model
        self.opt = torch.optim.SGD([p.data for p in model.parameters()], lr=lr)
    def fit(self, x, y):
        for _ in range(3):
            loss = (self.model(x) - y).pow(2).mean()
            self.model.zero_grad()
            loss.backward()
            self.opt.step()
            print(loss.item())

torch.manual_seed(0)
Trainer(nn.Linear(4, 1), 0.1).fit(torch.randn(8, 4), torch.randn(8, 1))
"""\

LF1 = """\
import torch
import torch.nn as nn
import torch.nn.functional as F

class Net(nn.Module):
    def __init__(self, width=8):
        super().__init__()
        self.width = width
        self.stem = nn.Linear(3, width)

    def forward(self, x):
        h = F.relu(self.stem(x))
        h = nn.Linear(self.width, self.width)(h)
        h = F.relu(h)
        out = nn.Linear(self.width, 2)
        return out(h)

torch.manual_seed(0)
net = Net()
opt = torch.optim.SGD(net.parameters(), lr=0.1)
x, y = torch.randn(10, 3), torch.randint(0, 2, (10,))
for _ in range(4):
    loss = F.cross_entropy(net(x), y)
    opt.zero_grad(); loss.backward(); opt.step()
    print(loss.item())
"""\

CK1 = """\
import functools
import torch
from torch import nn
from torch.utils import checkpoint as cp

ckpt = functools.partial(cp.checkpoint, use_reentrant=True)

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.b, self.c = nn.Linear(3, 8), nn.Linear(8, 8), nn.Linear(8, 1)
        self.save_memory = True
    def part(self, x):
        return torch.relu(self.b(torch.relu(self.a(x))))
    def forward(self, x):
        h = ckpt(self.part, x) if self.save_memory else self.part(x)
        return self.c(h)
torch.manual_seed(0)
net = Net(); x = torch.randn(7, 3)
opt = torch.optim.SGD(net.parameters(), lr=0.1)
for _ in range(2):
    loss = net(x).pow(2).mean(); opt.zero_grad(); loss.backward(); opt.step(); print(loss.item())
"""\

CK2 = """\
import torch
from torch import nn
from torch.utils.checkpoint import checkpoint_sequential
torch.manual_seed(0)
body = nn.Sequential(*[m for _ in range(4) for m in (nn.Linear(5, 5), nn.Tanh())])
head = nn.Linear(5, 1)
opt = torch.optim.SGD([*body.parameters(), *head.parameters()], lr=0.1)
x = torch.randn(9, 5)
for _ in range(3):
    h = checkpoint_sequential(body, 2, x)
    loss = (head(h) - x[:, :1]).pow(2).mean(); opt.zero_grad(); loss.backward(); opt.step(); print(loss.item())
"""\

CF2 = """\
import torch
from torch import nn
class Affine(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, w, b):
        ctx.save_for_backward(x, w)
        return x * w + b
    @staticmethod
    def backward(ctx, g):
        x, w = ctx.saved_tensors
        return g * w, (g * x).sum(0)
w = nn.Parameter(torch.ones(3)); b = nn.Parameter(torch.zeros(3))
x = torch.randn(4, 3)
loss = Affine.apply(x, w, b).pow(2).sum()
loss.backward()
print(w.grad, b.grad)
"""\

CMP1 = """\
import torch
from torch import nn
torch.manual_seed(0)
net = nn.Linear(3, 1)
opt = torch.optim.SGD(net.parameters(), lr=0.5)
x = torch.randn(30, 3); y = (x[:, 0] > 0).float()
for _ in range(3):
    p = torch.sigmoid(net(x)).squeeze(1)
    hit = (p >= 0.5) & (y == 1)
    recall = hit.float().sum() / y.sum()
    loss = 1 - recall
    opt.zero_grad(); loss.backward(); opt.step(); print(loss.item())
"""\

CMP5 = """\
import torch
from torch import nn
torch.manual_seed(0)
m = nn.Linear(2, 1)
x = torch.randn(16, 2); y = (x.sum(1) > 0).float()
opt = torch.optim.Adam(m.parameters(), lr=0.1)
for i in range(3):
    p = torch.sigmoid(m(x)[:, 0])
    preds = (p > 0.5).float()
    acc = (preds == y).float().mean()
    loss = 1 - acc
    opt.zero_grad(); loss.backward(); opt.step(); print(i, loss.item())
"""\

ARG1 = """\
import torch
from torch import nn
torch.manual_seed(0)
model = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 3))
opt = torch.optim.SGD(model.parameters(), lr=0.1)
x, y = torch.randn(12, 4), torch.randint(0, 3, (12,))
for _ in range(3):
    out = model(x)
    pred = out.max(1)[1]
    acc = (pred == y).float().mean()
    loss = -acc
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(f"acc {acc.item():.3f}")
"""\

ARG2 = """\
import torch
import torch.nn.functional as F
from torch import nn
torch.manual_seed(0)
class Tagger(nn.Module):
    def __init__(self):
        super().__init__()
        self.emb = nn.Embedding(10, 6)
        self.out = nn.Linear(6, 4)
    def forward(self, ids):
        return self.out(self.emb(ids))
net = Tagger()
ids = torch.randint(0, 10, (5, 7)); tags = torch.randint(0, 4, (5, 7))
opt = torch.optim.Adam(net.parameters(), lr=0.1)
criterion = nn.MSELoss()
for _ in range(3):
    probs = F.softmax(net(ids), dim=-1)
    guess = probs.argmax(dim=-1)
    loss = criterion(guess.float(), tags.float())
    opt.zero_grad(); loss.backward(); opt.step(); print(loss.item())
"""\

RND3 = """\
import torch
torch.manual_seed(0)
a = torch.tensor([1.4, 2.7], requires_grad=True)
b = torch.tensor([0.2, 0.7], requires_grad=True)
loss = (torch.round(a * 3.1) * torch.round(b.exp() * 7)).sum()
loss.backward()
print(a.grad, b.grad, loss)
"""\

SMP1 = """\
import torch
from torch import nn
from torch.distributions import Normal, kl_divergence
class VAE(nn.Module):
    def __init__(self):
        super().__init__()
        self.enc = nn.Linear(6, 4); self.dec = nn.Linear(2, 6)
    def loss(self, x):
        mu, ls = self.enc(x).chunk(2, -1)
        q = Normal(mu, ls.exp())
        z = q.sample()
        rec = (self.dec(z) - x).pow(2).sum(-1)
        return (rec + kl_divergence(q, Normal(0., 1.)).sum(-1)).mean()
torch.manual_seed(0)
v = VAE(); opt = torch.optim.Adam(v.parameters(), lr=0.01); x = torch.randn(8, 6)
for _ in range(3):
    l = v.loss(x); opt.zero_grad(); l.backward(); opt.step(); print(l.item())
"""\

SMP2 = """\
import torch
torch.manual_seed(0)
mu = torch.zeros(3, requires_grad=True)
z = torch.normal(mean=mu, std=0.5)
loss = (z - 1).pow(2).sum(); loss.backward(); print(mu.grad)
"""\

PART2 = """\
import torch
def custom_loss(predictions, targets):
    a = predictions[:, 0]
    b = predictions[:, 1]
    b_detached = b.detach()
    ratio = a / b_detached
    return torch.mean((ratio - targets) ** 2)
predictions = torch.tensor([[2.0, 1.0], [4.0, 2.0], [6.0, 3.0]], requires_grad=True)
targets = torch.tensor([1.8, 2.1, 1.9])
loss = custom_loss(predictions, targets)
loss.backward()
print(predictions.grad)
"""\

BROKEN = [
    pytest.param(RAW1, ['self.weight = nn.Parameter(torch.ones(dim))', 'self.bias = nn.Parameter(torch.zeros(dim))'], id='a layer norm by hand'),
    pytest.param(RAW4, ['self.gamma = nn.Parameter(init * torch.ones(dim))'], id='a scaled parameter'),
    pytest.param(X1, ['self.prompt = nn.Parameter(torch.randn(1, n, d) * 0.02)'], id='a prompt beside a frozen base'),
    pytest.param(ML1, ['self.blocks = nn.ModuleList(blocks)'], id='a local list'),
    pytest.param(ML2, ['self.heads = nn.ModuleDict()', 'nn.LayerNorm(4))) for _ in range(2)])'], id='a dict that is filled, a list of pairs'),
    pytest.param(OP1, ['    model = adapt(model, 3)\n    opt = optim.Adam(model.parameters(), lr=0.01)\n    sched = StepLR(opt, 2)\n'], id='a head replaced after the scheduler'),
    pytest.param(OP3, ['params = list(trainable(net))'], id='a generator from a function'),
    pytest.param(OP4, ['    p.requires_grad = True\nopt = torch.optim.Adam('], id='thawed too late'),
    pytest.param(OP5, ['torch.optim.SGD([p for p in model.parameters()], lr=lr)'], id='data of parameters'),
    pytest.param(LF1, ['self.fc = nn.Linear(self.width, self.width)\n        self.out = nn.Linear(self.width, 2)\n', 'return self.out(h)'], id='two layers in forward'),
    pytest.param(CK1, ['functools.partial(cp.checkpoint, use_reentrant=False)'], id='a partial of checkpoint'),
    pytest.param(CK2, ['checkpoint_sequential(body, 2, x, use_reentrant=False)'], id='checkpoint_sequential'),
    pytest.param(CF2, ['ctx.save_for_backward(x, w, b)', 'return g * w, (g * x).sum(0), grad_b'], id='too few gradients'),
    pytest.param(CMP1, ['hit = p * (y == 1)'], id='both conditions'),
    pytest.param(CMP5, ['preds = p', 'acc = ((1 - (preds - y).abs())).mean()'], id='a hard accuracy'),
    pytest.param(ARG1, ['loss = nn.functional.cross_entropy(out, y)', 'acc = (pred == y).float().mean()'], id='an accuracy that is printed too'),
    pytest.param(ARG2, ['F.cross_entropy(probs.log().movedim(-1, 1), tags)'], id='probabilities of tokens'),
    pytest.param(RND3, ['unrounded = a * 3.1', 'unrounded2 = b.exp() * 7'], id='two roundings in one statement'),
    pytest.param(SMP1, ['z = q.rsample()'], id='a sample beside a divergence'),
    pytest.param(SMP2, ['z = mu + 0.5 * torch.randn_like(mu)'], id='torch.normal'),
    pytest.param(PART2, ['b_detached = b\n'], id='a detached column of a leaf'),
]

RAWLEAVE1 = """\
import torch
from torch import nn

class ELM(nn.Module):
    def __init__(self, d, h):
        super().__init__()
        self.w = torch.randn(d, h)
        self.b = torch.randn(h)
        self.out = nn.Linear(h, 1)
    def forward(self, x):
        return self.out(torch.tanh(x @ self.w + self.b))

torch.manual_seed(0)
m = ELM(2, 50)
opt = torch.optim.Adam(m.parameters(), lr=0.01)
x = torch.randn(40, 2); y = x.prod(1, keepdim=True)
for _ in range(4):
    opt.zero_grad(); l = (m(x) - y).pow(2).mean(); l.backward(); opt.step()
    print(l.item())
"""

RAWLEAVE2 = """\
import torch
from torch import nn
from torch.distributions import Normal

class VAE(nn.Module):
    def __init__(self):
        super().__init__()
        self.enc = nn.Linear(4, 4)
        self.dec = nn.Linear(2, 4)
        self.prior_loc = torch.zeros(2)
        self.prior_scale = torch.ones(2)
        self.noise = torch.randn(3, 2)
        self.h0 = torch.zeros(1, 2)
        self.betas = torch.linspace(1e-4, 0.02, 10)
        self.alpha = torch.ones(2)
    def forward(self, x):
        mu, ls = self.enc(x).chunk(2, -1)
        q = Normal(mu, ls.exp())
        z = q.rsample() + self.h0
        kl = torch.distributions.kl_divergence(q, Normal(self.prior_loc, self.prior_scale)).sum(-1)
        a = self.alpha / self.alpha.sum()
        return ((self.dec(z) - x) ** 2).sum(-1).mean() + self.betas[3] * kl.mean() * a.sum()
    def anneal(self):
        self.alpha *= 0.9

torch.manual_seed(0)
m = VAE()
opt = torch.optim.Adam(m.parameters(), lr=0.01)
x = torch.randn(40, 4)
for _ in range(4):
    opt.zero_grad(); l = m(x); l.backward(); opt.step(); m.anneal()
    print(l.item())
"""

RAWLEAVE3 = '''\
"""Self-distillation with label prior correction; the offset is estimated, not learned."""
import torch
from torch import nn
import torch.nn.functional as F

class Head(nn.Module):
    def __init__(self, n, k):
        super().__init__()
        self.fc = nn.Linear(n, k)
        self.offset = torch.zeros(k)
        self.scale = torch.ones(k)
    def forward(self, x):
        return self.fc(x) * self.scale + self.offset

def calibrate(head, y, k):
    head.offset = torch.log(torch.bincount(y, minlength=k).float() / len(y))

torch.manual_seed(0)
x = torch.randn(50, 3); y = (x[:, 0] > 1).long()
h = Head(3, 2)
calibrate(h, y, 2)
opt = torch.optim.SGD(h.parameters(), lr=0.1)
for _ in range(3):
    l = F.cross_entropy(h(x), y); opt.zero_grad(); l.backward(); opt.step(); print(l.item())
'''

ML3LEAVE = """\
import torch
from torch import nn

class Actor(nn.Module):
    def __init__(self, critic):
        super().__init__()
        self.net = nn.Linear(3, 1)
        self.hidden_from_parameters = [critic]
    def loss(self, s):
        return -self.hidden_from_parameters[0](torch.cat([s, self.net(s)], 1)).mean()

torch.manual_seed(0)
critic = nn.Linear(4, 1)
actor = Actor(critic)
opt = torch.optim.Adam(actor.parameters(), lr=0.01)
for _ in range(3):
    l = actor.loss(torch.randn(10, 3)); opt.zero_grad(); l.backward(); opt.step(); print(l.item())
"""

OPLEAVE1 = '''\
"""Linear probing: the backbone is not frozen by flag, only the head is in the optimizer; then a second phase."""
import torch
from torch import nn
torch.manual_seed(0)
body = nn.Sequential(nn.Linear(4, 8), nn.ReLU()); head = nn.Linear(8, 2)
x, y = torch.randn(20, 4), torch.randint(0, 2, (20,))
opt = torch.optim.SGD(head.parameters(), lr=0.1)
for _ in range(3):
    loss = nn.functional.cross_entropy(head(body(x)), y)
    opt.zero_grad(); loss.backward(); opt.step()
opt = torch.optim.SGD([*body.parameters(), *head.parameters()], lr=0.01)
for _ in range(3):
    loss = nn.functional.cross_entropy(head(body(x)), y)
    opt.zero_grad(); loss.backward(); opt.step()
    print(loss.item())
'''

OPLEAVE2 = """\
import torch
from torch import nn
torch.manual_seed(0)
net = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 2))
image = torch.randn(1, 4, requires_grad=True)
opt = torch.optim.Adam([image], lr=0.1)
probe = nn.Linear(4, 2)
for _ in range(3):
    loss = -net(image)[0, 1] + 0.01 * probe(image).pow(2).sum()
    opt.zero_grad(); loss.backward(); opt.step()
    print(loss.item())
"""

X6LEAVE = '''\
"""A target network held out of parameters() in a list, and an EMA copy as raw tensors."""
import copy
import torch
from torch import nn
class Agent(nn.Module):
    def __init__(self):
        super().__init__()
        self.q = nn.Linear(3, 2)
        self.slow = [copy.deepcopy(self.q)]
        self.ema = torch.zeros(2)
        self.value_scale = torch.ones(1)
    def loss(self, s, s2, r):
        with torch.no_grad():
            y = r + 0.9 * self.slow[0](s2).max(1).values
        q = self.q(s)
        self.ema.mul_(0.9).add_(q.detach().mean(0), alpha=0.1)
        return ((q[:, 0] - y) / self.value_scale).pow(2).mean()
torch.manual_seed(0)
a = Agent(); opt = torch.optim.Adam(a.parameters(), lr=0.01)
for k in range(5):
    s, s2, r = torch.randn(8, 3), torch.randn(8, 3), torch.randn(8)
    l = a.loss(s, s2, r); opt.zero_grad(); l.backward(); opt.step(); print(l.item())
    a.value_scale.fill_(float(r.std()))
'''

PARTLEAVE1 = '''\
"""Shared head: policy logits and value; the advantage is a constant for the policy; the value is trained by its own loss in turn."""
import torch
from torch import nn
torch.manual_seed(0)
net = nn.Linear(4, 4)
opt = torch.optim.Adam(net.parameters(), lr=0.01)
for _ in range(4):
    s = torch.randn(16, 4)
    out = net(s)
    logits, value = out[:, :3], out[:, 3]
    dist = torch.distributions.Categorical(logits=logits)
    a = dist.sample()
    r = (a == 1).float()
    adv = r - value.detach()
    pg = -(dist.log_prob(a) * adv).mean()
    vl = (value - r).pow(2).mean()
    opt.zero_grad(); (pg + vl).backward(); opt.step(); print(pg.item())
'''

PARTLEAVE2 = '''\
"""Tabular TD(0)."""
import torch
torch.manual_seed(0)
V = torch.zeros(6, requires_grad=True)
opt = torch.optim.SGD([V], lr=0.1)
for ep in range(4):
    s, s2 = 0, 1
    loss = (V[0] - (1.0 + 0.9 * V[1].detach())).pow(2) + (V[1] - (0.9 * V[3].detach())) ** 2
    opt.zero_grad(); loss.backward(); opt.step(); print(loss.item())
'''

PARTLEAVE3 = """\
import torch
from torch import nn
torch.manual_seed(0)
net = nn.Sequential(nn.Linear(3, 16), nn.ReLU(), nn.Linear(16, 3))
opt = torch.optim.SGD(net.parameters(), lr=0.1)
x = torch.randn(5, 3); y = torch.tensor([0, 1, 1, 0, 1])
for _ in range(4):
    z = net(x)
    p = z.softmax(-1)
    w = (1 - p.gather(1, y[:, None]).detach()) ** 2
    loss = (w * nn.functional.cross_entropy(z, y, reduction="none")[:, None]).mean()
    with torch.no_grad():
        ent = -(p * p.log()).sum(-1)
    loss = loss * (1 + 0.1 * ent.mean())
    opt.zero_grad(); loss.backward(); opt.step(); print(loss.item())
"""

SOUND = [
    pytest.param(RAWLEAVE1, id='rawleave1'),
    pytest.param(RAWLEAVE2, id='rawleave2'),
    pytest.param(RAWLEAVE3, id='rawleave3'),
    pytest.param(ML3LEAVE, id='ml3leave'),
    pytest.param(OPLEAVE1, id='opleave1'),
    pytest.param(OPLEAVE2, id='opleave2'),
    pytest.param(X6LEAVE, id='x6leave'),
    pytest.param(PARTLEAVE1, id='partleave1'),
    pytest.param(PARTLEAVE2, id='partleave2'),
    pytest.param(PARTLEAVE3, id='partleave3'),
]


def mended(server, tmp_path, program: str, unsafe: bool):
    path = tmp_path / "program.py"
    path.write_text(program)
    done = mend(server, path, unsafe)
    return done, done.texts.text(str(path))


@pytest.mark.slow
@pytest.mark.parametrize(("program", "expected"), BROKEN)
def test_mends(server, tmp_path, program, expected):
    done, text = mended(server, tmp_path, program, unsafe=True)
    assert done.result.verdict is not None and done.result.verdict.outcome == Outcome.PROVED, done.result.verdict
    for part in expected:
        assert part in text


@pytest.mark.slow
@pytest.mark.parametrize("program", SOUND)
@pytest.mark.parametrize("unsafe", [False, True])
def test_leaves_alone(server, tmp_path, program, unsafe):
    done, text = mended(server, tmp_path, program, unsafe)
    assert text == program
    assert not done.result.findings
