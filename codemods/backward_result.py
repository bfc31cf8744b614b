"""``backward()`` returns None: its result is no gradient, and without the parentheses it is not even called.

What breaks: ``g = loss.backward()`` makes ``g`` None; the gradients are in the leafs' ``.grad``. ``loss.backward`` alone
on a line does nothing at all, and the optimizer steps without gradients.

Why the fix is right: the call is made, and the names get the gradients that the program then uses them for.

When to leave it alone: an engine of one's own whose ``backward`` returns something.
"""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from autofix import statements as st
from autofix.model import Break, Edit, Fix
from autofix.tree import Tree, Trees

CODE = "AF206"
OPS = {"backward:result", "backward:not-called"}
ADVICE = "call loss.backward() as a statement and read the gradients from the leafs' .grad"


def mend(break_: Break, trees: Trees) -> Iterator[Fix]:
    tree = trees(break_.span.path)
    node = tree.expression_at(break_.span)
    if node is None:
        return
    if break_.op == "backward:not-called":
        yield Fix(CODE, f"call `{tree.source(node)}()`", (tree.insert(tree.offsets(node)[1], "()"),))
        return
    statement = st.statement_of(tree, node)
    pair = st.assigned(statement)
    if pair is None or not isinstance(node, cst.Call) or not isinstance(node.func, cst.Attribute):
        return
    for edits in _Result(tree, statement, node, pair[0], break_).ways():
        yield Fix(CODE, "`backward()` gives None: take the gradients themselves", edits)


class _Result:
    """``names = root.backward(...)``."""

    def __init__(self, tree: Tree, statement: cst.CSTNode, call: cst.Call, target: cst.BaseExpression, break_: Break):
        self.tree, self.statement, self.call, self.target, self.break_ = tree, statement, call, target, break_
        elements = target.elements if isinstance(target, (cst.Tuple, cst.List)) else ()
        self.names = [st.text(tree, element.value) for element in elements] or [st.text(tree, target)]
        function = (tree.qualified(call.func) or "") == "torch.autograd.backward" and bool(call.args)
        self.root = tree.source(call.args[0].value if function else call.func.value)

    def ways(self) -> Iterator[tuple[Edit, ...]]:
        several = isinstance(self.target, (cst.Tuple, cst.List))
        if self.root == self.tree.source(self.call.func.value) and self._is_the_loss():
            yield self._split()
        leafs = [self._updated_with(name) for name in self.names]
        if not several and leafs == [None]:
            group = self._zipped(self.names[0])
            if group:
                yield self._as_gradients(group)
            leafs = self._only_leaf()
        if leafs and all(leafs):
            if all(self._mentions_gradient(leaf) for leaf in leafs):
                values = ", ".join(f"{leaf}.grad" for leaf in leafs)
                names = self.tree.source(self.target)
                yield self._lines([self.tree.source(self.call), f"{names} = {values}"])
            elif several:
                yield self._as_gradients(f"({', '.join(leafs)})")
            else:
                yield self._as_gradients(f"{leafs[0]}", "[0]")

    def _lines(self, lines: list[str]) -> tuple[Edit, ...]:
        indent = self.tree.newline() + self.tree.indent_of(self.statement)
        return (self.tree.replace(st.small(self.statement), indent.join(lines)),)

    def _as_gradients(self, leafs: str, item: str = "") -> tuple[Edit, ...]:
        name, imports = self.tree.spell("torch.autograd.grad")
        return (*imports, self.tree.replace(self.call, f"{name}({self.root}, {leafs}){item}"))

    def _is_the_loss(self) -> bool:
        """The name is used as the loss afterwards, not as a gradient."""
        if isinstance(self.target, (cst.Tuple, cst.List)):
            return False
        reads = [n for s in st.later(self.tree, self.statement) for n in st.occurrences(self.tree, self.names[0], s)]
        parents = [self.tree.parent(node) for node in reads]
        return any(
            isinstance(p, cst.Attribute) and p.attr.value in ("item", "detach", "data", "backward") for p in parents
        )

    def _split(self) -> tuple[Edit, ...]:
        name = self.tree.source(self.target)
        if self.root == name:
            return self._lines([self.tree.source(self.call)])
        rest = self.tree.text[self.tree.offsets(self.call.func.value)[1] : self.tree.offsets(self.call)[1]]
        return self._lines([f"{name} = {self.root}", name + rest.lstrip(") \n")]) if rest.startswith(".") else ()

    def _updated_with(self, name: str) -> str | None:
        """The tensor that is stepped along this gradient: ``w`` of ``w -= lr * g``, ``w = w - lr * g``, ``w.sub_(lr * g)``."""
        for node in self.tree.walk((cst.AugAssign, cst.Assign, cst.Call), st.scope_of(self.tree, self.statement)):
            if not st.after(self.tree, self.statement, node):
                continue
            changed, value = _step(node)
            if changed is None or not any(True for _ in st.occurrences(self.tree, name, value)):
                continue
            leaf = st.text(self.tree, changed).removesuffix(".data")
            if any(t.name.rsplit(".", 1)[-1] == leaf.rsplit(".", 1)[-1] for t in self.break_.targets):
                return leaf
        return None

    def _zipped(self, name: str) -> str:
        """The parameters that go with the gradients in ``zip(params, grads)``."""
        for call in st.calls(self.tree, {"zip"}, st.scope_of(self.tree, self.statement)):
            values = [arg.value for arg in call.args]
            if len(values) == 2 and name in [st.text(self.tree, v) for v in values]:
                other = next(v for v in values if st.text(self.tree, v) != name)
                code = self.tree.source(other)
                if isinstance(other, cst.Tuple) and not code.startswith("("):
                    return f"({code})"
                return f"list({code})" if isinstance(other, cst.Call) else code
        return ""

    def _only_leaf(self) -> list[str]:
        names = [target.name for target in self.break_.targets]
        used = {
            st.text(self.tree, n)
            for n in self.tree.walk((cst.Name, cst.Attribute), st.scope_of(self.tree, self.statement))
        }
        last = names[0].rsplit(".", 1)[-1]
        for name in (names[0], f"self.{last}") if len(names) == 1 else ():
            if name in used:
                return [name]
        return []

    def _mentions_gradient(self, leaf: str) -> bool:
        """``leaf.grad`` holds this round's gradient alone: there are no rounds, or the program clears it itself."""
        around = self.tree.enclosing(self.statement, (cst.For, cst.While, cst.FunctionDef))
        if around is None:
            return True
        return any(
            a.attr.value == "grad" and st.text(self.tree, a.value) == leaf
            for a in self.tree.walk(cst.Attribute, around)
        ) or any(True for _ in st.calls(self.tree, {"zero_grad"}, around))


def _step(node: cst.CSTNode) -> tuple[cst.CSTNode | None, cst.CSTNode]:
    if isinstance(node, cst.AugAssign):
        return node.target, node.value
    if isinstance(node, cst.Assign):
        return node.targets[0].target, node.value
    if isinstance(node.func, cst.Attribute) and node.func.attr.value.endswith("_"):
        return node.func.value, node
    return None, node
