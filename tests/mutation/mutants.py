"""Break a sound program in one place, in every way we know.

Each operator takes a statement of the sound program and gives broken forms of it that compute the same
numbers and lose a gradient. Whether a mutant really starves a target is seen by running it: those that do
not are no mutants.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

HEAD = """import copy
import math
import numpy as np
import torch
from torch import nn
from torch.utils.checkpoint import checkpoint


class Squash(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return torch.tanh(x)

    @staticmethod
    def backward(ctx, grad_output):
        (x,) = ctx.saved_tensors
        return None


"""


@dataclass(frozen=True, slots=True)
class Mutant:
    """A broken program. ``kind`` is the codemod that should mend it."""

    program: str
    kind: str
    operator: str
    line: int
    text: str

    @property
    def name(self) -> str:
        return f"{self.program}-{self.operator}-{self.line}"


Operator = Callable[[ast.stmt, str], Iterator[str]]

# On the right-hand side of an assignment, E is the sound expression.
WRAPPED = {
    "detach": ("detach", "({E}).detach()"),
    "data": ("detach", "({E}).data"),
    "detach-clone": ("detach", "({E}).detach().clone()"),
    "detach-function": ("detach", "torch.detach({E})"),
    "variable": ("detach", "torch.autograd.Variable(({E}).data)"),
    "from-numpy": ("numpy", "torch.from_numpy(({E}).detach().numpy())"),
    "tensor-numpy": ("numpy", "torch.tensor(({E}).detach().cpu().numpy())"),
    "as-tensor": ("numpy", "torch.as_tensor(({E}).data.numpy())"),
    "tensor-of-tensor": ("rewrap", "torch.tensor({E})"),
    "tensor-of-list": ("rewrap", "torch.tensor(({E}).tolist())"),
    "requires-grad-by-hand": ("detach", "({E}).detach().requires_grad_(True)"),
    "parameter": ("detach", "nn.Parameter({E})"),
    "lambda": ("detach", "(lambda value: value.detach())({E})"),
    "new-tensor": ("rewrap", "torch.zeros(()).new_tensor({E})"),
    "array-of-list": ("numpy", "torch.tensor(np.array(({E}).tolist()), dtype=torch.float32)"),
    "deepcopied": ("deepcopy", "copy.deepcopy({E})"),
    "rounded": ("rounding", "torch.round(({E}) * 1e6) / 1e6"),
}
LOSS = {
    "item": ("scalar", "torch.tensor(({E}).item(), requires_grad=True)"),
    "float": ("scalar", "torch.tensor(float({E}), requires_grad=True)"),
    "list": ("rewrap", "torch.tensor([{E}]).sum()"),
    "float-tensor": ("rewrap", "torch.FloatTensor([{E}]).mean()"),
    "array": ("numpy", "torch.tensor(np.array([({E}).item()]), dtype=torch.float32, requires_grad=True).sum()"),
}
MODES = {"no-grad": "torch.no_grad()", "grad-off": "torch.set_grad_enabled(False)", "inference": "torch.inference_mode()"}
NUMPY_CALLS = {"exp", "log", "sqrt", "tanh", "sin", "cos", "abs"}
NESTED = r"((?:[^()]|\((?:[^()]|\([^()]*\))*\))*)"
MADE = r"^( *)(\w+)( = (?:[A-Z]\w+|nn\.Sequential)\([^\n]*\))$"
LEAF = r"^(\w+)( = torch\.[^\n]*, requires_grad=True\))$"
# Patterns over the whole text: every match is one mutant.
REPLACED = {
    "raw-parameter": ("raw_parameter", rf"\bnn\.Parameter\({NESTED}\)", r"\1"),
    "scaled-parameter": ("raw_parameter", rf"\bnn\.Parameter\({NESTED}\)", r"nn.Parameter(\1) * 1.0"),
    "python-list": ("module_list", rf"\bnn\.ModuleList\({NESTED}\)", r"list(\1)"),
    "no-requires-grad": ("requires_grad", r",\s*requires_grad=True", ""),
    "no-requires-grad-call": ("requires_grad", r"\.requires_grad_\((True)?\)", ""),
    "misspelt": ("requires_grad", r"^(\w+)( = torch\.[^\n]*), requires_grad=True\)$", r"\1\2)\n\1.require_grad = True"),
    "scaled-leaf": ("rebound_leaf", LEAF, r"\1\2 * 1.0"),
    "cloned-leaf": ("rebound_leaf", LEAF, r"\1\2.clone()"),
    "converted-leaf": ("rebound_leaf", LEAF, r"\1\2.double().float()"),
    "leaf-in-place": ("inplace_leaf", LEAF, r"\1\2\n\1 *= 1.0"),
    "no-create-graph": ("create_graph", r",\s*create_graph=True", ""),
    "uncalled-backward": ("backward_result", r"\.backward\(\)", ".backward"),
    "zero-before-step": ("zero_grad", r"^( *)(\w+)\.step\(\)$", r"\1\2.zero_grad()\n\1\2.step()"),
    "frozen": ("frozen", MADE, r"\1\2\3\n\1\2.requires_grad_(False)"),
    "frozen-loop": ("frozen", MADE, r"\1\2\3\n\1for p in \2.parameters():\n\1    p.requires_grad = False"),
    "flagged": ("frozen", MADE, r"\1\2\3\n\1\2.requires_grad_(False)\n\1\2.requires_grad = True"),
    "state-values": ("optimizer_params", r"\b(\w+)\.parameters\(\)", r"\1.state_dict().values()"),
    "copied-parameters": ("optimizer_params", r"\b(\w+)\.parameters\(\)", r"[p.detach().clone().requires_grad_(True) for p in \1.parameters()]"),
    "cloned-parameters": ("optimizer_params", r"\b(\w+)\.parameters\(\)", r"[p.clone() for p in \1.parameters()]"),
    "copied-model": ("optimizer_params", r"\b(\w+)\.parameters\(\)", r"copy.deepcopy(\1).parameters()"),
    "used-up": ("optimizer_params", r"^( *)(\w+ = torch\.optim\.\w+\()(\w+)\.parameters\(\)", r"\1weights = \3.parameters()\n\1print(sum(w.numel() for w in weights))\n\1\2weights"),
    "stack-of-lists": ("rewrap", r"torch\.stack\((\w+)\)", r"torch.tensor([item.tolist() for item in \1])"),
    "stack-of-arrays": ("numpy", r"torch\.stack\((\w+)\)", r"torch.from_numpy(np.array([item.detach().numpy() for item in \1]))"),
    "reentrant": ("checkpoint", r"= (self\.\w+|\w*(?:model|net|coder))\((\w+)\)$", r"= checkpoint(\1, \2, use_reentrant=True)"),
    "no-backward": ("custom_function", r"\btorch\.tanh\(", "Squash.apply("),
    "sampled": ("sample", r"^( *)noise = torch\.randn_like\((\w+)\)\n *(\w+) = (\w+) \+ \2 \* noise$", r"\1\3 = torch.distributions.Normal(\4, \2).sample()"),
    "normal": ("sample", r"^( *)noise = torch\.randn_like\((\w+)\)\n *(\w+) = (\w+) \+ \2 \* noise$", r"\1\3 = torch.normal(\4, \2)"),
    "decorated": ("no_grad", r"^( *)(def (?!__)\w+\()", r"\1@torch.no_grad()\n\1\2"),
}


def mutants(program: str, text: str) -> Iterator[Mutant]:
    """Every mutant of one program, in source order."""
    tree = ast.parse(text)
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
            yield from _assignment(program, text, node)
        if isinstance(node, ast.Return) and node.value is not None and not isinstance(node.value, ast.Tuple):
            yield from _wrapped(program, text, node, node.value, {k: WRAPPED[k] for k in ("detach", "from-numpy", "tensor-of-tensor")})
    for operator, (kind, pattern, replacement) in REPLACED.items():
        for match in re.finditer(pattern, text, re.MULTILINE):
            new = text[: match.start()] + match.expand(replacement) + text[match.end() :]
            yield Mutant(program, kind, operator, text.count("\n", 0, match.start()) + 1, HEAD + new)
    yield from _replaced_layers(program, text)
    yield from _weights(program, text, tree)


def _assignment(program: str, text: str, node: ast.Assign) -> Iterator[Mutant]:
    name = node.targets[0].id
    if not _may_carry(node.value):
        return
    yield from _wrapped(program, text, node, node.value, WRAPPED)
    if "loss" in name:
        yield from _wrapped(program, text, node, node.value, LOSS)
        yield _after(program, text, node, f'{name} = torch.tensor(float(f"{{{name}.item():.9g}}"), requires_grad=True)', "scalar", "text")
        yield _before(program, text, node, "torch.set_grad_enabled(False)", "no_grad", "leaked-switch")
    yield from _without_grad(program, text, node)
    yield from _numpy_calls(program, text, node)
    yield _after(program, text, node, f"{name}.register_hook(lambda grad: grad * 0)", "hook", "hooked")
    if isinstance(node.value, ast.Call) and getattr(node.value.func, "attr", "") in ("tanh", "sigmoid", "exp", "softmax", "relu"):
        yield _after(program, text, node, f"{name} *= 1.0", "inplace_saved", "scaled-in-place")


def _may_carry(value: ast.expr) -> bool:
    """Calls, operators and subscripts; not constants, containers or constructors."""
    if isinstance(value, ast.Call):
        name = getattr(value.func, "attr", getattr(value.func, "id", ""))
        return not name[:1].isupper() and name not in ("len", "range", "list", "sample", "arange", "linspace", "randint", "manual_seed")
    return isinstance(value, (ast.BinOp, ast.UnaryOp))


def _wrapped(program, text, statement, value, table) -> Iterator[Mutant]:
    start, end = _offsets(text, value)
    for operator, (kind, form) in table.items():
        new = text[:start] + form.format(E=text[start:end]) + text[end:]
        yield Mutant(program, kind, operator, statement.lineno, HEAD + new)


def _without_grad(program, text, node) -> Iterator[Mutant]:
    lines = text.split("\n")
    indent = " " * node.col_offset
    body = ["    " + line for line in lines[node.lineno - 1 : node.end_lineno]]
    for operator, mode in MODES.items():
        new = [*lines[: node.lineno - 1], f"{indent}with {mode}:", *body, *lines[node.end_lineno :]]
        yield Mutant(program, "no_grad", operator, node.lineno, HEAD + "\n".join(new))


def _numpy_calls(program, text, node) -> Iterator[Mutant]:
    for call in ast.walk(node.value):
        if not (isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr in NUMPY_CALLS):
            continue
        if isinstance(call.func.value, ast.Name) and call.func.value.id == "torch" and len(call.args) == 1:
            start, end = _offsets(text, call)
            inner = text[slice(*_offsets(text, call.args[0]))]
            form = f"torch.from_numpy(np.{call.func.attr}(({inner}).detach().numpy()))"
            yield Mutant(program, "numpy", f"numpy-{call.func.attr}", node.lineno, HEAD + text[:start] + form + text[end:])


def _after(program, text, node, line, kind, operator) -> Mutant:
    return _with_line(program, text, node, node.end_lineno, line, kind, operator)


def _before(program, text, node, line, kind, operator) -> Mutant:
    return _with_line(program, text, node, node.lineno - 1, line, kind, operator)


def _with_line(program, text, node, number, line, kind, operator) -> Mutant:
    lines = text.split("\n")
    lines.insert(number, " " * node.col_offset + line)
    return Mutant(program, kind, operator, node.lineno, HEAD + "\n".join(lines))


def _replaced_layers(program: str, text: str) -> Iterator[Mutant]:
    """A layer is put in another's place once the optimizer holds that one's weights."""
    for match in re.finditer(r"^( *)\w+ = torch\.optim\.\w+\((\w+)\.parameters\(\)[^\n]*$", text, re.MULTILINE):
        made = re.search(rf"^{match[2]} = (\w+)\(", text, re.MULTILINE)
        layers = re.search(rf"class {made[1]}\b.*?self\.(\w+) = nn\.Linear", text, re.DOTALL) if made else None
        if layers:
            line = f"\n{match[1]}{match[2]}.{layers[1]} = copy.deepcopy({match[2]}.{layers[1]})"
            new = text[: match.end()] + line + text[match.end() :]
            yield Mutant(program, "optimizer_params", "replaced-layer", text.count("\n", 0, match.end()) + 1, HEAD + new)


def _weights(program: str, text: str, tree: ast.Module) -> Iterator[Mutant]:
    """A weight is cut off where it is used: ``self.gain.data * x``, ``x @ w.detach()``."""
    names = {f"self.{name}" for name in re.findall(r"self\.(\w+) = nn\.Parameter", text)}
    names |= {match[1] for match in re.finditer(LEAF, text, re.MULTILINE)}
    for node in ast.walk(tree):
        for side in (node.left, node.right) if isinstance(node, ast.BinOp) else ():
            if ast.unparse(side) in names:
                end = _offsets(text, side)[1]
                for operator, cut in {"weight-data": ".data", "weight-detach": ".detach()"}.items():
                    yield Mutant(program, "detach", operator, side.lineno, HEAD + text[:end] + cut + text[end:])


def _offsets(text: str, node: ast.AST) -> tuple[int, int]:
    starts = [0]
    for line in text.split("\n"):
        starts.append(starts[-1] + len(line) + 1)
    return starts[node.lineno - 1] + node.col_offset, starts[node.end_lineno - 1] + node.end_col_offset
