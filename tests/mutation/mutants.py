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

HEAD = "import math\nimport numpy as np\nimport torch\nfrom torch import nn\n"


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
}
LOSS = {
    "item": ("scalar", "torch.tensor(({E}).item(), requires_grad=True)"),
    "float": ("scalar", "torch.tensor(float({E}), requires_grad=True)"),
    "list": ("rewrap", "torch.tensor([{E}]).sum()"),
    "float-tensor": ("rewrap", "torch.FloatTensor([{E}]).mean()"),
}
NUMPY_CALLS = {"exp", "log", "sqrt", "tanh", "sin", "cos", "abs"}
REPLACED = {
    "raw-parameter": ("raw_parameter", re.compile(r"\bnn\.Parameter\(((?:[^()]|\([^()]*\))*)\)"), r"\1"),
    "scaled-parameter": ("raw_parameter", re.compile(r"\bnn\.Parameter\(((?:[^()]|\([^()]*\))*)\)"), r"nn.Parameter(\1) * 1.0"),
    "no-requires-grad": ("requires_grad", re.compile(r",\s*requires_grad=True"), ""),
    "no-requires-grad-call": ("requires_grad", re.compile(r"\.requires_grad_\((True)?\)"), ""),
    "scaled-leaf": ("rebound_leaf", re.compile(r"(torch\.\w+\([^\n]*requires_grad=True\))"), r"\1 * 1.0"),
    "python-list": ("module_list", re.compile(r"\bnn\.ModuleList\(((?:[^()]|\((?:[^()]|\([^()]*\))*\))*)\)"), r"list(\1)"),
    "no-create-graph": ("create_graph", re.compile(r",\s*create_graph=True"), ""),
    "uncalled-backward": ("backward_result", re.compile(r"\.backward\(\)"), ".backward"),
}


def mutants(program: str, text: str) -> Iterator[Mutant]:
    """Every mutant of one program, in source order."""
    tree = ast.parse(text)
    lines = text.split("\n")
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
            yield from _assignment(program, text, node)
        if isinstance(node, ast.Return) and node.value is not None:
            yield from _wrapped(program, text, node, node.value, {k: WRAPPED[k] for k in ("detach", "from-numpy", "tensor-of-tensor")})
    for operator, (kind, pattern, replacement) in REPLACED.items():
        for number, line in enumerate(lines, 1):
            new = pattern.sub(replacement, line, count=1)
            if new != line:
                yield Mutant(program, kind, operator, number, "\n".join([*lines[: number - 1], new, *lines[number:]]))
    yield from _statements(program, lines)


def _assignment(program: str, text: str, node: ast.Assign) -> Iterator[Mutant]:
    name = node.targets[0].id
    if not _may_carry(node.value):
        return
    yield from _wrapped(program, text, node, node.value, WRAPPED)
    if "loss" in name:
        yield from _wrapped(program, text, node, node.value, LOSS)
    yield from _without_grad(program, text, node)
    yield from _numpy_calls(program, text, node)
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
    for operator, mode in (("no-grad", "torch.no_grad()"), ("grad-off", "torch.set_grad_enabled(False)")):
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
    lines = text.split("\n")
    lines.insert(node.end_lineno, " " * node.col_offset + line)
    return Mutant(program, kind, operator, node.lineno, "\n".join(lines))


def _statements(program: str, lines: list[str]) -> Iterator[Mutant]:
    """Statements moved or added: zero_grad after backward, a frozen model."""
    for number, line in enumerate(lines, 1):
        indent = line[: len(line) - len(line.lstrip())]
        match = re.fullmatch(r"\s*(\w+)\.step\(\)", line)
        if match:
            new = [*lines[: number - 1], f"{indent}{match[1]}.zero_grad()", *lines[number - 1 :]]
            yield Mutant(program, "zero_grad", "zero-before-step", number, "\n".join(new))
        match = re.fullmatch(r"(\s*)(\w+) = [A-Z]\w+\(.*\)|(\s*)(\w+) = nn\.Sequential\(.*\)", line)
        if match and "optim" not in line and "distributions" not in line:
            name = match[2] or match[4]
            new = [*lines[:number], f"{indent}{name}.requires_grad_(False)", *lines[number:]]
            yield Mutant(program, "frozen", "frozen", number, "\n".join(new))


def _offsets(text: str, node: ast.AST) -> tuple[int, int]:
    starts = [0]
    for line in text.split("\n"):
        starts.append(starts[-1] + len(line) + 1)
    return starts[node.lineno - 1] + node.col_offset, starts[node.end_lineno - 1] + node.end_col_offset
