"""A leaf that requires a gradient is changed in place.

What breaks: ``x += 1``, ``x[0] = 3``, ``x.clamp_(0)`` on a leaf, or on a view of one, raises "a leaf Variable that
requires grad is being used in an in-place operation". The plain way out, ``x = x + 1``, loses the leaf: ``x.grad``
is then None, since ``x`` names another tensor.

Why the fix is right: what is computed *from* the leaf gets a name of its own, and the leaf keeps its own, with its
gradient. An update of the leaf (a gradient step, a projection after the step, an initialisation) belongs under
``torch.no_grad()``: there it changes the leaf itself and is no part of the function that is differentiated.

When to leave it alone: in-place work on a clone, under ``no_grad`` or through ``.data`` raises nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import libcst as cst

from autofix import effects, leaf_names
from autofix import statements as st
from autofix.leafs import keyword, without_argument
from autofix.model import Break, Edit, Fix
from autofix.tree import Tree, Trees

CODE = "AF202"
OPS = {"leaf:inplace"}
ADVICE = "compute from the leaf under a new name; update the leaf itself under torch.no_grad()"

PREFIXES = dict.fromkeys(("+", "-", "add_", "sub_"), "shifted") | dict.fromkeys(("*", "/", "mul_", "div_"), "scaled")


def mend(break_: Break, trees: Trees) -> Iterator[Fix]:
    tree = trees(break_.span.path)
    node = next(iter(tree.nodes_at(break_.span)), None)
    statement = st.statement_of(tree, node) if node is not None else None
    if statement is None:
        return
    if isinstance(node, cst.Call) and (flag := keyword(node, "inplace")) is not None:
        yield Fix(CODE, "not in place", (without_argument(tree, node, flag),))
        return
    written = _written(statement, node)
    base = None if written is None else _leaf_of(tree, written, break_)
    if base is None:
        return
    write = _Write(tree, statement, base, node)
    if write.is_update():
        yield Fix(CODE, f"update `{write.name}` under torch.no_grad()", st.in_no_grad(tree, write.group()))
        return
    if edits := write.computed():
        yield Fix(CODE, f"keep the leaf `{write.name}`, name what is computed from it", edits)
    yield Fix(CODE, f"change `{write.name}` under torch.no_grad()", st.in_no_grad(tree, write.group()))


def _written(statement: cst.CSTNode, node: cst.CSTNode) -> cst.BaseExpression | None:
    """What an in-place statement changes, subscripts included."""
    one = st.small(statement)
    if isinstance(one, cst.AugAssign):
        return one.target
    pair = st.assigned(statement)
    if pair is not None and isinstance(pair[0], cst.Subscript) and not isinstance(node, cst.Call):
        return pair[0]
    call = node if isinstance(node, cst.Call) else one.value if isinstance(one, cst.Expr) else None
    if isinstance(call, cst.Call) and isinstance(call.func, cst.Attribute) and call.func.attr.value.endswith("_"):
        return call.func.value
    return None


def _leaf_of(tree: Tree, written: cst.BaseExpression, break_: Break) -> cst.BaseExpression | None:
    """The tensor that is written to: the name, or an item where the name means a list or dict of leafs."""
    root = _root(written)
    if root is None or root is written:
        return root
    items = any(target.name.startswith(tree.source(root) + "[") for target in break_.targets)
    while items and isinstance(written, cst.Subscript) and written.value is not root:
        written = written.value
    return written if items else root


def _root(node: cst.BaseExpression) -> cst.BaseExpression | None:
    while isinstance(node, cst.Subscript):
        node = node.value
    return node if isinstance(node, (cst.Name, cst.Attribute)) else None


class _Write:
    """One in-place write to a leaf, and what surrounds it."""

    def __init__(self, tree: Tree, statement: cst.CSTNode, base: cst.BaseExpression, node: cst.CSTNode):
        self.tree, self.statement, self.node = tree, statement, node
        self.name = st.text(tree, base)
        self.scope = st.scope_of(tree, statement)

    # -- an update, or a part of the function? ----------------------------------------------------

    def is_update(self) -> bool:
        """Whether the leaf itself is to change: a gradient step, a projection after it, its first values."""
        if st.reads_gradient(self.tree, self.statement) or leaf_names.after_backward(self.tree, self.statement):
            return True
        function = st.function_named(self.tree, self.statement)
        if function == "__init__" or "init" in function.lower() or "reset" in function.lower():
            return True
        call = self.node if isinstance(self.node, cst.Call) else None
        if call is not None and isinstance(call.func, cst.Attribute) and call.func.attr.value in effects.OVERWRITES:
            return True
        if self._is_parameter():
            return not any(True for _ in self._loads(self._region(self._anchor())))
        return self._are_first_values()

    def _are_first_values(self) -> bool:
        """Before any training, on a leaf that is then trained: by an optimizer, by hand, or by who gets it returned."""
        following = self._region(self._anchor())[1:]
        if isinstance(st.outer(self.tree, self.statement), (cst.For, cst.While)) and st.differentiates(
            self.tree, st.outer(self.tree, self.statement)
        ):
            return False
        held = {self.name}
        for statement in following:
            one = st.small(statement)
            if (pair := st.assigned(statement)) is not None and self._lists(pair[1]):
                held.add(st.text(self.tree, pair[0]))
            if isinstance(one, cst.Return) and not any(st.differentiates(self.tree, s) for s in following):
                given = one.value.elements if isinstance(one.value, cst.Tuple) else ()
                return self.name in {
                    st.text(self.tree, v) for v in (*(e.value for e in given), one.value) if v is not None
                }
            if any("optim" in (self.tree.qualified(c.func) or "") for c in self._calls_with(held, statement)):
                return True
            if isinstance(statement, (cst.For, cst.While)) and self._is_trained_in(statement):
                return True
        return False

    def _lists(self, value: cst.BaseExpression) -> bool:
        """Whether this is a list with the leaf itself in it."""
        items = value.elements if isinstance(value, (cst.List, cst.Tuple)) else ()
        return any(st.text(self.tree, item.value) == self.name for item in items)

    def _calls_with(self, names: set[str], statement: cst.CSTNode) -> Iterator[cst.Call]:
        for call in self.tree.walk(cst.Call, statement):
            if any(True for name in names for _ in st.occurrences(self.tree, name, call)):
                yield call

    def _is_trained_in(self, loop: cst.CSTNode) -> bool:
        if not st.differentiates(self.tree, loop):
            return False
        changed = (a.target for a in self.tree.walk(cst.AugAssign, loop))
        return any(st.text(self.tree, _root(t) or t) in (self.name, self.name + ".data") for t in changed)

    def group(self) -> Sequence[cst.CSTNode]:
        """The statement with the writes of its kind that follow."""
        statements = [self.statement]
        for following in st.later(self.tree, self.statement):
            base = _written(following, following) if self._is_plain_write(following) else None
            base = None if base is None else _root(base)
            if base is None:
                break
            if not st.reads_gradient(self.tree, following) and not self._writes(following):
                break
            if st.text(self.tree, base).endswith(".grad"):
                break
            statements.append(following)
        return statements

    def _is_plain_write(self, statement: cst.CSTNode) -> bool:
        one = st.small(statement)
        return isinstance(one, (cst.AugAssign, cst.Expr, cst.Assign))

    # -- a part of the function -------------------------------------------------------------------

    def computed(self) -> tuple[Edit, ...]:
        """The edits that give the changed value a name, from here to where the name is bound anew."""
        if isinstance(self.node, cst.Call) and not isinstance(st.small(self.statement), cst.Expr):
            return self._called_within()
        view = self._viewed()
        if view is not None:
            binding, leaf = view
            region = self._region(binding, leaf)
            if any(True for _ in self._loads(region[1:], leaf)):
                new = st.fresh_name(self.tree, f"changed_{_last(leaf)}")
                return (self.tree.line_before(binding, f"{new} = {leaf}.clone()"), *self._renamed(region, leaf, new))
            return self._rewritten(self.name, self._region(self.statement), first=False)
        if self._is_parameter() and not st.reads_gradient(self.tree, self.scope, self.name):
            return self._rewritten(self.name, self._region(self._anchor()), first=True)
        return self._rewritten(self._new_name(), self._region(self._anchor()), first=True)

    def _called_within(self) -> tuple[Edit, ...]:
        """``y = x.clamp_(0)``: the result is the value, out of place."""
        method = self.node.func.attr
        pair = st.assigned(self.statement)
        edits = [self.tree.replace(method, method.value[:-1])]
        if pair is not None and isinstance(pair[0], cst.Name) and pair[1] is self.node:
            edits += leaf_names.renamed(self.tree, self._region(self.statement)[1:], self.name, pair[0].value)
        return tuple(edits)

    def _rewritten(self, new: str, region: Sequence[cst.CSTNode], first: bool) -> tuple[Edit, ...]:
        """Every write in the region out of place, every later load by the new name."""
        tree, anchor = self.tree, region[0]
        writes = [s for s in self._lines(region) if self._writes(s)]
        items = any(self._is_item(s) for s in writes)
        edits: list[Edit] = []
        known = not first
        if first and items:
            edits.append(tree.line_before(anchor, f"{new} = {self.name}.clone()"))
            known = True
        elif first and anchor is not self.statement and new != self.name:
            edits.append(tree.line_before(anchor, f"{new} = {self.name}"))
            known = True
        for write in writes:
            if not self._is_item(write):
                edits += self._out_of_place(write, new, known)
                known = True
        skipped = set() if items else {self.statement} if anchor is self.statement and first else set()
        if new != self.name:
            edits += self._renamed(
                [s for s in region if s not in skipped], self.name, new, [w for w in writes if not self._is_item(w)]
            )
        return tuple(edits)

    def _writes(self, statement: cst.CSTNode) -> bool:
        """Whether a statement changes this leaf, or a part of it, in place."""
        written = _written(statement, statement)
        while isinstance(written, cst.Subscript) and st.text(self.tree, written) != self.name:
            written = written.value
        return written is not None and st.text(self.tree, written) == self.name

    def _is_item(self, statement: cst.CSTNode) -> bool:
        """Whether it writes to a part of the leaf, or in a way that has no twin out of place."""
        written, one = _written(statement, statement), st.small(statement)
        call = one.value if isinstance(one, cst.Expr) else None
        fills = isinstance(call, cst.Call) and call.func.attr.value in effects.OVERWRITES
        return st.text(self.tree, written) != self.name or fills or isinstance(one, cst.Assign)

    def _out_of_place(self, statement: cst.CSTNode, new: str, known: bool) -> list[Edit]:
        one = st.augmented(statement)
        source = new if known else self.name
        if one is not None:
            code = st.written_out(self.tree, one, new, source)
            if known and new != self.name:
                code = self._with_name(one.value, new, code)
            return [self.tree.replace(one, code)]
        call = st.small(statement).value
        arguments = self.tree.text[self.tree.offsets(call.func)[1] : self.tree.offsets(call)[1]]
        return [self.tree.replace(call, f"{new} = {source}.{call.func.attr.value[:-1]}{arguments}")]

    def _with_name(self, value: cst.BaseExpression, new: str, code: str) -> str:
        """The written-out line with the new name also in the operand."""
        operand = self.tree.source(value)
        renamed = operand
        start = self.tree.offsets(value)[0]
        for node in sorted(st.occurrences(self.tree, self.name, value), key=lambda n: -self.tree.offsets(n)[0]):
            if not leaf_names.means_leaf(self.tree, node):
                low, high = self.tree.offsets(node)
                renamed = renamed[: low - start] + new + renamed[high - start :]
        head, _, tail = code.rpartition(operand)
        return head + renamed + tail

    def _renamed(self, region, old: str, new: str, without: Sequence[cst.CSTNode] = ()) -> list[Edit]:
        inside = {id(node) for statement in without for node in self.tree.walk(cst.CSTNode, statement)}
        return [self.tree.replace(node, new) for node in self._loads(region, old) if id(node) not in inside]

    def _loads(self, region, name: str = "") -> Iterator[cst.BaseExpression]:
        """Where the region means the value, not the leaf."""
        name = name or self.name
        for statement in region:
            own = statement is self.statement and name == self.name
            for node in st.occurrences(self.tree, name, statement):
                if not leaf_names.means_leaf(self.tree, node) and not (own and not self._is_item(self.statement)):
                    yield node

    # -- where ------------------------------------------------------------------------------------

    def _anchor(self) -> cst.CSTNode:
        """The statement, or the outermost block around it that belongs to the same round and binds nothing."""
        statement = self.statement
        while (around := st.outer(self.tree, statement)) is not None:
            loops = isinstance(around, (cst.For, cst.While)) and st.differentiates(self.tree, around)
            if loops or st.binds(self.tree, around, self.name):
                return statement
            statement = around
        return statement

    def _region(self, anchor: cst.CSTNode, name: str = "") -> list[cst.CSTNode]:
        return leaf_names.region(self.tree, anchor, name or self.name)

    def _lines(self, region) -> Iterator[cst.CSTNode]:
        for statement in region:
            yield from self.tree.walk(cst.SimpleStatementLine, statement)

    def _is_parameter(self) -> bool:
        params = self.scope.params if isinstance(self.scope, cst.FunctionDef) else None
        return params is not None and any(p.name.value == self.name for p in (*params.params, *params.kwonly_params))

    def _viewed(self) -> tuple[cst.CSTNode, str] | None:
        """Where the written name was bound to a view of another name, and which."""
        for before in st.earlier(self.tree, self.statement):
            pair = st.assigned(before)
            if pair is None or st.text(self.tree, pair[0]) != self.name:
                continue
            value = pair[1]
            while (
                isinstance(value, (cst.Subscript, cst.Call))
                or isinstance(value, cst.Attribute)
                and value.attr.value in ("T", "mT")
            ):
                value = (
                    value.func.value
                    if isinstance(value, cst.Call) and isinstance(value.func, cst.Attribute)
                    else getattr(value, "value", None)
                )
            made = (
                isinstance(value, (cst.Name, cst.Attribute))
                and value is not pair[1]
                and self.tree.qualified(value) is None
            )
            return (before, st.text(self.tree, value)) if made else None
        return None

    def _new_name(self) -> str:
        one = st.augmented(self.statement)
        method = (
            self.node.func.attr.value
            if isinstance(self.node, cst.Call) and isinstance(self.node.func, cst.Attribute)
            else ""
        )
        prefix = PREFIXES.get(st.OPERATORS[type(one.operator)] if one is not None else method, "changed")
        return st.fresh_name(self.tree, f"{prefix}_{_last(self.name)}")


def _last(name: str) -> str:
    """The last identifier of a name: ``w`` of ``self.w``, ``params["w"]``; ``params`` of ``params[0]``."""
    return re.findall(r"[A-Za-z_]\w*", name)[-1]
