"""From changes to edits: small replacements on the unchanged source.

A ``Patch`` collects the edits of one file. Nodes are handed in from the inside out; text that several
nodes put at one offset then nests as the nodes do.
"""

from __future__ import annotations

import re
from itertools import pairwise

import libcst as cst

from autofix.model import Edit
from autofix.tables import (
    Append,
    Around,
    Call,
    Change,
    Changes,
    Delete,
    Function,
    InsertAfter,
    Keyword,
    Operate,
    Rename,
    Replace,
    Suffix,
    Unwrap,
    Whole,
    Wrap,
)
from autofix.tree import Tree

_OPERATORS = (
    cst.BinaryOperation,
    cst.UnaryOperation,
    cst.BooleanOperation,
    cst.Comparison,
    cst.IfExp,
    cst.Lambda,
    cst.NamedExpr,
    cst.GeneratorExp,
)


LOOSE = (cst.BinaryOperation, cst.UnaryOperation, cst.BooleanOperation, cst.Comparison, cst.IfExp, cst.Integer)
"""What an attribute does not bind to as a whole."""


class Overlap(Exception):
    """Two changes want different text for the same characters."""


class Patch:
    """The edits of one file, collected from the inside out."""

    def __init__(self, tree: Tree):
        self.tree = tree
        self._before: dict[int, str] = {}
        self._after: dict[int, str] = {}
        self._replaced: dict[tuple[int, int], str] = {}
        self._imports: set[Edit] = set()

    def before(self, offset: int, text: str) -> None:
        """Text in front of what starts here; a later call goes further out."""
        self._before[offset] = text + self._before.get(offset, "")

    def after(self, offset: int, text: str) -> None:
        """Text behind what ends here; a later call goes further out."""
        self._after[offset] = self._after.get(offset, "") + text

    def replace(self, start: int, end: int, text: str) -> None:
        if self._replaced.setdefault((start, end), text) != text:
            raise Overlap(self.tree.text[start:end])

    def wrap(self, node: cst.CSTNode, before: str, after: str) -> None:
        start, end = self.tree.outer_offsets(node)
        self.before(start, self.spelled(before))
        self.after(end, self.spelled(after))

    def spelled(self, text: str) -> str:
        """``torch.x`` (``tensorflow.x``) as this file's imports write it; asks for the import where there is none."""
        return re.sub(r"(?<![\w.])(torch|tensorflow)\.(?=[a-z])", lambda m: self.spell(m[1]) + ".", text)

    def spell(self, origin: str) -> str:
        name, needed = self.tree.spell(origin)
        self._imports.update(needed)
        return name

    def edits(self) -> tuple[Edit, ...]:
        """All edits, in order, none touching another. Raises ``Overlap``."""
        path, found = self.tree.path, []
        covered = sorted(self._replaced)
        for (_, end), (later, _) in pairwise(covered):
            if later < end:
                raise Overlap(self.tree.text[later:end])
        points = {*self._before, *self._after}
        for at in points:
            if any(s < at < e for s, e in covered):
                raise Overlap(self.tree.text[at : at + 20])
        starts = {s: (s, e) for s, e in covered}
        ends = {e for _, e in covered}
        for start, end in covered:
            text = self._before.get(start, "") + self._replaced[start, end] + self._after.get(end, "")
            lead = self._after.get(start, "") if start not in ends else ""
            found.append(Edit(path, start, end, lead + text))
        for at in points:
            text = ("" if at in ends else self._after.get(at, "")) + self._before.get(at, "")
            if at not in starts and text:
                found.append(Edit(path, at, at, text))
        return tuple(sorted((*found, *self._imports)))

    # -- changes of one use -----------------------------------------------------------------------

    def apply(self, node: cst.BaseExpression, arguments: dict[str, cst.CSTNode], changes: Changes) -> None:
        """Write the changes of one use; ``arguments`` gives for each parameter its ``Arg`` or receiver."""
        _Writer(self, node, arguments).write(changes)

    def unwrap(self, node: cst.BaseExpression, inner: cst.BaseExpression, suffix: bool = False) -> None:
        """Leave only ``inner`` of ``node``, in parentheses where its place asks for them."""
        start, end = self.tree.offsets(node)
        inner_start, inner_end = self.tree.outer_offsets(inner)
        bound = suffix or _binds(self.tree.parent(node), node)
        if self._spare_parentheses(inner, bound or bool(node.lpar)):
            inner_start, inner_end = self.tree.offsets(inner)
        needed = isinstance(inner, _OPERATORS) and not inner.lpar and bound
        needed = needed and (suffix or not node.lpar)
        left, right = ("(", ")") if needed else ("", "")
        if not needed and not node.lpar and not inner.lpar and "\n" in self.tree.text[start:end] and self._open(node):
            head, tail = self.tree.text[start:inner_start], self.tree.text[inner_end:end]
            left = "(" + head.partition("(")[2]
            right = tail.rpartition(")")[0].replace(",", "", 1) + ")"
        self._swap(start, inner_start, left, self.before)
        self._swap(inner_end, end, right, self.after)

    def _swap(self, start: int, end: int, text: str, insert) -> None:
        if start < end:
            self.replace(start, end, text)
        elif text:
            insert(start, text)

    def _spare_parentheses(self, inner: cst.BaseExpression, bound: bool) -> bool:
        """Whether the parentheses around ``inner`` say nothing once it stands alone."""
        start, end = self.tree.outer_offsets(inner)
        if bound or len(inner.lpar) != 1 or isinstance(inner, (cst.Tuple, cst.GeneratorExp, cst.NamedExpr, cst.Yield)):
            return False
        return "\n" not in self.tree.text[start:end] and start not in self._before and end not in self._after

    def _open(self, node: cst.CSTNode) -> bool:
        """Whether a line break here would end the statement."""
        for above in self.tree.ancestors(node):
            if isinstance(above, (cst.Call, cst.Subscript, cst.List, cst.Set, cst.Dict, cst.Element)):
                return False
            if getattr(above, "lpar", ()):
                return False
            if isinstance(above, (cst.BaseSmallStatement, cst.BaseCompoundStatement)):
                return True
        return True


def _binds(parent: cst.CSTNode | None, node: cst.CSTNode) -> bool:
    """Whether a bare operator in this place would be read differently."""
    if isinstance(parent, (cst.BinaryOperation, cst.UnaryOperation, cst.Comparison, cst.ComparisonTarget)):
        return True
    if isinstance(parent, (cst.Attribute, cst.Subscript)):
        return parent.value is node
    return isinstance(parent, cst.Call) and parent.func is node


class _Writer:
    """The changes of one use, written into its file's patch."""

    def __init__(self, patch: Patch, node: cst.BaseExpression, arguments: dict[str, cst.CSTNode]):
        self.patch, self.tree, self.node, self.arguments = patch, patch.tree, node, arguments

    def write(self, changes: Changes) -> None:
        appended = [c.text for c in changes if isinstance(c, Append)]
        deleted = {c.parameter for c in changes if isinstance(c, Delete)}
        unwrapped = next((c for c in changes if isinstance(c, Unwrap)), None)
        whole = next((c for c in changes if isinstance(c, Whole)), None)
        suffix = "".join(c.text for c in changes if isinstance(c, Suffix))
        if whole:
            self.patch.replace(*self.tree.offsets(self.node), self.patch.spelled(whole.text))
            return
        for change in sorted(changes, key=lambda c: isinstance(c, Keyword)):
            self._one(change)
        for change in changes:
            if isinstance(change, Function):
                self._function(change.to, bool(appended))
        if unwrapped:
            self.patch.unwrap(self.node, self._value(unwrapped.parameter), bool(suffix))
        elif isinstance(self.node, cst.Call):
            self._arguments(deleted, appended)
        for operate in (c for c in changes if isinstance(c, Operate)):
            self._operate(self.patch.spelled(operate.text))
        if suffix:
            self.patch.after(self.tree.offsets(self.node)[1], self.patch.spelled(suffix))
        for change in changes:
            if isinstance(change, Around):
                self.patch.before(self.tree.offsets(self.node)[0], self.patch.spelled(change.before))
                self.patch.after(self.tree.offsets(self.node)[1], self.patch.spelled(change.after))

    def _one(self, change: Change) -> None:
        match change:
            case Rename(to):
                self._rename(to)
            case Keyword(parameter, name):
                self._keyword(self.arguments[parameter], name)
            case Wrap(parameter, before, after):
                value = self._value(parameter)
                loose = after.startswith(".") and not before and not value.lpar and isinstance(value, LOOSE)
                self.patch.wrap(value, "(" * loose + before, ")" * loose + after)
            case Replace(parameter, text):
                start, end = self.tree.outer_offsets(self._value(parameter))
                self.patch.replace(start, end, self.patch.spelled(text))
            case InsertAfter(parameter, text):
                self._insert_after(parameter, text)
            case Call(arguments):
                self.patch.after(self.tree.offsets(self.node)[1], f"({arguments})")

    def _operate(self, text: str) -> None:
        start, end = self.tree.offsets(self.node)
        bare = not self.node.lpar and _binds(self.tree.parent(self.node), self.node)
        if bare:
            self.patch.before(start, "(")
        self.patch.after(end, text + ")" * bare)

    def _value(self, parameter: str) -> cst.BaseExpression:
        """The expression of an argument; ``a.0`` is the first element of the list ``a``."""
        name, *path = parameter.split(".")
        node = self.arguments[name]
        value = node.value if isinstance(node, cst.Arg) else node
        for step in path:
            value = value.elements[int(step)].value
        return value

    def _rename(self, to: str) -> None:
        func = self.node.func if isinstance(self.node, cst.Call) else self.node
        if "." in to:
            self.patch.replace(*self.tree.offsets(func), self.patch.spelled(to))
        elif isinstance(func, cst.Attribute) and func.attr.value != to:
            self.patch.replace(*self.tree.offsets(func.attr), to)

    def _function(self, to: str, more: bool) -> None:
        """``a.sum(0)`` → ``to(a, 0)``, ``a.T`` → ``to(a)``."""
        call = self.node if isinstance(self.node, cst.Call) else None
        attribute = call.func if call is not None else self.node
        start, end = self.tree.outer_offsets(attribute.value)
        self.patch.before(start, self.patch.spelled(to) + "(")
        if call is None:
            self.patch.replace(end, self.tree.offsets(attribute)[1], ")")
            return
        begin = self.tree.outer_offsets(call.args[0].value)[0] if call.args else self.tree.offsets(call)[1] - 1
        if call.args and call.args[0].keyword is not None:
            begin = self.tree.offsets(call.args[0].keyword)[0]
        self.patch.replace(end, begin, ", " if call.args or more else "")

    def _keyword(self, arg: cst.CSTNode, name: str) -> None:
        if arg.keyword is None:
            self.patch.before(self.tree.outer_offsets(arg.value)[0], f"{name}=")
        elif arg.keyword.value != name:
            self.patch.replace(*self.tree.offsets(arg.keyword), name)

    def _insert_after(self, parameter: str, text: str) -> None:
        node = self.arguments[parameter]
        if isinstance(node, cst.Arg):
            self.patch.after(self.tree.outer_offsets(node.value)[1], ", " + self.patch.spelled(text))
            return
        args = self.node.args
        at = self.tree.outer_offsets(args[0].value)[0] if args else self.tree.offsets(self.node)[1] - 1
        self.patch.before(at, text + (", " if args else ""))

    def _arguments(self, deleted: set[str], appended: list[str]) -> None:
        """Take arguments out and put new ones behind the last."""
        args = list(self.node.args)
        out = [any(self.arguments.get(p) is a for p in deleted) for a in args]
        new = self.patch.spelled(", ".join(appended))
        kept = [k for k, gone in enumerate(out) if not gone]
        for k, gone in enumerate(out):
            if gone and kept and k < kept[-1]:
                self.patch.replace(self._start(args[k]), self._start(args[k + 1]), "")
        last = kept[-1] if kept else None
        if last is None:
            if args and any(out):
                self.patch.replace(self._start(args[0]), self._end(args[-1]), new)
            elif new:
                self.patch.after(self.tree.offsets(self.node)[1] - 1, new)
        elif last < len(args) - 1:
            self.patch.replace(self._end(args[last]), self._end(args[-1]), ", " + new if new else "")
        elif new:
            self.patch.after(self._end(args[last]), ", " + new)

    def _start(self, arg: cst.Arg) -> int:
        return self.tree.offsets(arg.keyword)[0] if arg.keyword else self._star(arg)

    def _star(self, arg: cst.Arg) -> int:
        start = self.tree.outer_offsets(arg.value)[0]
        return start - len(arg.star) if arg.star else start

    def _end(self, arg: cst.Arg) -> int:
        return self.tree.outer_offsets(arg.value)[1]
