"""A wrong fix is never proved: PROVE is fed with made-up patches, and must refuse each with its reason."""

from __future__ import annotations

import textwrap

import pytest

from autofix import source as files
from autofix.mend.draft import Draft
from autofix.model import Edit, Outcome, Safety
from autofix.observe import Observer, Program
from autofix.prove import output
from autofix.prove.judge import disagreement
from autofix.prove.proof import Proof
from autofix.texts import Texts
from tests.corpus import mend


def judged(server, tmp_path, before: str, after: str, safety: Safety = Safety.SAFE):
    """The verdict on replacing one program by another."""
    path = str(tmp_path / "program.py")
    source = files.decode(path, textwrap.dedent(before).encode())
    observer = Observer(server, Program(path, str(tmp_path), timeout=20))
    (tmp_path / "program.py").write_bytes(source.raw)
    start = Texts({path: source})
    whole = Edit(path, 0, len(source.text), textwrap.dedent(after))
    old = observer.observe(start)
    new = observer.observe(Texts({path: source}, {path: Draft(path, source.text).edited([whole])}))
    assert disagreement(old, observer.observe(start)) is None
    assert old.breaks, "the program before loses nothing"
    return Proof(observer, old).verdict(new, old.breaks, safety)


DETACHED = """
    import torch
    import math
    x = torch.tensor([0.7, 1.9], requires_grad=True)
    c = torch.tensor([2.0, -1.0], requires_grad=True)
    y = (x * x).detach()
    loss = (y * c).sum() + (c ** 2).sum()
    print("loss", loss.item())
    loss.backward()
    print("x", x.grad)
    print("c", c.grad)
"""

WRONG = {
    "a leaf made of the loss": (
        DETACHED.replace("    loss.backward()", "    loss = loss.detach().requires_grad_(True)\n    loss.backward()"),
        Outcome.HARM,
        "loses its gradient",
    ),
    "half of the derivative": (DETACHED.replace("(x * x).detach()", "x * x.detach()"), Outcome.HARM, "still cut off"),
    "a path around the function": (
        DETACHED.replace("(x * x).detach()", "(x * x).detach() + x - x.detach()"),
        Outcome.HARM,
        "still cut off",
    ),
    "a changed loss": (DETACHED.replace("(x * x).detach()", "(x * x) + 0.1"), Outcome.HARM, "changes"),
    "a swapped sign": (DETACHED.replace("(x * x).detach()", "2 * (x * x).detach() - x * x"), Outcome.HARM, "still cut off"),
    "a loss that is moved": (DETACHED.replace("(x * x).detach()", "x * x").replace("c ** 2).sum()", "c ** 2).sum() + 0.5"), Outcome.HARM, "the loss moves"),
    "a gradient scaled": (
        DETACHED.replace("(x * x).detach()", "1.05 * (x * x) - 0.05 * float(x[0] ** 2)").replace("c).sum()", "c).sum()"),
        Outcome.HARM,
        "",
    ),
    "no backward at all": (
        DETACHED.replace("    loss.backward()\n", "").replace("(x * x).detach()", "x * x"),
        Outcome.HARM,
        "never differentiates",
    ),
    "another exception": (DETACHED.replace("(x * x).detach()", "x * y"), Outcome.HARM, "raises NameError"),
    "a line printed": (
        DETACHED.replace("(x * x).detach()", "x * x").rstrip() + '\n    print("all gradients are fine")\n',
        Outcome.HARM,
        "prints a line of its own",
    ),
    "a line printed early": (
        DETACHED.replace("(x * x).detach()", 'x * x; print("hello")'),
        Outcome.HARM,
        "prints something else",
    ),
    "a gradient of another target changed": (
        DETACHED.replace("(x * x).detach()", "x * x").replace("* c).sum()", "* (2 * c - c.detach())).sum()"),
        Outcome.HARM,
        "the gradient of c, which was there, changes",
    ),
    "two gradients swapped": (
        DETACHED.replace("(x * x).detach()", "x * x").replace(
            "    loss.backward()", "    loss.backward()\n    x.grad, c.grad = c.grad, x.grad"
        ),
        Outcome.HARM,
        "the gradient of c, which was there, changes",
    ),
    "nothing changed": (DETACHED, Outcome.NO_EFFECT, "still gets no gradient"),
    "a comment changed": (DETACHED + "    # fine now\n", Outcome.NO_EFFECT, "still gets no gradient"),
}


@pytest.mark.parametrize("name", WRONG)
def test_wrong_patch_is_refused(server, tmp_path, name):
    after, outcome, reason = WRONG[name]
    verdict = judged(server, tmp_path, DETACHED, after)
    assert (verdict.outcome, reason in verdict.reason) == (outcome, True), verdict


def test_right_patch_is_proved(server, tmp_path):
    verdict = judged(server, tmp_path, DETACHED, DETACHED.replace("(x * x).detach()", "x * x"))
    assert (verdict.outcome, verdict.derivative) == (Outcome.PROVED, "agrees"), verdict


SCALAR = """
    import torch
    import math
    x = torch.tensor(1.3, requires_grad=True)
    loss = torch.tensor(math.sqrt(x) + 3.0, requires_grad=True) * 2
    loss.backward()
    print(x.grad)
"""


def test_a_gradient_that_is_there_and_wrong(server, tmp_path):
    wrong = SCALAR.replace("torch.tensor(math.sqrt(x) + 3.0, requires_grad=True) * 2", "(math.sqrt(x) + x + 3.0 - 1.3) * 2")
    verdict = judged(server, tmp_path, SCALAR, wrong)
    assert verdict.outcome == Outcome.HARM
    assert "still cut off" in verdict.reason


USED_UP = """
    import torch
    w = torch.tensor([0.4, -1.1], requires_grad=True)
    x = torch.tensor([[1.2, 0.3], [-0.5, 0.8]], requires_grad=True)
    height = torch.sin(x @ w)
    height.sum().backward()
    slope = x.grad
    loss = (height ** 2).mean() + (slope ** 2).sum()
    w.grad = None
    loss.backward()
    print(w.grad)
"""


@pytest.mark.parametrize(("option", "outcome"), [("retain_graph", Outcome.HARM), ("create_graph", Outcome.PROVED)])
def test_the_loss_that_died_is_the_one_that_is_checked(server, tmp_path, option, outcome):
    after = USED_UP.replace("height.sum().backward()", f"height.sum().backward({option}=True)")
    verdict = judged(server, tmp_path, USED_UP, after)
    assert verdict.outcome == outcome, verdict


def test_requires_grad_on_a_dead_loss(server, tmp_path):
    before = DETACHED.replace(", requires_grad=True)\n    y", ")\n    y").replace("c ** 2", "c * c")
    after = before.replace("    loss.backward()", "    loss.requires_grad_(True)\n    loss.backward()")
    verdict = judged(server, tmp_path, before, after)
    assert verdict.outcome != Outcome.PROVED


TIMED = """
    import time
    import torch
    start = time.time()
    w = torch.ones(3, requires_grad=True)
    print(f"{time.time_ns()} {id(object()):#x} start")
    loss = (w * 2).detach().sum()
    MORE
    loss.backward()
    print(w.grad, f"after {time.time() - start:.6f} s")
"""


def mended(server, tmp_path, source: str):
    path = tmp_path / "program.py"
    path.write_text(textwrap.dedent(source))
    return mend(server, path).result.verdict


def test_a_program_that_prints_the_time_is_mended(server, tmp_path):
    assert mended(server, tmp_path, TIMED.replace("MORE", "print('loss', loss.item())")).outcome == Outcome.PROVED


def test_a_program_that_draws_other_numbers_each_time_is_unstable(server, tmp_path):
    source = TIMED.replace("MORE", "loss = loss * (time.time_ns() % 1000)")
    assert mended(server, tmp_path, source).outcome == Outcome.UNSTABLE


def test_a_program_that_never_starts_says_why(server, tmp_path):
    verdict = mended(server, tmp_path, "import torch\nm = torch.nn.Linear(3, 1).cuda()\nm(torch.ones(3)).backward()\n")
    assert verdict.outcome == Outcome.NOT_RUN and "wants a GPU" in verdict.reason


@pytest.mark.parametrize(
    ("one", "other", "found"),
    [
        ("a 1\nb 2", "a 1\nb 2", frozenset()),
        ("took 0.31 s\nx 1", "took 1.2e-05 s\nx 1", frozenset({"took # s"})),
        ("loss 1", "loss 1\nmore", None),
        ("loss 1", "cost 1", None),
        ("<f at 0x7f12>", "<f at 0x7a9c>", frozenset({"<f at #"})),
    ],
)
def test_lines_that_waver(one, other, found):
    assert output.wavers(one, other, 1e-6) == found


def test_wavering_numbers_do_not_count():
    wavering = output.wavers("took 1 s\nloss 2", "took 3 s\nloss 2", 1e-6)
    assert output.same("took 1 s\nloss 2", "took 5 s\nloss 2", wavering=wavering)
    assert not output.same("took 1 s\nloss 2", "took 1 s\nloss 3", wavering=wavering)
