"""Small random tensor programs: with and without the probe they must print the same.

    python -m tests.random_programs [--count 2000] [--seed 0]
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import tempfile
import time
from pathlib import Path

from autofix.prove.server import ForkServer, Request

PACK = 50
"""Programs in one file: each is a function, run one after another."""

UNARY = ("torch.exp({a} * 0.1)", "torch.tanh({a})", "{a}.relu()", "{a} ** 2", "-{a}", "{a}.abs() + 0.1", "{a}.detach()", "{a}.data",
         "{a}.clone()", "torch.sigmoid({a})", "{a}.round()", "{a}.sign()", "({a} > 0).float()", "{a}.cumsum(0)", "{a}.flip(0)",
         "torch.tensor({a}.tolist())", "torch.from_numpy({a}.detach().numpy().copy())", "torch.tensor(np.exp({a}.detach().numpy() * 0.1))",
         "{a} * float({a}.sum()) * 0.01", "{a} + {a}.mean().item()", "{a} * math.exp({a}[0] * 0.01)", "torch.stack([v * 2 for v in {a}])",
         "{a}.view(-1)", "{a}.double().float()", "torch.where({a} > 0, {a}, 0.1 * {a})", "{a}[{a}.argsort()]", "torch.as_tensor([float(v) for v in {a}])")
BINARY = ("{a} + {b}", "{a} * {b}", "{a} - 0.5 * {b}", "{a} / ({b}.abs() + 1)", "torch.maximum({a}, {b})", "torch.cat([{a}, {b}])[:{n}]",
          "({a} * {b}).sum() + {a}", "{a} @ {b} * 0.1 + {b}", "torch.outer({a}, {b}).mean(0)")
STATEMENTS = ("with torch.no_grad():\n        {r} = {a} * 2", "{r} = {a}.clone()\n    {r} += 1", "{r} = {a}.clone()\n    {r}[0] = 0.5",
              "{r} = np.asarray({a}.detach())\n    {r} = torch.as_tensor({r} * 1.5)", "{r} = [v.item() for v in {a}]\n    print(max({r}), sum({r}))\n    {r} = torch.tensor({r})",
              "{r} = {a}\n    print(f'{{{a}.sum():.4f}}', {a}.shape, type({a}.detach().numpy().sum()))")


def program(number: int, rng: random.Random) -> str:
    """One function: leaves, a chain of operations, a loss, gradients printed; errors are printed too."""
    size = rng.randint(2, 4)
    names, lines = ["x", "w"], [f"torch.manual_seed({number})"]
    lines += [f"x = torch.randn({size}, requires_grad={rng.random() < 0.8})", f"w = torch.randn({size}, requires_grad=True)"]
    for step in range(rng.randint(2, 7)):
        a, b, r = rng.choice(names), rng.choice(names), f"v{step}"
        kind = rng.random()
        if kind < 0.55:
            lines.append(f"{r} = " + rng.choice(UNARY).format(a=a))
        elif kind < 0.85:
            lines.append(f"{r} = " + rng.choice(BINARY).format(a=a, b=b, n=size))
        else:
            lines.append(rng.choice(STATEMENTS).format(a=a, r=r))
        names.append(r)
    lines += [f"loss = ({names[-1]} * {rng.choice(names)}).sum()", "print(loss)", "loss.backward()", "print(x.grad, w.grad)"]
    return f"def program_{number}():\n    " + "\n    ".join(lines) + "\n"


def pack(first: int, count: int, seed: int) -> str:
    """A file with programs ``first`` to ``first + count``."""
    body = [program(n, random.Random(f"{seed}/{n}")) for n in range(first, first + count)]
    calls = "\n".join(
        f"try:\n    program_{n}()\nexcept Exception as error:\n    print(type(error).__name__, error)" for n in range(first, first + count)
    )
    return "import math\nimport numpy as np\nimport torch\n\n" + "\n".join(body) + "\n" + calls + "\n"


def differences(server: ForkServer, count: int, seed: int) -> tuple[list[str], float]:
    """Packs whose output differs under the probe (a line of each), and the time with it over the time without."""
    differ, plain, probed = [], 0.0, 0.0
    with tempfile.TemporaryDirectory() as folder:
        for first in range(0, count, PACK):
            path = Path(folder, f"pack_{first}.py")
            path.write_text(pack(first, min(PACK, count - first), seed))
            request = {"script": str(path), "root": folder, "cwd": folder, "timeout": 120}
            start = time.perf_counter()
            one = server.run(Request(**request, probe=False))
            middle = time.perf_counter()
            other = server.run(Request(**request, limit=10**6))
            plain, probed = plain + middle - start, probed + time.perf_counter() - middle
            differ += _first_difference(one, other)
    return differ, probed / plain


def _first_difference(one, other) -> list[str]:
    internal = [note for note in (other.record or {}).get("notes", ()) if note["what"] == "internal"]
    if other.record is None or internal:
        return [str(internal[:1] or other.reason)]
    for name in ("stdout", "stderr"):
        left, right = getattr(one, name).decode().splitlines(), getattr(other, name).decode().splitlines()
        if left != right:
            pairs = [(a, b) for a, b in zip([*left, "<end>"], [*right, "<end>"]) if a != b]
            return [f"{name}: {pairs[0][0]!r} became {pairs[0][1]!r}"]
    return [] if one.code == other.code else [f"exit code {one.code} became {other.code}"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    with ForkServer(sys.executable) as server:
        differ, ratio = differences(server, options.count, options.seed)
    for line in differ:
        print(line)
    print(f"{options.count} programs, {len(differ)} packs of {PACK} differ; with the probe {ratio:.2f} times the time without")
    sys.exit(bool(differ))


if __name__ == "__main__":
    os.environ.setdefault("PYTHONHASHSEED", "0")
    main()
