"""A variable is given a new value inside the tape, and its state is read afterwards.

What breaks: ``state.assign(f(x))`` writes numbers into the variable; what is then read from it depends on the variable,
not on ``x``. No gradient leads through a variable's state.

Why the fix is right: the new value gets a name, the variable is assigned that value as before, and what follows in the
block reads the value itself. A variable that is filled item by item becomes a list, which is stacked when it is full.
The numbers are the same.

When to leave it alone: running averages, counters and buffers whose history is meant to be a constant.
"""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from autofix.buffers import Buffer
from autofix.model import Break, Edit, Fix
from autofix.tapes import is_path, statement_of
from autofix.tree import Tree, Trees

CODE = "AF512"
OPS = {"tf.Variable.assign"}
ADVICE = "keep the new value in a name of its own and go on with that; assign it to the variable beside"
WRITES = {"assign": "", "assign_add": "+", "assign_sub": "-"}


def mend(break_: Break, trees: Trees) -> Iterator[Fix]:
    tree = trees(break_.span.path)
    call = tree.expression_at(break_.span)
    if not isinstance(call, cst.Call) or not isinstance(call.func, cst.Attribute) or call.func.attr.value not in WRITES:
        return
    receiver, sign = call.func.value, WRITES[call.func.attr.value]
    if isinstance(receiver, cst.Subscript):
        yield from _filled(tree, receiver)
    line = statement_of(tree, call)
    block = next((n for n in tree.ancestors(call) if isinstance(n, (cst.With, cst.FunctionDef))), None)
    if not is_path(receiver) or not call.args or call.args[0].star or block is None or not _is_statement(line, call):
        return
    name = tree.source(receiver)
    new = _free(tree, name.rsplit(".", 1)[-1].split("[")[0])
    loop = _loop(tree, line, block)
    begin, end = tree.offsets(loop)[0] if loop is not None else tree.offsets(line)[1], tree.offsets(block)[1]
    reads = _reads(tree, name, begin, end)
    if not reads or loop is not None and not _only_write(tree, name, call, loop):
        return
    value = call.args[0].value
    start, stop = tree.outer_offsets(value)
    old = new if loop is not None else name
    edits = [
        Edit(tree.path, tree.offsets(call)[0], start, f"{new} = {old} {sign} (" if sign else f"{new} = "),
        Edit(tree.path, stop, tree.offsets(call)[1], (")" if sign else "") + f"{tree.newline()}{tree.indent_of(line)}{name}.assign({new})"),
        *(tree.replace(read, new) for read in reads),
    ]
    if loop is not None:
        tf, needed = tree.spell("tensorflow")
        edits += [*needed, tree.line_before(loop, f"{new} = {tf}.convert_to_tensor({name})")]
    yield Fix(CODE, f"go on with the value, not with `{name}`'s state", tuple(edits))


def _filled(tree: Tree, item: cst.Subscript) -> Iterator[Fix]:
    """``path[i].assign(t)`` into a variable that was made to be filled: a list of tensors, stacked when it is full."""
    buffer = Buffer.of(tree, item)
    if buffer is not None and isinstance(buffer.made.value, cst.Call) and tree.qualified(buffer.made.value.func) == "tensorflow.Variable":
        tf, needed = tree.spell("tensorflow")
        yield Fix(CODE, f"collect the values of `{buffer.name}` in a list and stack them", (*buffer.edits(tf), *needed))


def _is_statement(line: cst.CSTNode | None, call: cst.Call) -> bool:
    """Whether the call is a line of its own."""
    alone = isinstance(line, cst.SimpleStatementLine) and len(line.body) == 1 and isinstance(line.body[0], cst.Expr)
    return alone and line.body[0].value is call


def _only_write(tree: Tree, name: str, call: cst.Call, loop: cst.For | cst.While) -> bool:
    """Whether nothing else in the loop writes into the variable."""
    writes = [c for c in tree.walk(cst.Call, loop) if isinstance(c.func, cst.Attribute) and c.func.attr.value in WRITES]
    return [c for c in writes if tree.source(c.func.value) == name] == [call]


def _reads(tree: Tree, name: str, start: int, end: int) -> list[cst.BaseExpression]:
    """Later reads of the variable in the block; writes into it are none."""
    found: list[cst.BaseExpression] = []
    for node in tree.walk((cst.Name, cst.Attribute, cst.Subscript)):
        at = tree.offsets(node)[0]
        parent = tree.parent(node)
        if not start <= at < end or tree.source(node) != name or isinstance(parent, cst.AssignTarget):
            continue
        if isinstance(parent, cst.Attribute) and (parent.value is not node or parent.attr.value in WRITES):
            continue
        if isinstance(parent, cst.Attribute) and parent.attr.value in ("value", "read_value"):
            called = tree.parent(parent)
            found.append(called if isinstance(called, cst.Call) else node)
        elif not isinstance(parent, cst.Arg) or parent.keyword is not node:
            found.append(node)
    return found


def _loop(tree: Tree, line: cst.CSTNode, block: cst.With | cst.FunctionDef) -> cst.For | cst.While | None:
    """The outermost loop inside the block that the line stands in."""
    found = None
    for above in tree.ancestors(line):
        if above is block:
            break
        if isinstance(above, (cst.For, cst.While)):
            found = above
    return found


def _free(tree: Tree, name: str) -> str:
    taken = {n.value for n in tree.walk(cst.Name)}
    return next(n for n in (f"new_{name}", f"new_{name}2", f"new_{name}3") if n not in taken)


