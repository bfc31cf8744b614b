"""The codemods of a value that leaves the graph: detach, rewrap, scalar, no_grad, deepcopy.

Small programs of other kinds of surroundings than the corpus has: each is mended the whole way, and the patched
program must hold certain lines. What is proved is the proof's affair; here it is which repair is chosen.
"""

from __future__ import annotations

import textwrap

import pytest

from tests.corpus import mend

pytestmark = pytest.mark.slow

HEAD = """
import math
import torch
from torch import nn
torch.manual_seed(0)
net, head = nn.Linear(3, 4), nn.Linear(4, 1)
opt = torch.optim.SGD([*net.parameters(), *head.parameters()], lr=0.1)
x, y = torch.randn(6, 3), torch.randn(6, 1)
"""
STEP = """
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(f"{loss:.4f}")
"""


def mended(server, tmp_path, source: str, unsafe: bool = False) -> list[str]:
    """The lines of the patched program, without indentation; empty where nothing was proved."""
    path = tmp_path / "program.py"
    path.write_text(source)
    result = mend(server, path, unsafe)
    text = result.texts.text(str(path)) if result.changed else ""
    return [line.strip() for line in text.splitlines()]


def training(body: str) -> str:
    """A loop of two steps whose body makes ``loss``."""
    return HEAD + "for i in range(2):" + textwrap.indent(textwrap.dedent(body).rstrip(), "    ") + STEP


@pytest.mark.parametrize(
    ("body", "line"),
    [
        ("z = (net(x)\n     .detach()\n     .relu())\nloss = (head(z) - y).pow(2).mean()", ".relu())"),
        ("z = net(x)\nz.detach_()\nloss = (head(z) - y).pow(2).mean()", "z = net(x)"),
        ("z, w = map(torch.detach, (net(x), x))\nloss = (head(z) - y).pow(2).mean()", "z, w = (net(x), x)"),
        ("z = net(x).detach().clone()\nloss = (head(z) - y).pow(2).mean()", "z = net(x).clone()"),
        ("z = 2 * (net(x) + 1).data\nloss = (head(z) - y).pow(2).mean()", "z = 2 * (net(x) + 1)"),
        ("z = nn.Parameter(net(x))\nloss = (head(z) - y).pow(2).mean()", "z = net(x)"),
    ],
)
def test_a_stop_is_taken_out(server, tmp_path, body, line):
    lines = mended(server, tmp_path, training("\n" + body))
    assert line in lines
    assert not any(stop in text for text in lines for stop in ("detach", ".data", "Parameter("))


def test_a_detached_fake_keeps_the_critic_apart(server, tmp_path):
    body = """
    fake = net(x).detach()
    critic = torch.optim.SGD(head.parameters(), lr=0.1)
    d = head(fake).mean() - head(x.repeat(1, 2)[:, :4]).mean()
    d.backward()
    critic.step()
    loss = -head(fake).mean()
    """
    source = training(body).replace("[*net.parameters(), *head.parameters()]", "net.parameters()")
    lines = mended(server, tmp_path, source)
    assert "fake = net(x)" in lines
    assert "d = head(fake.detach()).mean() - head(x.repeat(1, 2)[:, :4]).mean()" in lines


def test_a_helper_that_only_detaches_stays_for_others(server, tmp_path):
    source = training("\nloss = (stop(head(net(x))) - stop(y)).pow(2).mean()")
    source = source.replace("for i in", "def stop(t):\n    return t.detach()\nfor i in")
    lines = mended(server, tmp_path, source)
    assert "loss = (head(net(x)) - stop(y)).pow(2).mean()" in lines
    assert "return t.detach()" in lines


@pytest.mark.parametrize(
    ("body", "line"),
    [
        (
            "parts = [head(net(r)).pow(2).mean() for r in x]\nloss = torch.tensor(parts).sum()",
            "loss = torch.stack(parts).sum()",
        ),
        (
            "parts = [head(net(r)) for r in x]\nloss = torch.Tensor(parts).pow(2).sum()",
            "loss = torch.cat(parts).pow(2).sum()",
        ),
        (
            "e = head(net(x)).mean()\nloss = torch.tensor([[e, 2 * e], [e * e, e]]).sum()",
            "loss = torch.stack([torch.stack([e, 2 * e]), torch.stack([e * e, e])]).sum()",
        ),
        (
            "e = head(net(x)).mean()\nloss = torch.as_tensor([e, 1.0]).pow(2).sum()",
            "loss = torch.stack([torch.as_tensor(term) for term in (e, 1.0)]).pow(2).sum()",
        ),
        ("z = torch.tensor(net(x), dtype=torch.float64)\nloss = head(z.float()).mean()", "z = net(x).double()"),
        ("z = torch.tensor(net(x))\nz[:, 0] = 0.0\nloss = head(z).mean()", "z = net(x).clone()"),
        ("loss = head(net(x)).mean().data\nloss.requires_grad = True", "loss = head(net(x)).mean()"),
    ],
)
def test_a_constructor_gives_way(server, tmp_path, body, line):
    lines = mended(server, tmp_path, training("\n" + body))
    assert line in lines
    assert not any("requires_grad" in text for text in lines)


@pytest.mark.parametrize(
    ("body", "line"),
    [
        (
            "total = 0.0\nfor r in x:\n    total += head(net(r)).pow(2).mean().item()\nloss = total",
            "total += head(net(r)).pow(2).mean()",
        ),
        ("loss = math.sqrt(head(net(x)).pow(2).mean())", "loss = torch.sqrt(head(net(x)).pow(2).mean())"),
        (
            "loss = max([head(net(r)).pow(2).item() for r in x])",
            "loss = max([head(net(r)).pow(2).squeeze() for r in x])",
        ),
        (
            "level = head(net(x)).mean().item()\nloss = (torch.full((6, 1), level) - y).pow(2).mean()",
            "loss = (torch.ones((6, 1)).mul(level) - y).pow(2).mean()",
        ),
        ("loss = head(net(x)).pow(2).mean().item()\nprint('loss', loss)", "print('loss', loss.item())"),
    ],
)
def test_a_number_stays_a_tensor(server, tmp_path, body, line):
    assert line in mended(server, tmp_path, training("\n" + body))


def test_a_whole_number_is_unsafe(server, tmp_path):
    source = training("\nn = int(head(net(x)).abs().sum())\nloss = (x.sum() / (1 + n)).sum() + 0 * n")
    assert mended(server, tmp_path, source) == []
    assert "n = head(net(x)).abs().sum()" in mended(server, tmp_path, source, unsafe=True)


def test_metrics_stay_without_gradient(server, tmp_path):
    body = """
    with torch.no_grad():
        z = net(x)
        # how sure it is
        sure = z.softmax(-1).amax(-1).mean().item()
        loss = (head(z) - y).pow(2).mean()
    print(sure)
    """
    lines = mended(server, tmp_path, training(body))
    at = lines.index("with torch.no_grad():")
    assert lines[at - 1 : at + 4] == [
        "z = net(x)",
        "with torch.no_grad():",
        "# how sure it is",
        "sure = z.softmax(-1).amax(-1).mean().item()",
        "loss = (head(z) - y).pow(2).mean()",
    ]


@pytest.mark.parametrize("mode", ["torch.no_grad()", "torch.inference_mode()", "torch.set_grad_enabled(False)"])
def test_a_mode_goes_where_nothing_needs_it(server, tmp_path, mode):
    source = training(f"\nwith {mode}:\n    z = net(x)\nloss = (head(z) - y).pow(2).mean()")
    lines = mended(server, tmp_path, source)
    assert "z = net(x)" in lines
    assert not any(mode in line for line in lines)


def test_a_copy_gives_way_to_the_original(server, tmp_path):
    body = "\nworker = copy.deepcopy(net)\nloss = (head(worker(x)) - y).pow(2).mean()"
    assert "worker = net" in mended(server, tmp_path, "import copy\n" + training(body))


def test_a_snapshot_stays_a_snapshot(server, tmp_path):
    body = (
        "\nbest = copy.deepcopy(net)\nbest.load_state_dict(net.state_dict())\nloss = (head(best(x)) - y).pow(2).mean()"
    )
    lines = mended(server, tmp_path, "import copy\n" + training(body))
    assert "best = copy.deepcopy(net)" in lines
    assert "loss = (head(net(x)) - y).pow(2).mean()" in lines


def test_a_state_dict_hands_out_parameters(server, tmp_path):
    body = "\nw = net.state_dict()\nloss = (head(x @ w['weight'].T + w['bias']) - y).pow(2).mean()"
    assert "w = net.state_dict(keep_vars=True)" in mended(server, tmp_path, training(body))


SOUND = {
    "a target under no_grad": "with torch.no_grad():\n    goal = head(net(x + 1))\nloss = (head(net(x)) - goal).pow(2).mean()",
    "a frozen body": "loss = (head(net(x).detach()) - y).pow(2).mean()",
    "a stop for a weight": "e = (head(net(x)) - y).pow(2)\nloss = (e / e.detach().sum()).sum()",
    "weights from losses": "e = [(head(net(r)) - 1).pow(2).mean() for r in x]\nw = torch.tensor(e).softmax(0)\nloss = sum(a * b for a, b in zip(w, e))",
    "a number for the schedule": "loss = (head(net(x)) - y).pow(2).mean()\nopt.param_groups[0]['lr'] = 0.1 * min(1.0, loss.item())",
}


@pytest.mark.parametrize("name", SOUND)
def test_sound_programs_stay(server, tmp_path, name):
    source = training("\n" + SOUND[name])
    if name == "a frozen body":
        source = source.replace("[*net.parameters(), *head.parameters()]", "head.parameters()")
    assert mended(server, tmp_path, source, unsafe=True) == []
