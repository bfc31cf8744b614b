"""An array or variable that is filled item by item, as a list of tensors that is stacked once it is full.

``out = np.zeros(n)`` … ``out[i] = t`` … becomes ``out = []`` … ``out.append(t)`` … ``out = tf.stack(out)``. Items that
are written in another order than they stand in, or not all of them, would give other numbers: whoever uses this proves
by running that it does not.
"""

from __future__ import annotations

from dataclasses import dataclass

import libcst as cst

from autofix.model import Edit
from autofix.tapes import statement_of
from autofix.tree import Tree


@dataclass(frozen=True)
class Write:
    """``out[key] = value`` or ``out[key].assign(value)``, a line of its own; ``item`` is ``out[key]``."""

    line: cst.SimpleStatementLine
    item: cst.Subscript
    value: cst.BaseExpression


class Buffer:
    """A buffer that a name or attribute holds, with all that is written into it."""

    def __init__(self, tree: Tree, made: cst.Assign, writes: list[Write]):
        self.tree, self.made, self.writes = tree, made, writes
        self.name = tree.source(made.targets[0].target)

    @staticmethod
    def of(tree: Tree, item: cst.CSTNode | None) -> Buffer | None:
        """The buffer that an item (``out[i]``) belongs to; None where it is used otherwise."""
        name = tree.source(item.value) if isinstance(item, cst.Subscript) else ""
        scope = tree.enclosing(item, cst.FunctionDef) or tree.module if name else None
        made = [s for s in tree.walk(cst.Assign, scope) if len(s.targets) == 1 and tree.source(s.targets[0].target) == name] if scope else []
        if len(made) != 1:
            return None
        items = [n for n in tree.walk(cst.Subscript, scope) if tree.source(n.value) == name]
        writes = [write for n in items if (write := _write(tree, n)) is not None]
        others = [n for n in items if isinstance(tree.parent(n), (cst.AugAssign, cst.AssignTarget)) and all(n is not w.item for w in writes)]
        buffer = Buffer(tree, made[0], writes)
        return buffer if writes and not others and buffer._end() is not None and buffer._joined("") else None

    def edits(self, tf: str) -> list[Edit]:
        """``tf``: how the file spells ``tensorflow``."""
        tree, end = self.tree, self._end()
        edits = [tree.replace(self.made.value, "[]"), tree.line_after(end, f"{self.name} = {self._joined(tf)}")]
        for write in self.writes:
            start, stop = tree.outer_offsets(write.value)
            edits.append(Edit(tree.path, tree.offsets(write.line)[0], start, f"{self.name}.append("))
            edits.append(Edit(tree.path, stop, tree.offsets(write.line.body[0])[1], ")"))
        return edits

    def _end(self) -> cst.CSTNode | None:
        """The statement beside the buffer's birth that holds the last write."""
        block = self.tree.parent(statement_of(self.tree, self.made))
        above = [self.writes[-1].line, *self.tree.ancestors(self.writes[-1].line)]
        return next((n for n in above if self.tree.parent(n) is block), None)

    def _joined(self, tf: str) -> str:
        """The whole of the list, in the shape that the buffer had; empty where the keys do not tell."""
        keys = [[element.slice for element in write.item.slice] for write in self.writes]
        plain = [[isinstance(k, cst.Index) for k in key] for key in keys]
        if all(p == [True] for p in plain):
            return f"{tf}.stack({self.name})"
        if all(p == [False, True] and _is_all(key[0]) for p, key in zip(plain, keys)):
            return f"{tf}.stack({self.name}, axis=1)"
        shape = self._shape()
        return f"{tf}.reshape({tf}.stack({self.name}), {shape})" if shape and all(p == [True, True] for p in plain) else ""

    def _shape(self) -> str:
        made = self.made.value
        while isinstance(made, cst.Call) and made.args and isinstance(made.args[0].value, cst.Call):
            made = made.args[0].value  # tf.Variable(tf.zeros(...))
        if not isinstance(made, cst.Call) or not made.args:
            return ""
        text = self.tree.text[slice(*self.tree.outer_offsets(made.args[0].value))]
        return f"{text}.shape" if self.tree.source(made.func).endswith("_like") else text


def _write(tree: Tree, item: cst.Subscript) -> Write | None:
    """What is written into an item, where that is all that its line does."""
    line, parent = statement_of(tree, item), tree.parent(item)
    if not isinstance(line, cst.SimpleStatementLine) or len(line.body) != 1:
        return None
    statement = line.body[0]
    if isinstance(parent, cst.AssignTarget) and isinstance(statement, cst.Assign) and len(statement.targets) == 1:
        return Write(line, item, statement.value) if statement.targets[0] is parent else None
    call = statement.value if isinstance(statement, cst.Expr) else None
    if isinstance(call, cst.Call) and isinstance(call.func, cst.Attribute) and call.func.value is item and len(call.args) == 1:
        return Write(line, item, call.args[0].value) if call.func.attr.value == "assign" else None
    return None


def _is_all(key: cst.BaseSlice) -> bool:
    return isinstance(key, cst.Slice) and key.lower is None and key.upper is None and key.step is None
