"""A name that stood for a leaf is bound to a value computed from it, and the leaf is lost.

What breaks: after ``w = w - lr * w.grad``, ``w = torch.randn(3, requires_grad=True) * 0.1``, ``x = x.view(1, 3)`` or
``nn.Parameter(...).to(device)`` the name means an intermediate value: its ``.grad`` is None, an optimizer refuses it,
and a second backward pass runs into the freed graph of the first.

Why the fix is right: an update changes the leaf in place under ``torch.no_grad()``; a leaf that is scaled, cast or
reshaped at birth is made a leaf after that, with the same numbers.

When to leave it alone: fast weights and hidden states are meant to be functions of the leafs, and a name that is
bound to a fresh leaf every round is right as it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import libcst as cst

from autofix import leaf_names
from autofix import statements as st
from autofix.leafs import is_parameter, leaf_makers, tracked_text, unleaf
from autofix.model import Break, Edit, Fix
from autofix.tree import Tree, Trees

CODE = "AF204"
OPS = {"leaf:rebound"}
ADVICE = "update the leaf in place under torch.no_grad(); make it a leaf after scaling, casting or reshaping it"

CONVERSIONS = frozenset(
    "to cuda cpu double float half bfloat16 type type_as view reshape view_as flatten unsqueeze squeeze contiguous t clone "
    "transpose permute expand repeat".split()
)
IN_PLACE = {cst.Add: "+=", cst.Subtract: "-=", cst.Multiply: "*=", cst.Divide: "/="}


def mend(break_: Break, trees: Trees) -> Iterator[Fix]:
    tree = trees(break_.span.path)
    node = tree.expression_at(break_.span)
    statement = st.statement_of(tree, node) if node is not None else None
    if node is None:
        return
    pair = st.assigned(statement)
    binding = _Binding(tree, statement, node, pair, break_)
    for title, edits in binding.ways():
        if edits:
            yield Fix(CODE, title, tuple(edits))


def _own_part(tree: Tree, pair, node: cst.BaseExpression):
    """Target and value; of ``a, b = x, y`` the part that the node stands in."""
    target, value = pair
    if isinstance(target, cst.Tuple) and isinstance(value, cst.Tuple) and len(target.elements) == len(value.elements):
        for one, other in zip(target.elements, value.elements):
            if any(around is other for around in (*tree.ancestors(node),)):
                return one.value, other.value
    return pair


class _Binding:
    """The place where the name is bound: ``target = value``, or a part of it."""

    def __init__(self, tree: Tree, statement: cst.CSTNode | None, node: cst.BaseExpression, pair, break_: Break):
        self.tree, self.statement, self.node, self.break_ = tree, statement, node, break_
        self.target, self.value = _own_part(tree, pair, node) if pair is not None else (None, None)
        self.alone = pair is None or self.value is pair[1]
        self.refused = self.target is node
        self.name = st.text(tree, self.target) if self.target is not None else ""
        self.mentions = self.value is not None and any(True for _ in st.occurrences(tree, self.name, self.value))

    def ways(self) -> Iterator[tuple[str, Sequence[Edit]]]:
        if self._is_update():
            yield from self._update()
        elif self.refused:
            yield from self._not_a_parameter()
        elif self.mentions and leaf_names.in_training_loop(self.tree, st.outer(self.tree, self.statement)):
            yield f"keep the leaf `{self.name}`, name what is computed from it", self._computed()
        else:
            if self._only_asked():
                yield f"keep the leaf `{self.name}`, name what is computed from it", self._computed()
            yield "make it a leaf last", self._made_last()
            yield "make it a leaf last", self._moved_here()
            yield from self._retained()

    # -- updates ----------------------------------------------------------------------------------

    def _is_update(self) -> bool:
        whole = self.value if self.value is not None else self.node
        if st.reads_gradient(self.tree, whole):
            return True
        return self.mentions and leaf_names.after_backward(self.tree, self.statement)

    def _update(self) -> Iterator[tuple[str, Sequence[Edit]]]:
        title = f"update `{self.name}` in place"
        if self.mentions and self._is_whole_value() and self.alone:
            yield title, self._in_place()
        if not self.refused and "optimizer" not in {t.how for t in self.break_.targets}:
            yield "a fresh leaf for the new value", self._fresh()

    def _is_whole_value(self) -> bool:
        return self.refused or not any(
            isinstance(a, (cst.ListComp, cst.DictComp, cst.GeneratorExp, cst.SetComp))
            for a in self.tree.ancestors(self.node)
        )

    def _in_place(self) -> Sequence[Edit]:
        group = self._group()
        lines = [self._written_in_place(statement) for statement in group]
        clears = [f"{st.text(self.tree, st.assigned(s)[0])}.grad = None" for s in group if self._must_clear(s)]
        if st.under_no_grad(self.tree, self.statement):
            return [self.tree.replace(st.small(s), line) for s, line in zip(group, lines)] + [
                self.tree.line_after(group[-1], line) for line in reversed(clears)
            ]
        edits = st.in_no_grad(self.tree, group, "\n".join(lines))
        indent = self.tree.newline() + self.tree.indent_of(group[0])
        last = edits[-1]
        return [
            *edits[:-1],
            Edit(last.path, last.start, last.end, last.text + "".join(indent + line for line in clears)),
        ]

    def _group(self) -> list[cst.CSTNode]:
        """This update and those of its kind that follow."""
        group = [self.statement]
        for statement in st.later(self.tree, self.statement):
            pair = st.assigned(statement)
            if pair is None or not st.reads_gradient(self.tree, pair[1], st.text(self.tree, pair[0])):
                break
            group.append(statement)
        return group

    def _written_in_place(self, statement: cst.CSTNode) -> str:
        target, value = st.assigned(statement)
        name = self.tree.source(target)
        if (
            isinstance(value, cst.BinaryOperation)
            and type(value.operator) in IN_PLACE
            and st.text(self.tree, value.left) == st.text(self.tree, target)
        ):
            return f"{name} {IN_PLACE[type(value.operator)]} {self._operand(value.right)}"
        return f"{name}.copy_({self.tree.source(value)})"

    def _operand(self, node: cst.BaseExpression) -> str:
        return self.tree.source(node)

    def _must_clear(self, statement: cst.CSTNode) -> bool:
        """A new tensor had no gradient yet; the leaf that stays still has this round's."""
        target, value = st.assigned(statement)
        name = st.text(self.tree, target)
        if not st.reads_gradient(self.tree, value, name):
            return False
        around = self.tree.enclosing(statement, (cst.For, cst.While)) or st.scope_of(self.tree, statement)
        held = {
            st.text(self.tree, a.value)
            for a in self.tree.walk(cst.Attribute, around)
            if isinstance(a.value, cst.Attribute) and a.attr.value in ("zero_", "data")
        }
        assigned = {st.text(self.tree, a.target) for a in self.tree.walk(cst.AssignTarget, around)}
        return f"{name}.grad" not in held | assigned and not any(
            True for _ in st.calls(self.tree, {"zero_grad"}, around)
        )

    def _fresh(self) -> Sequence[Edit]:
        if self.alone:
            return self._made_fresh(self.node if not self._is_whole_value() or self.value is None else self.value)
        parts = [part.value for part in st.assigned(self.statement)[1].elements]
        return [edit for part in parts if st.reads_gradient(self.tree, part) for edit in self._made_fresh(part)]

    def _made_fresh(self, whole: cst.BaseExpression) -> Sequence[Edit]:
        source = self.tree.source(whole)
        if isinstance(whole, cst.Call) and source.endswith(".detach()"):
            return [self.tree.insert(self.tree.offsets(whole)[1], ".requires_grad_()")]
        return [self._replaced(whole, f"{st.grouped(self.tree, whole)}.detach().requires_grad_()")]

    def _replaced(self, node: cst.BaseExpression, code: str) -> Edit:
        return Edit(self.tree.path, *self.tree.outer_offsets(node), code)

    # -- a leaf that is only asked ----------------------------------------------------------------

    def _only_asked(self) -> bool:
        """A statement of its own computes other numbers from the leaf, and its gradient is read: nothing updates it."""
        if not self.mentions or {t.how for t in self.break_.targets} != {"read"} or not self._changes_numbers(self.value):
            return False
        scope = st.scope_of(self.tree, self.statement)
        for node in self.tree.walk((cst.AugAssign, cst.Assign, cst.Call), scope):
            if isinstance(node, cst.Call):
                changed = node.func.value if isinstance(node.func, cst.Attribute) and node.func.attr.value.endswith("_") else None
            else:
                changed = node.target if isinstance(node, cst.AugAssign) else node.targets[0].target
            if changed is None or not st.after(self.tree, self.statement, node):
                continue
            if st.text(self.tree, changed).removesuffix(".data") == self.name and not st.text(self.tree, node).endswith("requires_grad_()"):
                return False
        return True

    def _changes_numbers(self, value: cst.BaseExpression) -> bool:
        """More than another dtype, device or shape."""
        if isinstance(value, cst.Call) and isinstance(value.func, cst.Attribute) and value.func.attr.value in CONVERSIONS:
            return self._changes_numbers(value.func.value)
        return not isinstance(value, (cst.Name, cst.Attribute, cst.Subscript))

    # -- leafs at birth ---------------------------------------------------------------------------

    def _made_last(self) -> Sequence[Edit]:
        """What makes the leaf moves from inside the expression to around it."""
        whole = self._whole()
        makers = [call for call in leaf_makers(self.tree, whole) if call is not whole]
        if not makers:
            return []
        inner = [edit for call in makers for edit in unleaf(self.tree, call)]
        code = self._applied(whole, inner)
        kind = next((c for c in makers if is_parameter(self.tree, c)), None)
        return [self._replaced(whole, self._as_leaf(whole, code, kind))]

    def _as_leaf(self, whole: cst.BaseExpression, code: str, parameter: cst.Call | None) -> str:
        if parameter is not None:
            return f"{self.tree.source(parameter.func)}({code})"
        return tracked_text(whole, code)

    def _whole(self) -> cst.BaseExpression:
        """The largest expression around the place in which a tensor is computed."""
        whole = self.node
        for around in self.tree.ancestors(self.node):
            if isinstance(around, (cst.BinaryOperation, cst.UnaryOperation, cst.Subscript)):
                whole = around
            elif isinstance(around, cst.Call) and isinstance(around.func, cst.Attribute):
                method = any(one is whole for one in (around.func.value,))
                if not (method or (self.tree.qualified(around.func) or "").startswith("torch.")) or is_parameter(
                    self.tree, around
                ):
                    break
                whole = around
            elif not isinstance(around, (cst.Attribute, cst.Arg)):
                break
        return whole

    def _applied(self, whole: cst.BaseExpression, edits: Sequence[Edit]) -> str:
        start, code = self.tree.offsets(whole)[0], self.tree.source(whole)
        for edit in sorted(edits, key=lambda e: -e.start):
            code = code[: edit.start - start] + edit.text + code[edit.end - start :]
        return code

    def _moved_here(self) -> Sequence[Edit]:
        """The leaf was made in an earlier statement: it becomes one here."""
        if not self.mentions or self.statement is None:
            return []
        for before in self._before():
            pair = st.assigned(before)
            if pair is None or st.text(self.tree, pair[0]) != self.name:
                continue
            makers = list(leaf_makers(self.tree, pair[1]))
            if not makers:
                return []
            kind = next((c for c in makers if is_parameter(self.tree, c)), None)
            inner = [edit for call in makers for edit in unleaf(self.tree, call)]
            made = self._replaced(pair[1], self._applied(pair[1], inner))
            return [made, self._replaced(self.value, self._as_leaf(self.value, self.tree.source(self.value), kind))]
        return []

    def _before(self) -> Iterator[cst.CSTNode]:
        statement: cst.CSTNode | None = self.statement
        while statement is not None:
            yield from st.earlier(self.tree, statement)
            statement = st.outer(self.tree, statement)

    def _retained(self) -> Iterator[tuple[str, Sequence[Edit]]]:
        """Where only its gradient is read, the value may keep it."""
        reads = {t.how for t in self.break_.targets} == {"read"}
        if reads and self.target is not None and not isinstance(self.target, (cst.Tuple, cst.List)):
            line = self.tree.line_after(self.statement, f"{self.tree.source(self.target)}.retain_grad()")
            yield f"keep the gradient of `{self.name}`", [line]

    # -- parameters and loops ---------------------------------------------------------------------

    def _not_a_parameter(self) -> Iterator[tuple[str, Sequence[Edit]]]:
        """A module takes only a parameter in a parameter's place."""
        function = st.function_named(self.tree, self.statement)
        if self.mentions and function not in ("__init__", ""):
            yield f"keep the parameter `{self.name}`, name what is computed from it", self._computed()
        elif self.mentions:
            yield (
                f"change `{self.name}` in place",
                st.in_no_grad(self.tree, [self.statement], self._written_in_place(self.statement)),
            )
        else:
            name, imports = self.tree.spell("torch.nn.Parameter")
            yield (
                "make it a parameter",
                [*imports, self._replaced(self.value, f"{name}({self.tree.source(self.value)})")],
            )

    def _computed(self) -> Sequence[Edit]:
        new = st.fresh_name(self.tree, f"new_{self.name.rsplit('.', 1)[-1]}")
        following = leaf_names.region(self.tree, self.statement, self.name)[1:]
        return [self.tree.replace(self.target, new), *leaf_names.renamed(self.tree, following, self.name, new)]
