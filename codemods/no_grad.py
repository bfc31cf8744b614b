"""Gradient mode is off where the loss is computed.

What breaks: under ``torch.no_grad()``, ``torch.inference_mode()`` or ``torch.set_grad_enabled(False)`` results
have no history. A forward pass or a loss in such a block, in a function decorated with one, or after a switch that
was never put back, gives a loss that ``backward()`` refuses, or parameters that silently get no gradient.

Why the fix is right: these modes change no number. What leads to the loss moves out of the block; what is beside
it (metrics, a moving average, a teacher's targets) stays inside. A block or decorator that nothing else needs goes.
A switch that was never put back becomes a block around what it was meant for.

When to leave it alone: evaluation, inference, updates by hand, targets, moving averages: nothing starves there.
"""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from autofix.layout import Layout, lines_of, put_into
from autofix.model import Break, Edit, Fix
from autofix.region.imports import tidied
from autofix.tree import Tree, Trees, dotted
from autofix.unwrap import unwrapped

CODE = "AF105"
OPS = {"torch.no_grad"}
ADVICE = "compute the loss, and all that leads to it, where gradient mode is on"

_IDLE_METHODS = frozenset(
    """
    item tolist append extend insert update items values keys get pop add zero_grad step backward train eval format join
    split strip lower upper startswith to cuda cpu float double long int bool half view reshape squeeze unsqueeze size dim
    numel detach clone copy setdefault write flush info debug log
    """.split()
)
_IDLE_NAMES = frozenset(
    """
    print len range float int str bool round zip enumerate min max sum isinstance list tuple dict set sorted reversed abs
    format getattr hasattr
    """.split()
)
_MADE = frozenset(
    "zeros ones full arange linspace rand randn randint tensor as_tensor from_numpy eye empty randperm".split()
)
_COMPOUND = (cst.For, cst.While, cst.If, cst.With, cst.Try)
_DEFINED = (cst.FunctionDef, cst.ClassDef)


def mend(break_: Break, trees: Trees) -> Iterator[Fix]:
    tree = trees(break_.span.path)
    node = tree.expression_at(break_.span)
    if node is None:
        return
    at = _Switch(tree, break_, node)
    for title, edits in at.fixes():
        if edits:
            yield Fix(CODE, title, tidied(tree, edits))


class _Switch:
    """One place that turns gradient mode off, and the places that lead from it to the loss."""

    def __init__(self, tree: Tree, break_: Break, node: cst.BaseExpression):
        self.tree, self.node = tree, node
        self.led = [span for span in break_.related if span.path == tree.path]
        self.tensors = [s.span for s in break_.steps if s.span.path == tree.path and s.output.kind == "tensor"]
        self.shown = " ".join(tree.source(node).split())

    def fixes(self) -> Iterator[tuple[str, tuple[Edit, ...]]]:
        item = next((n for n in self._around() if isinstance(n, cst.WithItem) and n.item is self.node), None)
        if item is not None:
            yield from self._of_block(item)
        elif isinstance(self.tree.parent(self.node), cst.Decorator):
            yield f"remove `@{self.shown}`", (self._without_decorator(self.tree.parent(self.node)),)
        elif dotted(_func(self.node)).endswith(("set_grad_enabled", "__enter__", "enter_context")):
            yield from self._of_call()
        else:
            yield from self._of_wrapper()

    def _around(self) -> Iterator[cst.CSTNode]:
        yield from self.tree.ancestors(self.node)

    # -- what must leave, what must stay ----------------------------------------------------------

    def leads(self, statement: cst.CSTNode) -> bool:
        """Whether what reaches the loss is computed here."""
        where = self.tree.span(statement)
        return not isinstance(statement, _DEFINED) and any(where.contains(span) for span in self.led)

    def needs_mode(self, statement: cst.CSTNode) -> bool:
        """Whether it would do something else, or keep a graph alive, with gradient mode on."""
        if isinstance(statement, _DEFINED):
            return False
        where = self.tree.span(statement)
        inside = [span for span in self.tensors if where.contains(span)]
        if inside or any(not _counts(node) for node in self.tree.walk(cst.AugAssign, statement)):
            return True
        return any(not self._is_idle(call) for call in self.tree.walk(cst.Call, statement))

    def _is_idle(self, call: cst.Call) -> bool:
        origin = self.tree.qualified(call.func)
        if origin is not None:
            return origin.startswith(("torch.", "numpy.", "math.")) and origin.rsplit(".", 1)[-1] in _MADE
        if isinstance(call.func, cst.Attribute):
            return call.func.attr.value in _IDLE_METHODS
        return isinstance(call.func, cst.Name) and call.func.value in _IDLE_NAMES

    # -- with torch.no_grad(): --------------------------------------------------------------------

    def _of_block(self, item: cst.WithItem) -> Iterator[tuple[str, tuple[Edit, ...]]]:
        block = self.tree.parent(item)
        if isinstance(block.body, cst.SimpleStatementSuite):
            yield f"remove `with {self.shown}`", self._one_line(block, item)
            return
        if _is_not(self.node):
            argument = self.node.args[0].value
            edit = self.tree.replace(argument, self.tree.source(argument.expression))
            yield f"turn the switch of `{self.shown}` round", (edit,)
        layout = Layout(self.tree, block, item)
        stays = self._sorted_out(block.body, layout)
        if stays and layout.moved:
            yield f"take what leads to the loss out of `with {self.shown}`", layout.edits()
        whole = Layout(self.tree, block, item)
        whole.out(block.body.body)
        yield f"remove `with {self.shown}`", whole.edits()

    def _sorted_out(self, body: cst.IndentedBlock, layout: Layout) -> bool:
        """Put each statement in or out of the block; whether any stays."""
        stays, run, out = False, [], None
        for statement in body.body:
            if self.leads(statement):
                if out is False:
                    layout.stay(run)
                elif run:
                    layout.out(run)
                run, out = [], True
                stays = self._compound(statement, layout) or stays
            elif self.needs_mode(statement):
                if out is not False and run and out is True:
                    layout.out(run)
                    run = []
                run, out, stays = [*run, statement], False, True
            else:
                run.append(statement)
        if out is False:
            layout.stay(run)
        else:
            layout.out(run)
        return stays

    def _compound(self, statement: cst.CSTNode, layout: Layout) -> bool:
        """A statement that leads to the loss goes out; parts of its blocks may stay."""
        layout.out([statement])
        stays = False
        for body in _blocks(statement) if isinstance(statement, _COMPOUND) else ():
            if isinstance(body, cst.IndentedBlock) and any(self.leads(inner) for inner in body.body):
                stays = self._sorted_out(body, layout) or stays
            elif isinstance(body, cst.IndentedBlock) and any(self.needs_mode(inner) for inner in body.body):
                layout.stay(list(body.body))
                stays = True
        return stays

    def _one_line(self, block: cst.With, item: cst.WithItem) -> tuple[Edit, ...]:
        if len(block.items) > 1:
            return (Layout(self.tree, block, item).without_item(),)
        start = self.tree.offsets(block)[0]
        return (Edit(self.tree.path, start, self.tree.offsets(block.body.body[0])[0], ""),)

    # -- decorators, calls ------------------------------------------------------------------------

    def _without_decorator(self, decorator: cst.Decorator) -> Edit:
        first, last = lines_of(self.tree, decorator)
        return Edit(self.tree.path, self.tree.offset(first, 0), self.tree.offset(last + 1, 0), "")

    def _of_call(self) -> Iterator[tuple[str, tuple[Edit, ...]]]:
        statement = self.tree.parent(self.node)
        line = self.tree.parent(statement)
        alone = isinstance(statement, cst.Expr) and isinstance(line, cst.SimpleStatementLine) and len(line.body) == 1
        if alone:
            kept = self._meant(line)
            if kept:
                yield f"a block in place of `{self.shown}`", put_into(self.tree, line, kept, self._mode_name())
            yield f"remove `{self.shown}`", (self.tree.delete_statement(line),)
        if dotted(_func(self.node)).endswith("set_grad_enabled") and len(self.node.args) == 1:
            yield f"leave gradient mode on at `{self.shown}`", (self.tree.replace(self.node.args[0].value, "True"),)

    def _mode_name(self) -> str:
        func = dotted(_func(self.node))
        return func.replace("set_grad_enabled", "no_grad") + "()" if func.endswith("set_grad_enabled") else ""

    def _meant(self, line: cst.CSTNode) -> list[cst.CSTNode]:
        """What follows a switch in its function and is not on the way to the loss: what it was meant for."""
        body = self.tree.parent(line)
        function = self.tree.enclosing(line, cst.FunctionDef)
        if (
            function is None
            or not isinstance(body, cst.IndentedBlock)
            or any(self.leads(s) for s in function.body.body)
        ):
            return []
        if not self._mode_name() or any(self._restores(s) for s in body.body if s is not line):
            return []
        after = list(body.body)[list(body.body).index(line) + 1 :]
        kept = [k for k, statement in enumerate(after) if self.needs_mode(statement)]
        return after[kept[0] : kept[-1] + 1] if kept else []

    def _restores(self, statement: cst.CSTNode) -> bool:
        return any(dotted(c.func).endswith("set_grad_enabled") for c in self.tree.walk(cst.Call, statement))

    def _of_wrapper(self) -> Iterator[tuple[str, tuple[Edit, ...]]]:
        """``encode = torch.no_grad()(encode)``."""
        for call in self.tree.walk(cst.Call):
            made = call.func
            origin = self.tree.qualified(made.func) or "" if isinstance(made, cst.Call) else ""
            if origin.endswith(("no_grad", "inference_mode")) and len(call.args) == 1:
                yield f"remove `{self.tree.source(made)}`", unwrapped(self.tree, (call, call.args[0].value))


def _is_not(node: cst.BaseExpression) -> bool:
    """``set_grad_enabled(not train)``."""
    if not isinstance(node, cst.Call) or len(node.args) != 1 or not dotted(node.func).endswith("set_grad_enabled"):
        return False
    value = node.args[0].value
    return isinstance(value, cst.UnaryOperation) and isinstance(value.operator, cst.Not)


def _counts(node: cst.AugAssign) -> bool:
    """``n += 1``, ``total += loss.item()``: numbers, whatever the mode."""
    value = node.value
    if isinstance(value, (cst.Integer, cst.Float)):
        return True
    return isinstance(value, cst.Call) and dotted(value.func).rpartition(".")[2] in (
        "item",
        "float",
        "len",
        "size",
        "numel",
    )


def _func(node: cst.CSTNode) -> cst.CSTNode | None:
    """The function of a call, ``a.b`` also where ``a`` is no name: ``torch.no_grad().__enter__``."""
    if not isinstance(node, cst.Call):
        return None
    if isinstance(node.func, cst.Attribute) and isinstance(node.func.value, cst.Call):
        return node.func.attr
    return node.func


def _blocks(statement: cst.CSTNode) -> Iterator[cst.BaseSuite]:
    """The blocks of a compound statement, its else and except parts included."""
    for child in statement.children:
        if isinstance(child, cst.BaseSuite):
            yield child
        elif isinstance(child, (cst.If, cst.Else, cst.ExceptHandler, cst.Finally)):
            yield from _blocks(child)
