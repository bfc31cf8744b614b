"""Break a sound TensorFlow program in one place: every operator keeps the numbers and loses a gradient."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from tests.mutation.mutants import Mutant, _offsets

HEAD = "import numpy as np\n"
WRAPPED = {
    "stop-gradient": ("tf_stop_gradient", "tf.stop_gradient({E})"),
    "constant-numpy": ("tf_numpy", "tf.constant(({E}).numpy())"),
    "from-array": ("tf_numpy", "tf.convert_to_tensor(np.array({E}))"),
    "variable": ("tf_rewrap", "tf.Variable({E})"),
}
LOSS = {
    "float": ("tf_numpy", "tf.constant(float({E}))"),
    "only-numpy": ("tf_numpy", "({E}).numpy()"),
}
NUMPY = {"exp", "tanh", "sin", "cos", "sqrt", "abs", "square", "reduce_mean", "reduce_sum"}
NAMES = {"reduce_mean": "mean", "reduce_sum": "sum"}
REPLACED = {
    "not-trainable": ("tf_frozen", re.compile(r"\btf\.Variable\((?!.*trainable=)((?:[^()]|\((?:[^()]|\([^()]*\))*\))*)\)"), r"tf.Variable(\1, trainable=False)"),
    "not-persistent": ("tf_persistent", re.compile(r"persistent=True"), ""),
    "not-accessed": ("tf_watch", re.compile(r"GradientTape\(\)"), "GradientTape(watch_accessed_variables=False)"),
    "unwatched": ("tf_watch", re.compile(r"^(\s+)\w+\.watch\(.*\)$"), r"\1pass"),
    "rebound": ("tf_variable", re.compile(r"^(\s*)(\w+)\.assign_sub\((.*)\)$"), r"\1\2 = \2 - \3"),
    "rebound-add": ("tf_variable", re.compile(r"^(\s*)(\w+)\.assign_add\((.*)\)$"), r"\1\2 = \2 + \3"),
    "in-place": ("tf_variable", re.compile(r"^(\s*)(\w+)\.assign_sub\((.*)\)$"), r"\1\2 -= \3"),
    "untracked": ("tf_weight", re.compile(r"tf\.keras\.Variable\("), "tf.Variable("),
    "wrong-source": ("tf_source", re.compile(r"(\.gradient\(\w+, )(\w+)\)"), r"\1tf.identity(\2))"),
    "predict": ("tf_predict", re.compile(r"^(\s+\w+ = )(model|network)\((\w+)\)$"), r"\1\2.predict(\3, verbose=0)"),
}


def mutants(program: str, text: str) -> Iterator[Mutant]:
    """Every mutant of one program, in source order."""
    lines = text.split("\n")
    for block in (n for n in ast.walk(ast.parse(text)) if isinstance(n, ast.With) and "GradientTape" in ast.unparse(n.items[0])):
        for statement in ast.walk(block):
            if isinstance(statement, ast.Assign) and isinstance(statement.value, (ast.Call, ast.BinOp)):
                yield from _wrapped(program, text, statement)
                yield from _numpy(program, text, statement)
        yield from _moved(program, lines, block)
    for operator, (kind, pattern, replacement) in REPLACED.items():
        for number, line in enumerate(lines, 1):
            new = pattern.sub(replacement, line, count=1)
            if new != line:
                yield Mutant(program, kind, operator, number, "\n".join([*lines[: number - 1], new, *lines[number:]]))


def _wrapped(program: str, text: str, statement: ast.Assign) -> Iterator[Mutant]:
    start, end = _offsets(text, statement.value)
    name = ast.unparse(statement.targets[0])
    table = {**WRAPPED, **(LOSS if "loss" in name else {})}
    if isinstance(statement.targets[0], ast.Name):
        for operator, (kind, form) in table.items():
            new = text[:start] + form.format(E=text[start:end]) + text[end:]
            yield Mutant(program, kind, operator, statement.lineno, HEAD + new)


def _numpy(program: str, text: str, statement: ast.Assign) -> Iterator[Mutant]:
    for call in ast.walk(statement.value):
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr in NUMPY:
            if ast.unparse(call.func.value) == "tf":
                start, end = _offsets(text, call.func)
                name = NAMES.get(call.func.attr, call.func.attr)
                yield Mutant(program, "tf_numpy", f"np-{name}", statement.lineno, HEAD + text[:start] + f"np.{name}" + text[end:])


def _moved(program: str, lines: list[str], block: ast.With) -> Iterator[Mutant]:
    """The block's first statement before it, its last one behind it."""
    if len(block.body) < 2:
        return
    for operator, statement in (("before", block.body[0]), ("after", block.body[-1])):
        if not isinstance(statement, ast.Assign):
            continue
        taken = [line.removeprefix("    ") for line in lines[statement.lineno - 1 : statement.end_lineno]]
        rest = [*lines[: statement.lineno - 1], *lines[statement.end_lineno :]]
        at = block.lineno - 1 if operator == "before" else block.end_lineno - len(taken)
        yield Mutant(program, "tf_outside", operator, statement.lineno, "\n".join([*rest[:at], *taken, *rest[at:]]))
