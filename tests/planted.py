"""Deliberately wrong gradients against the derivative check: what is caught, and what would have been missed.

    python -m tests.planted [float32] [float64] [complex64]

Each program computes the right loss, and its gradient is off by a known error. Prints, by kind of error, in how
many of the programs the check says ``differs`` (caught), ``agrees`` (missed) or ``not checked``.
"""

from __future__ import annotations

import sys
import tempfile
from collections import Counter
from pathlib import Path

from autofix import source as files
from autofix.observe import Observer, Program
from autofix.prove.derivative import DIRECTIONS, Answer, Check, Slope, check
from autofix.prove.server import ForkServer
from autofix.texts import Texts

PROGRAM = """
import torch
torch.manual_seed({seed})
torch.set_default_dtype(torch.{real})


class Scaled(torch.autograd.Function):
    @staticmethod
    def forward(ctx, t):
        return t.clone()

    @staticmethod
    def backward(ctx, g):
        return {backward}


x = torch.randn({n}, 3)
target = torch.sin(x.sum(1))
w = (torch.randn(3, 5, dtype=torch.{dtype}) * 0.7).requires_grad_()
v = (torch.randn(5) * 0.7).requires_grad_()
hidden = torch.{act}(x.to(w.dtype) @ Scaled.apply(w)).real
out = hidden @ v{second}
loss = ((out - target) ** 2).mean()
loss.backward()
"""
PROPORTIONAL = (0.1, 0.2, 0.5, 1, 2, 5, 50)
"""Percent: the gradient of one of two targets is larger by so much."""
ERRORS = {
    "none": "g",
    **{f"{p} %": f"g * {1 + p / 100}" for p in PROPORTIONAL},
    "sign": "-g",
    "one element wrong": "torch.cat([g.flatten()[:1] * 0, g.flatten()[1:]]).view_as(g)",
    "one element doubled": "torch.cat([g.flatten()[:1] * 2, g.flatten()[1:]]).view_as(g)",
    "a path out of two": "g",
}
SEEDS = 8
TOLD = "told"
"""Missed, and the report's own bound on what it may have missed is no smaller than the error."""


def answer(server: ForkServer, text: str, folder: Path) -> Check:
    """What the check says of the program's own gradients."""
    path = str(folder / "planted.py")
    source = files.decode(path, text.encode())
    observer = Observer(server, Program(path, str(folder), timeout=30))
    texts = Texts({path: source})
    run = observer.observe(texts)
    root = run.record.roots[0]
    sources = [s for s in run.record.sources if s.index in root.gradients]
    gradients = {s.name: root.gradients[s.index] for s in sources}
    slopes = [
        Slope(lambda nudge, root: observer.value_when_shifted(texts, nudge, root), sources, 0, root.value, number)
        for number in range(DIRECTIONS)
    ]
    return check(slopes, sources, gradients)


def fates(server: ForkServer, error: str, dtype: str, seeds: int = SEEDS) -> Counter:
    """How often each answer comes, over programs of different seeds, sizes and activations."""
    found: Counter = Counter()
    with tempfile.TemporaryDirectory() as folder:
        for seed in range(seeds):
            text = PROGRAM.format(
                seed=seed,
                dtype=dtype,
                real="float32" if dtype == "complex64" else dtype,
                n=4 + 3 * seed,
                act=("tanh", "sigmoid", "sin", "exp")[seed % 4],
                backward=ERRORS[error],
                second=" + (x @ w.detach().real).mean(1)" if error == "a path out of two" else "",
            )
            said = answer(server, text, Path(folder))
            found[said.answer] += 1
            found[TOLD] += said.answer == Answer.AGREES and said.within["w"] >= 0.95 * percent(error) / 100
    return found


def percent(error: str) -> float:
    """How much too large a gradient is; 0 where the error is of another kind."""
    return float(error.removesuffix(" %")) if error.endswith(" %") else 0.0


def main() -> None:
    print("| error | dtype | caught | missed | of these within the reported bound | not checked |\n|---|---|---|---|---|---|")
    with ForkServer(sys.executable) as server:
        for dtype in sys.argv[1:] or ("float32", "float64", "complex64"):
            missed = [0.0]
            for error in ERRORS:
                found = fates(server, error, dtype)
                row = (found[Answer.DIFFERS], found[Answer.AGREES], found[TOLD], found[Answer.NOT_CHECKED])
                print(f"| {error} | {dtype} | {' | '.join(map(str, row))} |", flush=True)
                if found[Answer.AGREES]:
                    missed.append(percent(error))
            caught = next(least for least in PROPORTIONAL if least > max(missed))
            print(f"{dtype}: an error of {caught} % in one of two targets never agrees, in {SEEDS} programs each")


if __name__ == "__main__":
    main()
