"""The codemods of leafs and their gradients: which repair is chosen, in surroundings that the corpus has not.

Each program is mended the whole way (found, patched, proved); the patched text must hold the given lines.
"""

from __future__ import annotations

import textwrap

import pytest

from tests.corpus import mend

pytestmark = pytest.mark.slow


def mended(server, tmp_path, source: str, unsafe: bool = False) -> str:
    """The patched program; empty where nothing was proved."""
    path = tmp_path / "program.py"
    path.write_text("import torch\nfrom torch import nn\ntorch.manual_seed(0)\n" + textwrap.dedent(source))
    result = mend(server, path, unsafe)
    return result.texts.text(str(path)) if result.changed else ""


REPAIRS = {
    "a list of weights": (
        """
        ws = [torch.randn(2, 2) for _ in range(3)]
        h = torch.randn(5, 2)
        for w in ws:
            h = torch.tanh(h @ w)
        h.pow(2).mean().backward()
        for w in ws:
            print(w.grad)
        """,
        "torch.randn(2, 2, requires_grad=True) for",
    ),
    "a misspelt flag": (
        """
        def gradient(net, image):
            image.requires_gradient = True
            net(image).sum().backward()
            return image.grad
        print(gradient(nn.Linear(3, 1), torch.rand(2, 3) * 2))
        """,
        "image.requires_grad = True",
    ),
    "a batch of data": (
        """
        net = nn.Linear(3, 1)
        for images in torch.utils.data.DataLoader(torch.randn(4, 3), batch_size=2):
            net(images).sum().backward()
            print(images.grad.norm().item())
        """,
        "    images.requires_grad_()\n",
    ),
    "after the training": (
        """
        net = nn.Linear(2, 1)
        opt = torch.optim.SGD(net.parameters(), lr=0.1)
        for _ in range(9):
            opt.zero_grad()
            net(torch.ones(1, 2)).pow(2).sum().backward()
            opt.step()
        probe = torch.randn(1, 2)
        out = net(probe).sum()
        out.backward()
        print(probe.grad)
        """,
        "probe = torch.randn(1, 2, requires_grad=True)",
    ),
    "an update in place": (
        """
        net = nn.Linear(2, 1)
        for _ in range(2):
            net.zero_grad()
            (net(torch.ones(1, 2)) - 1).pow(2).sum().backward()
            for p in net.parameters():
                p -= 0.1 * p.grad
        """,
        "        with torch.no_grad():\n            p -= 0.1 * p.grad\n",
    ),
    "first values": (
        """
        def start():
            w = torch.zeros(3, requires_grad=True)
            w[0] = 1.0
            return w
        w = start()
        opt = torch.optim.SGD([w], lr=0.1)
        for _ in range(2):
            loss = (w - 2).pow(2).sum()
            opt.zero_grad()
            loss.backward()
            opt.step()
        """,
        "    with torch.no_grad():\n        w[0] = 1.0\n",
    ),
    "an item of a list": (
        """
        ws = [torch.rand(3, requires_grad=True), torch.rand(3, requires_grad=True)]
        ws[0] *= 10
        loss = (ws[0] + ws[1]).pow(2).sum()
        loss.backward()
        print([w.grad for w in ws])
        """,
        "scaled_ws = ws[0] * 10\nloss = (scaled_ws + ws[1])",
    ),
    "under a condition": (
        """
        w = torch.rand(4, requires_grad=True)
        if torch.is_grad_enabled():
            w -= w.mean()
        loss = w.pow(3).sum()
        loss.backward()
        print(w.grad)
        """,
        "shifted_w = w\nif torch.is_grad_enabled():\n    shifted_w = shifted_w - shifted_w.mean()\nloss = shifted_w.pow(3)",
    ),
    "a parameter normalised in forward": (
        """
        class Cosine(nn.Module):
            def __init__(self):
                super().__init__()
                self.weight = nn.Parameter(torch.randn(3, 4))
            def forward(self, x):
                self.weight = self.weight / self.weight.norm()
                return x @ self.weight.T
        m = Cosine()
        m(torch.randn(2, 4)).pow(2).sum().backward()
        print(m.weight.grad)
        """,
        "new_weight = self.weight / self.weight.norm()\n        return x @ new_weight.T",
    ),
    "only the guilty ones": (
        """
        net = nn.Linear(3, 4)
        h = net(torch.randn(5, 3))
        h += 1
        h = torch.tanh(h)
        h *= 2
        h.sum().backward()
        print(net.weight.grad)
        """,
        "h += 1\nh = torch.tanh(h)\nh = h * 2\n",
    ),
    "a view of what is saved": (
        """
        x = torch.randn(4, 3, requires_grad=True)
        y = torch.sigmoid(x)
        row = y[0]
        row *= 2
        y.pow(2).sum().backward()
        print(x.grad)
        """,
        "y = y.clone()\nrow = y[0]\nrow *= 2\n",
    ),
    "an inplace module": (
        """
        net = nn.Sequential(nn.Linear(3, 4), nn.Sigmoid(), nn.ReLU(inplace=True), nn.Linear(4, 1))
        net(torch.randn(5, 3)).sum().backward()
        print(net[0].weight.grad)
        """,
        "nn.Sigmoid(), nn.ReLU(), nn.Linear",
    ),
    "an update of two names": (
        """
        w, b = torch.zeros(3, requires_grad=True), torch.zeros(1, requires_grad=True)
        for _ in range(3):
            (w.sum() + b - 1).pow(2).sum().backward()
            w, b = w - 0.1 * w.grad, b - 0.1 * b.grad
        """,
        "w, b = (w - 0.1 * w.grad).detach().requires_grad_(), (b - 0.1 * b.grad).detach().requires_grad_()",
    ),
    "rebound under no_grad": (
        """
        w = torch.zeros(3, requires_grad=True)
        for _ in range(3):
            (w - 1).pow(2).sum().backward()
            with torch.no_grad():
                w = w - 0.1 * w.grad
        """,
        "        w -= 0.1 * w.grad\n        w.grad = None\n",
    ),
    "scaled at birth": (
        """
        z = torch.randn(2, requires_grad=True).mul(0.1)
        opt = torch.optim.SGD([z], lr=0.1)
        for _ in range(2):
            opt.zero_grad()
            (z - 1).pow(2).sum().backward()
            opt.step()
        """,
        "z = torch.randn(2).mul(0.1).requires_grad_()",
    ),
    "what a hook has saved": (
        """
        acts = {}
        net = nn.Sequential(nn.Linear(3, 4), nn.Linear(4, 1))
        net[0].register_forward_hook(lambda module, args, out: acts.update(a=out))
        loss = net(torch.randn(5, 3)).pow(2).mean()
        loss.backward()
        print(acts["a"].grad)
        """,
        '.pow(2).mean()\nacts["a"].retain_grad()\n',
    ),
    "the loss by the wrong name": (
        """
        net = nn.Linear(3, 1)
        loss = net(torch.randn(2, 3)).sum().backward()
        print(loss.item(), net.weight.grad)
        """,
        "loss = net(torch.randn(2, 3)).sum()\nloss.backward()\n",
    ),
    "gradients by zip": (
        """
        params = [torch.randn(3, requires_grad=True), torch.zeros(1, requires_grad=True)]
        for _ in range(2):
            loss = (params[0].sum() + params[1] - 1).pow(2).sum()
            grads = loss.backward()
            with torch.no_grad():
                for p, g in zip(params, grads):
                    p -= 0.1 * g
        """,
        "grads = torch.autograd.grad(loss, params)",
    ),
    "thawed at the end": (
        """
        def saliency(model, x):
            model.requires_grad_(False)
            x = x.clone().requires_grad_()
            model(x).sum().backward()
            return x.grad
        net, x = nn.Linear(3, 1), torch.randn(4, 3)
        opt = torch.optim.SGD(net.parameters(), lr=0.1)
        for _ in range(2):
            loss = net(x).pow(2).mean()
            opt.zero_grad()
            loss.backward()
            opt.step()
            print(saliency(net, x).norm().item())
        """,
        "    model.requires_grad_(True)\n    return x.grad",
    ),
    "a silent penalty": (
        """
        f = nn.Sequential(nn.Linear(3, 8), nn.Tanh(), nn.Linear(8, 1))
        opt = torch.optim.SGD(f.parameters(), lr=0.05)
        for _ in range(2):
            x = torch.randn(6, 3, requires_grad=True)
            g, = torch.autograd.grad(f(x).sum(), x)
            loss = (f(x) - 1).pow(2).mean() + 0.1 * g.pow(2).sum()
            opt.zero_grad()
            loss.backward()
            opt.step()
        """,
        "torch.autograd.grad(f(x).sum(), x, create_graph=True)",
    ),
    "a residual alone": (
        """
        net = nn.Sequential(nn.Linear(1, 8), nn.Tanh(), nn.Linear(8, 1))
        opt = torch.optim.SGD(net.parameters(), lr=0.05)
        for _ in range(2):
            t = torch.rand(6, 1, requires_grad=True)
            loss = (torch.autograd.grad(net(t).sum(), t)[0] - 1).pow(2).mean()
            opt.zero_grad()
            loss.backward()
            opt.step()
        """,
        "net(t).sum(), t, create_graph=True)",
    ),
    "two losses": (
        """
        net = nn.Linear(3, 2)
        h = torch.tanh(net(torch.randn(4, 3)))
        one, other = h.sum(), h.pow(2).sum()
        one.backward()
        other.backward()
        print(net.weight.grad)
        """,
        "one.backward(retain_graph=True)\nother.backward()",
    ),
    "computed once": (
        """
        enc = nn.Linear(3, 2)
        opt = torch.optim.SGD(enc.parameters(), lr=0.1)
        z = torch.tanh(enc(torch.ones(1, 3)))
        for _ in range(3):
            loss = (z - 1).pow(2).sum()
            opt.zero_grad()
            loss.backward()
            opt.step()
        """,
        "for _ in range(3):\n    z = torch.tanh(enc(torch.ones(1, 3)))\n",
    ),
    "used too early": (
        """
        w = torch.ones(2, requires_grad=True)
        loss = w.pow(2).sum()
        step = 0.1 * w.grad
        loss.backward()
        print(step)
        """,
        "loss.backward()\nstep = 0.1 * w.grad\n",
    ),
    "an integer parameter": (
        """
        class Scale(nn.Module):
            def __init__(self):
                super().__init__()
                self.k = nn.Parameter(torch.tensor([1, 2, 3]))
        m = Scale()
        m.k.pow(2).sum().backward()
        print(m.k.grad)
        """,
        "torch.tensor([1.0, 2.0, 3.0])",
    ),
}


@pytest.mark.parametrize("name", REPAIRS)
def test_repair(server, tmp_path, name):
    source, wanted = REPAIRS[name]
    assert wanted in mended(server, tmp_path, source)


SOUND = {
    "a look at None": """
        net, x = nn.Linear(3, 1), torch.randn(4, 3)
        h = net(x)
        h.pow(2).mean().backward()
        print(net.weight.grad, x.grad is None, h.grad is None)
        """,
    "a name bound anew after the training": """
        w = torch.ones(3, requires_grad=True)
        opt = torch.optim.SGD([w], lr=0.1)
        for _ in range(3):
            opt.zero_grad()
            (w - 2).pow(2).sum().backward()
            opt.step()
        w = w / w.norm()
        print(w)
        """,
    "an adaptive weight": """
        net, judge, x = nn.Linear(3, 3), nn.Linear(3, 1), torch.randn(8, 3)
        opt = torch.optim.SGD(net.parameters(), lr=0.1)
        for _ in range(3):
            out = net(x)
            one, other = (out - x).pow(2).mean(), -judge(out).mean()
            a = torch.autograd.grad(one, net.weight, retain_graph=True)[0].norm()
            b = torch.autograd.grad(other, net.weight, retain_graph=True)[0].norm()
            loss = one + (a / b).detach() * other
            opt.zero_grad()
            loss.backward()
            opt.step()
        """,
    "vectors that stay": """
        table, head = nn.Embedding.from_pretrained(torch.randn(6, 3)), nn.Linear(3, 2)
        opt = torch.optim.SGD([*table.parameters(), *head.parameters()], lr=0.1)
        for _ in range(3):
            loss = head(table(torch.tensor([1, 4]))).pow(2).mean()
            opt.zero_grad()
            loss.backward()
            opt.step()
        """,
    "Langevin": """
        q = torch.zeros(2)
        for _ in range(5):
            q = q.detach().requires_grad_(True)
            g, = torch.autograd.grad(((q - 1) ** 2).sum(), q)
            q = q - 0.1 * g + 0.1 * torch.randn(2)
        print(q)
        """,
}


@pytest.mark.parametrize("unsafe", [False, True])
@pytest.mark.parametrize("name", SOUND)
def test_sound_programs_stay(server, tmp_path, name, unsafe):
    assert mended(server, tmp_path, SOUND[name], unsafe) == ""
