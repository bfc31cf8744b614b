"""The probe changes nothing that a program computes, prints or raises."""

from __future__ import annotations

import pytest

from autofix.prove.server import Request
from tests.corpus import programs
from tests.random_programs import differences

ODD = {
    "types": "print(type(x.numpy()), type(x.numpy().sum()), type(x[0].item()), type(np.zeros(2)), np.float64(2) * x)",
    "isinstance": "v = x[0].item(); print(isinstance(v, float), type(v) == float, {float: 1}.get(type(v)), repr(v), f'{v:.3f}')",
    "json": "import json; print(json.dumps({'a': x.tolist(), 'b': x[0].item(), 'n': int(x.argmax())}))",
    "pickle": "import pickle; a, b = pickle.loads(pickle.dumps([x.numpy(), x[0].item()])); print(a, b, type(a), type(b))",
    "copy": "import copy; a = x.numpy(); b = copy.deepcopy(a); b[0] = 9; print(a, b, type(b), copy.copy(x[0].item()))",
    "array functions": "a = x.numpy(); print(np.concatenate([a, a]), np.stack([a, a]).T, a @ a, np.where(a > 0, a, 0), a.reshape(-1, 1))",
    "in place": "a = x.numpy(); a += 1; a[0] = 5; print(a, x); np.add(a, 1, out=a); print(x, a.dtype, a.flags['OWNDATA'])",
    "traceback": "import traceback\ntry:\n    torch.zeros(2, requires_grad=True).numpy()\nexcept RuntimeError:\n    print(traceback.format_exc())",
    "warning": "torch.tensor(x); torch.tensor(x); (x * 2).requires_grad_().mul(2).grad",
    "missing attribute": "try:\n    x[0].item().backward()\nexcept AttributeError as error:\n    print(error, error.name)",
    "missing in numpy": "try:\n    x.numpy().sum().backward()\nexcept AttributeError as error:\n    print(error)",
    "seeds": "print(torch.rand(2), np.random.rand(2), __import__('random').random())",
    "hooks": "y = x.clone().requires_grad_(); y.register_hook(lambda g: g * 2); (y * 3).sum().backward(); print(y.grad)",
    "module hooks": "import copy, io\nclass Net(torch.nn.Linear):\n    seen = 0\n    def note(self, *args):\n        self.seen += 1\n"
    "net = Net(3, 1); net.register_full_backward_hook(net.note); other = copy.deepcopy(net)\n"
    "file = io.BytesIO(); torch.save(net.state_dict(), file); x.requires_grad_(); h = net(x); h.register_hook(print)\n"
    "(h + other(x)).sum().backward(); print(net.seen, other.seen)",
    "functions": "print(torch.func.grad(lambda t: (t ** 2).sum())(x), torch.vmap(lambda t: t * 2)(x))",
    "jit": "print(torch.jit.script(lambda: 0) if False else torch.jit.trace(lambda t: t * 2, x)(x))",
    "uncaught": "def f(t):\n    return t.no_such()\nf(x)",
}


def both(server, path, **options):
    """The same program without and with the probe."""
    request = {"script": str(path), "root": str(path.parent), "cwd": str(path.parent), "timeout": 60, **options}
    return server.run(Request(**request, probe=False)), server.run(Request(**request, limit=10**6))


@pytest.mark.parametrize("name", ODD)
def test_nothing_shows(server, tmp_path, name):
    path = tmp_path / "program.py"
    path.write_text(f"import numpy as np\nimport torch\nx = torch.tensor([0.5, -1.5, 2.25])\n{ODD[name]}\n")
    plain, probed = both(server, path)
    assert (probed.stdout, probed.stderr, probed.code) == (plain.stdout, plain.stderr, plain.code)


@pytest.mark.parametrize("path", programs("before.py")[::4], ids=lambda path: path.parent.name)
def test_corpus_program_runs_as_without(server, path):
    plain, probed = both(server, path)
    assert (probed.stdout, probed.stderr, probed.code) == (plain.stdout, plain.stderr, plain.code)


def test_random_programs(server):
    differ, _ = differences(server, 200, seed=1)
    assert not differ, differ[:3]
