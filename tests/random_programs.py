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


VIEWS = ("{a}.unsqueeze(0).squeeze(0)", "{a}[:, None].expand(-1, 2)[:, 0]", "{a}.reshape(1, -1).T.flatten()", "{a}.view(1, -1)[0]",
         "{a}.narrow(0, 0, 1) * {a}", "{a}.unfold(0, 1, 1)[:, 0]", "torch.cat({a}.chunk(2))", "torch.diag(torch.diag({a}))", "{a}.roll(1)",
         "torch.stack({a}.unbind())", "{a}[[0] * len({a})]", "{a}[None, ..., :1].movedim(0, -1).flatten() + {a}", "{a}.t()", "{a}.contiguous()")
KINDS = ("torch.fft.ifft(torch.fft.fft({a})).real", "torch.view_as_real(torch.complex({a}, {a}))[:, 0]", "torch.complex({a}, {a} * 0.5).abs()",
         "{a}.to(torch.complex64).conj().real", "{a}.double().sin().float()", "{a}.half().float()", "{a}.to(torch.bfloat16).to({a}.dtype)",
         "{a}.to(torch.complex128).angle().to({a}.dtype)", "({a} * 3).long() + {a}", "{a}.bool() * {a}", "torch.polar({a}.abs(), {a}).real")
LIBRARY = ("torch.linalg.norm({a}) * {a}", "torch.einsum('i,j->i', {a}, {a})", "F.softmax({a}, 0)", "F.dropout({a}, 0.5)", "{a} + torch.randn_like({a})",
           "torch.logsumexp({a}, 0) + {a}", "{a}.topk(1).values + {a}", "{a}.sort().values", "{a}.masked_fill({a} > 0, 0.3)", "torch.nn.Parameter({a} * 1.0)",
           "{a}.clamp(-0.5, 0.5)", "torch.lerp({a}, {a} * 2, 0.3)", "F.gelu({a})", "F.layer_norm({a}, {a}.shape)", "torch.cov(torch.stack([{a}, {a} * 2])).mean(0).sum() * {a}",
           "torch.func.vmap(lambda t: t * 2)({a})", "torch.func.grad(lambda t: (t ** 2).sum())({a}.detach()) + {a}", "torch.distributions.Normal({a}, 1.0).rsample()",
           "torch.distributions.Normal({a}, 1.0).sample()", "copy.deepcopy({a}.detach())", "pickle.loads(pickle.dumps({a}.detach()))", "Squared.apply({a})",
           "checkpoint(torch.sin, {a}, use_reentrant=False)", "checkpoint(torch.sin, {a}, use_reentrant=True)", "Net(len({a}), {a}.dtype)({a})",
           "torch.autograd.functional.jacobian(lambda t: t.sin(), {a}.detach()).sum(0) + {a}", "torch.func.functional_call(torch.nn.Identity(), {{}}, ({a},))",
           "F.mse_loss({a}, {a}.detach() + 1) * {a}", "torch.nan_to_num(torch.log({a}))", "torch.where({a} > 0, torch.sqrt({a}), {a})", "torch.trapezoid({a}, dim=0) * {a}")
NUMPY = ("torch.from_numpy(np.stack([{a}.detach().numpy()] * 2).mean(0))", "torch.as_tensor(np.where({a}.detach() > 0, 1.5, -1.5)) * {a}", "torch.tensor(np.float32({a}.sum().item())) * {a}",
         "torch.tensor([np.float64(v) for v in {a}.detach()]).to({a}.dtype)", "torch.from_numpy({a}.detach().cpu().numpy()[::-1].copy())", "torch.tensor(np.add.accumulate({a}.tolist()))",
         "torch.as_tensor(np.asarray({a}.tolist()) @ np.eye(len({a})))", "{a} * np.float32(0.5)", "{a} + np.ones(len({a}), dtype='float32')", "torch.tensor(statistics.fmean({a}.tolist())) + {a}")
DOINGS = ("{r} = {a} * 1\n    {r}.mul_(2)", "{r} = {a} * 1\n    {r}[1:] += 1", "{r} = {a}.clone()\n    {r}.view(-1)[0].fill_(0.25)", "with torch.no_grad():\n        w.add_(0.01)\n    {r} = {a} + w.sum()",
          "{r} = {a} * 2\n    if {r}.requires_grad:\n        {r}.register_hook(lambda g: print('hook', g))", "{r} = {a} * 2\n    {r}.retain_grad()\n    kept.append({r})",
          "g, = torch.autograd.grad(({a} ** 2).sum(), {a}, create_graph=True)\n    {r} = g * 0.5", "g, = torch.autograd.grad(({a} ** 2).sum(), {a}, retain_graph=True)\n    print('inner', g)\n    {r} = {a} - 0.1 * g",
          "opt = torch.optim.SGD([w], lr=0.1)\n    (w * w).sum().backward()\n    opt.step()\n    opt.zero_grad()\n    {r} = {a} * w.sum()", "with torch.inference_mode():\n        print(({a} * 2).sum())\n    {r} = {a}",
          "torch.set_grad_enabled(False)\n    {r} = {a} * 3\n    torch.set_grad_enabled(True)", "net = Net(len({a}), {a}.dtype)\n    net.register_forward_hook(lambda m, i, o: o * 2)\n    {r} = net({a})\n    print(sorted(n for n, _ in net.named_parameters()))",
          "with torch.autocast('cpu', dtype=torch.bfloat16):\n        {r} = (torch.outer({a}, {a}) @ torch.outer({a}, {a})).float().mean(0)", "{r} = sum((v * k for k, v in enumerate({a})), start=torch.zeros(())) * {a}",
          "print({a}.requires_grad, {a}.is_leaf, {a}.grad_fn is None, {a}.dtype, {a}.stride(), {a}.data_ptr() == {a}.detach().data_ptr())\n    {r} = {a}",
          "{r} = {a}.clone()\n    {r}.data = {r}.data * 2", "{r} = {a}.clone()\n    {r} @= torch.eye(len({a}))", "{r} = torch.empty(len({a}))\n    for k, v in enumerate({a}):\n        {r}[k] = v * v",
          "table = np.zeros(len({a}))\n    for k in range(len({a})):\n        table[k] = {a}[k]\n    {r} = torch.tensor(table)", "print(f'{{float({a}[0]):.3f}} {{{a}.tolist()!r}} {{{a}.detach().numpy().dtype}} {{int({a}.argmax())}}')\n    {r} = {a}",
          "{r} = w\n    w = w * 1.5\n    w.retain_grad()", "w.grad = torch.ones_like(w)\n    {r} = {a} + w.grad", "try:\n        {r} = {a}.numpy()\n    except RuntimeError as error:\n        print(error)\n        {r} = {a}",
          "{r} = ({a} > 0).nonzero().flatten().sum() * {a}\n    assert torch.equal({r}, {r}.clone())")
ENDS = ("loss.backward()", "loss.backward()", "loss.backward(retain_graph=True)\n    loss.backward()", "loss.backward(gradient=torch.tensor(2.0, dtype=loss.dtype))",
        "print(torch.autograd.grad(loss, [x, w], allow_unused=True))", "torch.autograd.backward([loss, loss * 2])", "opt = torch.optim.Adam([w], lr=0.1)\n    loss.backward()\n    opt.step()\n    print(w)")
HEAD = """\
import copy
import math
import pickle
import statistics

import numpy as np
import torch
import torch.nn.functional as F
from torch.utils.checkpoint import checkpoint


class Squared(torch.autograd.Function):
    @staticmethod
    def forward(ctx, t):
        ctx.save_for_backward(t)
        return t * t

    @staticmethod
    def backward(ctx, g):
        (t,) = ctx.saved_tensors
        return 2 * t * g


class Net(torch.nn.Module):
    def __init__(self, size, dtype):
        super().__init__()
        self.layer = torch.nn.Linear(size, size, dtype=dtype)
        self.scale = torch.nn.Parameter(torch.ones(size, dtype=dtype))
        self.register_buffer("shift", torch.zeros(size, dtype=dtype))

    def forward(self, x):
        return torch.tanh(self.layer(x)) * self.scale + self.shift


"""


def program(number: int, rng: random.Random) -> str:
    """One function: leaves, a chain of operations, a loss, gradients printed; errors are printed too."""
    size = rng.randint(2, 4)
    dtype = rng.choice(["torch.float32", "torch.float32", "torch.float64"])
    names, lines = ["x", "w"], [f"torch.manual_seed({number})", "kept = []"]
    lines += [f"{n} = torch.randn({size}, dtype={dtype}, requires_grad={on})" for n, on in (("x", rng.random() < 0.8), ("w", True))]
    for step in range(rng.randint(2, 7)):
        a, b, r = rng.choice(names), rng.choice(names), f"v{step}"
        kind = rng.random()
        if kind < 0.6:
            lines.append(f"{r} = " + rng.choice(rng.choice((UNARY, VIEWS, KINDS, LIBRARY, NUMPY))).format(a=a))
        elif kind < 0.75:
            lines.append(f"{r} = " + rng.choice(BINARY).format(a=a, b=b, n=size))
        else:
            lines.append(rng.choice(rng.choice((STATEMENTS, DOINGS))).format(a=a, r=r))
        names.append(r)
    lines += [f"loss = ({names[-1]} * {rng.choice(names)}).sum()", "print(loss)", rng.choice(ENDS), "print(x.grad, w.grad, [k.grad for k in kept])"]
    return f"def program_{number}():\n    " + "\n    ".join(lines) + "\n"


def pack(first: int, count: int, seed: int) -> str:
    """A file with programs ``first`` to ``first + count``."""
    body = [program(n, random.Random(f"{seed}/{n}")) for n in range(first, first + count)]
    calls = "\n".join(
        f"try:\n    program_{n}()\nexcept Exception as error:\n    print(type(error).__name__, error)" for n in range(first, first + count)
    )
    return HEAD + "\n".join(body) + "\n" + calls + "\n"


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
    print(f"{options.count} programs of {len(UNARY + BINARY + STATEMENTS + VIEWS + KINDS + LIBRARY + NUMPY + DOINGS + ENDS)} kinds of lines")
    print(f"{options.count} programs, {len(differ)} packs of {PACK} differ; with the probe {ratio:.2f} times the time without")
    sys.exit(bool(differ))


if __name__ == "__main__":
    os.environ.setdefault("PYTHONHASHSEED", "0")
    main()
