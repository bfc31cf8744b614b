"""Find without running: what single programs show, what keeps the flow quiet, and that it survives any source."""

from __future__ import annotations

import ast
import textwrap
import time

import pytest

from autofix import source as files
from autofix.find import flow
from autofix.find.flow import follow
from autofix.find.values import Const, Datum, Either, Items, Seq, join
from autofix.model import Certainty

HEAD = "import numpy as np\nimport torch\nfrom torch import nn\nimport torch.nn.functional as F\n"
MODEL = "model = nn.Linear(3, 1)\nopt = torch.optim.SGD(model.parameters(), lr=0.1)\nx = torch.randn(4, 3)\n"
STEP = "opt.zero_grad()\nloss.backward()\nopt.step()\n"


def certain(program: str) -> list:
    text = HEAD + textwrap.dedent(program)
    found = flow.breaks("/nowhere/program.py", text, ast.parse(text))
    return [b for b in found if b.certainty == Certainty.CERTAIN]


def ops(program: str) -> list[str]:
    return [b.op for b in certain(program)]


BROKEN = {
    "detach": (MODEL + "loss = model(x).detach().mean()\n" + STEP, "torch.Tensor.detach"),
    "data": (MODEL + "loss = model(x).data.mean()\n" + STEP, "torch.Tensor.data"),
    "item": (MODEL + "loss = torch.tensor(model(x).mean().item(), requires_grad=True)\n" + STEP, "torch.Tensor.item"),
    "numpy": (MODEL + "loss = torch.from_numpy(model(x).detach().numpy()).mean()\n" + STEP, "torch.Tensor.numpy"),
    "numpy on a live tensor": (MODEL + "loss = np.exp(model(x)).mean()\n" + STEP, "torch.Tensor.__array__"),
    "no_grad": (MODEL + "with torch.no_grad():\n    y = model(x)\nloss = y.mean()\n" + STEP, "torch.no_grad"),
    "argmax": (MODEL + "loss = model(x).argmax(dim=-1).float().mean()\n" + STEP, "torch.Tensor.argmax"),
    "comparison": (MODEL + "loss = (model(x) > 0).float().mean()\n" + STEP, "torch.Tensor.gt"),
    "leaf in place": ("w = torch.ones(3, requires_grad=True)\nw += 1\nw.sum().backward()\n", "leaf:inplace"),
    "saved in place": (MODEL + "y = torch.sigmoid(model(x))\ny *= 2\nloss = y.mean()\n" + STEP, "saved:inplace"),
    "rebound": ("w = torch.ones(3, requires_grad=True) * 2\nw.sum().backward()\nprint(w.grad.sum())\n", "leaf:rebound"),
    "untracked": ("w = torch.ones(3)\n(w * 2).sum().backward()\nprint(w.grad)\n", "leaf:untracked"),
    "integers": ("w = torch.tensor([1, 2], requires_grad=True)\nw.sum().backward()\n", "leaf:integer"),
    "a generator used up": (
        "model = nn.Linear(3, 1)\nx = torch.randn(4, 3)\nweights = model.parameters()\nprint(sum(p.numel() for p in weights))\n"
        "opt = torch.optim.SGD(weights, lr=0.1)\nloss = model(x).mean()\n" + STEP,
        "optimizer:empty",
    ),
    "unused in autograd.grad": (
        ("a = torch.ones(3, requires_grad=True)\nb = torch.ones(3, requires_grad=True)\n"
        "ga, gb = torch.autograd.grad((a * b.detach()).sum(), (a, b))\nprint(ga, gb)\n"),
        "torch.Tensor.detach",
    ),
    "rows of a tensor": (
        ("w = torch.ones((), requires_grad=True)\nh = torch.zeros(())\nout = []\nfor row in torch.randn(5, 2):\n    h = h + w * row.sum()\n    out.append(h)\n"
        "loss = torch.stack(out).sum().detach()\nloss.backward()\n"),
        "torch.Tensor.detach",
    ),
    "in a function": (
        """
        def objective(model, x):
            parts = [p.detach() for p in model(x).split(2)]
            return sum(parts).mean()

        def train(steps=3):
            model = nn.Linear(3, 1)
            opt = torch.optim.SGD(model.parameters(), lr=0.1)
            for _ in range(steps):
                loss = objective(model, torch.randn(4, 3))
                opt.zero_grad()
                loss.backward()
                opt.step()

        train()
        """,
        "torch.Tensor.detach",
    ),
    "in a method nobody calls": (
        """
        class Trainer:
            def __init__(self, model):
                self.model = model

            def step(self, batch):
                loss = self.model(batch).detach()
                loss.backward()
        """,
        "torch.Tensor.detach",
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_finds(name):
    program, op = BROKEN[name]
    assert op in ops(program)


SOUND = {
    "one branch of two": MODEL + "y = model(x)\nif x.sum() > 0:\n    y = y.detach()\nloss = y.mean()\n" + STEP,
    "a helper that nobody sees": "from elsewhere import loss_of\n" + MODEL + "loss = loss_of(model, x).detach()\nloss = loss + model(x).mean()\n" + STEP,
    "fed by code that nobody sees": "from elsewhere import fit\n" + MODEL + "fit(model)\nloss = model(x).detach().mean().requires_grad_()\n" + STEP,
    "expected to fail": "import pytest\n" + MODEL + "with pytest.raises(RuntimeError):\n    model(x).detach().mean().backward()\n",
    "caught": MODEL + "try:\n    model(x).detach().mean().backward()\nexcept RuntimeError:\n    print('as it should')\n",
    "left early": MODEL + "y = model(x)\nfor i in range(int(input())):\n    if x.sum() > i:\n        break\n    y = y.detach()\nloss = y.mean()\n" + STEP,
    "a scheduler's step": """
        import diffusion
        def guide(unet, scheduler, image, loss_fn):
            for t in scheduler.timesteps:
                image = image.requires_grad_()
                out = scheduler.step(unet(image, t), t, image)
                loss_fn(out.sample).backward()
        """,
    "filled by others": """
        import torch.distributed as dist
        def gather(loss, size):
            parts = [None for _ in range(size)]
            dist.all_gather_object(parts, loss)
            parts[0].backward()
        """,
    "a foreign layer": "from elsewhere import Layer\nclass Mine(Layer):\n    pass\nmodel = nn.Sequential(Mine(3))\nopt = torch.optim.SGD(model.parameters(), lr=0.1)\nloss = model(torch.randn(4, 3)).mean()\n" + STEP,
    "a product with the Jacobian by two passes back": "x = torch.ones(3, requires_grad=True)\nv = torch.ones(3, requires_grad=True)\n(back,) = torch.autograd.grad(x.exp() * 2, x, v, create_graph=True)\n(along,) = torch.autograd.grad(back, v, torch.ones(3))\nprint(along)\n",
    "a double of a double": "torch.set_default_dtype(torch.float64)\nw = torch.ones(3, requires_grad=True)\nv = w.double()\nv.sum().backward()\nprint(v.grad.norm())\n",
    **{
        f"layers registered by {how}": f"""
        class Net(nn.Module):
            def __init__(self, depth):
                super().__init__()
                self.rungs = []
                for k in range({rounds}):
                    rung = nn.Linear(3, 3)
                    {registered}
                    self.rungs.append(rung)

            def forward(self, x):
                for rung in self.rungs:
                    x = rung(x).tanh()
                return x

        net = Net(int(input()))
        opt = torch.optim.SGD(net.parameters(), lr=0.1)
        for step in range(3):
            loss = net(torch.randn(4, 3)).mean()
            opt.zero_grad()
            loss.backward()
            opt.step()
        """
        for how, rounds, registered in (
            ("a formatted name", "4", "setattr(self, 'rung%d' % k, rung)"),
            ("format", "4", "self.add_module('rung{}_{}'.format(k, 'a'), rung)"),
            ("a name that nobody knows", "4", "setattr(self, depth, rung)"),
            ("somebody else", "depth", "elsewhere(rung)"),
        )
    },
    "early return": """
        def half(y, keep):
            if keep:
                return y
            return y.detach()
        model = nn.Linear(3, 1)
        opt = torch.optim.SGD(model.parameters(), lr=0.1)
        for i in range(3):
            loss = half(model(torch.randn(4, 3)), bool(torch.rand(()) > 0.5)).mean()
            opt.zero_grad()
            loss.backward()
            opt.step()
        """,
}


@pytest.mark.parametrize("name", SOUND)
def test_keeps_silent(name):
    assert ops(SOUND[name]) == []


def test_columns_count_characters():
    found = certain(MODEL + "é = model(x); loss = é.detach().mean()\n" + STEP)
    assert found[0].expression == "é.detach()"


def test_steps_lead_from_the_break_to_the_root():
    program = MODEL + "a = model(x).detach().numpy()\nloss = torch.tensor(np.exp(a).mean(), requires_grad=True)\n" + STEP
    break_ = next(b for b in certain(program) if b.op == "torch.Tensor.numpy")
    assert [s.op for s in break_.steps if s.on_path][-3:] == ["numpy.exp", "numpy.ndarray.mean", "torch.tensor"]


# -- any source ----------------------------------------------------------------------------------

DEEP = {
    "a long sum": "y = " + " + ".join(["x"] * 900),
    "nested brackets": "y = " + "(" * 90 + "x" + ")" * 90,
    "nested calls": "f = lambda v: v\ny = " + "f(" * 90 + "x" + ")" * 90,
    "nested blocks": "\n".join("    " * i + f"if x{i}:" for i in range(19)) + "\n" + "    " * 19 + "pass",
    "attributes": "y = x" + ".a" * 900,
    "strings": "y = " + " ".join(["'a'"] * 20000),
    "itself": "def f(n):\n    return f(n - 1)\nf(10)",
    "each other": "\n".join(f"def f{i}(n):\n    return f{i + 1}(n) + f{i + 1}(n)" for i in range(500)) + "\ndef f500(n):\n    return n\nf0(1)",
    "a chain": "\n".join(f"def f{i}(n):\n    return f{i + 1}(n)" for i in range(500)) + "\ndef f500(n):\n    return n\nf0(1)",
    "a class of itself": "class A:\n    def __getattr__(self, name):\n        return getattr(self, name + 'x')\nA().b",
    "loops": "for a in range(9):\n for b in range(9):\n  for c in range(9):\n   for d in range(9):\n    for e in range(9):\n     z = a + b",
}


@pytest.mark.parametrize("name", DEEP)
def test_survives(name):
    text = HEAD + "x = torch.ones(2, requires_grad=True)\n" + DEEP[name] + "\nx.sum().backward()\n"
    flow.breaks("/nowhere/deep.py", text, ast.parse(text))


def test_survives_every_kind_of_statement():
    import test.test_grammar as grammar

    source = files.read(grammar.__file__)
    text = source.text + "\nimport torch\ntorch.ones(2).sum().backward()\n"
    flow.breaks(source.path, text, ast.parse(text))


def test_time_grows_with_the_file():
    block = "h{0} = torch.tanh(x * {0}) + h{1}\n"
    head = HEAD + "x = torch.ones(2, requires_grad=True)\nh0 = x\n"
    used = []
    for lines in (1_000, 4_000):
        text = head + "".join(block.format(i, i - 1) for i in range(1, lines)) + f"h{lines - 1}.sum().backward()\n"
        machine = follow.followed("/nowhere/long.py", text, ast.parse(text))
        assert machine is not None
        used.append(follow.MOST_STEPS - machine.budget)
    assert used[1] < 5 * used[0]


GROWING = {
    "parameters": lambda n: "ps = []\n" + "".join(f"p{i} = nn.Parameter(torch.ones(2))\nps.append(p{i})\n" for i in range(n // 3))
    + "opt = torch.optim.SGD(ps, lr=1)\nloss = x.sum()\n" + "".join(f"loss = loss + p{i}.sum()\n" for i in range(n // 3)) + "loss.backward()\nopt.step()\n",
    "backward passes": lambda n: "".join(f"(x * {i}).sum().backward()\n" for i in range(n)),
    "branches": lambda n: "y = x\n" + "".join(f"if x.sum() > {i}:\n    y = y * {i}\n" for i in range(n // 2)) + "y.sum().backward()\n",
    "early returns": lambda n: "def f(a, y):\n" + "".join(f"    if a > {i}:\n        return y\n" for i in range(n // 2)) + "    return y\nf(int(input()), x).sum().backward()\n",
    "functions": lambda n: "".join(f"def f{i}(h):\n    return f{i + 1}(h) * 2\n" for i in range(n // 2)) + f"def f{n // 2}(h):\n    return h\nf0(x).sum().backward()\n",
    "lists": lambda n: "y = x\n" + "".join(f"l{i} = [v * {i} for v in range(3)]\n" for i in range(n)) + "y.sum().backward()\n",
}  # fmt: skip


@pytest.mark.parametrize("name", GROWING)
def test_time_grows_with_the_file_whatever_is_in_it(name):
    used = []
    for lines in (1_000, 8_000):
        text = HEAD + "x = torch.ones(2, requires_grad=True)\n" + GROWING[name](lines)
        tree = ast.parse(text)
        start = time.process_time()
        flow.breaks("/nowhere/long.py", text, tree)
        used.append(time.process_time() - start)
    assert used[1] < 25 * used[0] + 1


# -- the domain ----------------------------------------------------------------------------------


def test_join_keeps_what_may_be_live_and_drops_what_need_not_be_there():
    one, other = Datum("tensor", data=0b11, must=0b11, live=0b01), Datum("tensor", data=0b10, must=0b10, live=0b10)
    both = join(one, other)
    assert (both.data, both.must, both.live) == (0b11, 0b10, 0b11)


def test_join_of_lists_remembers_that_elements_may_be_missing():
    short, long = Items((Const(1),)), Items((Const(1), Datum("tensor", must=1, data=1)))
    both = join(short, long)
    assert len(both.first) == 1 and both.rest.must == 0 and both.rest.data == 1


def test_join_of_things_keeps_them_apart():
    leaf = Datum("tensor")
    leaf.source = 0
    assert type(join(leaf, Datum("tensor"))) is Either
    assert type(join(Seq("list", Items()), Const(None))) is Either
