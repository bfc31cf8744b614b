"""A hook on a gradient gives back zeros.

What breaks: what ``register_hook`` returns takes the gradient's place. A hook that was to look at a gradient, and
returns ``torch.zeros_like(grad)`` or ``grad * 0`` besides, leaves nothing for all that the tensor was computed from.

Why the fix is right: a hook that returns nothing leaves the gradient as it is. What else it does (keep a norm, print)
stays; a hook that does nothing else goes.

When to leave it alone: a parameter that is held still by a hook of its own while others learn, masks, reversals: there
some gradient is left, or nobody misses it.
"""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from autofix import statements as st
from autofix.model import Break, Edit, Fix
from autofix.tree import Tree, Trees

CODE = "AF307"
OPS = {"hook:zero"}
ADVICE = "let the hook return nothing, so that the gradient stays as it is"

ZEROS = frozenset(["zeros_like", "zeros", "new_zeros", "zero_"])
PRODUCTS = frozenset(["mul", "mul_", "multiply"])


def mend(break_: Break, trees: Trees) -> Iterator[Fix]:
    tree = trees(break_.span.path)
    node = tree.expression_at(break_.span)
    hook = node.args[0].value if isinstance(node, cst.Call) and node.args else None
    if hook is None:
        return
    function = hook if isinstance(hook, cst.Lambda) else _named(tree, hook)
    if isinstance(function, cst.FunctionDef) and (edits := _without_answer(tree, function)):
        yield Fix(CODE, f"let `{function.name.value}` leave the gradient as it is", edits)
    elif function is not None and all(_is_zero(tree, value) for value in _answers(tree, function)):
        yield Fix(CODE, "take the hook out", _taken_out(tree, node, hook))


def _named(tree: Tree, hook: cst.BaseExpression) -> cst.FunctionDef | None:
    """The function of the file that the name of a hook means."""
    last = hook.attr if isinstance(hook, cst.Attribute) else hook
    name = last.value if isinstance(last, cst.Name) else ""
    return next((f for f in tree.walk(cst.FunctionDef) if f.name.value == name), None)


def _answers(tree: Tree, function: cst.FunctionDef | cst.Lambda) -> list[cst.BaseExpression]:
    if isinstance(function, cst.Lambda):
        return [function.body]
    return [r.value for r in tree.walk(cst.Return, function) if r.value is not None]


def _without_answer(tree: Tree, function: cst.FunctionDef) -> tuple[Edit, ...]:
    """The returns of zeros taken out; nothing where the hook says anything else, or does nothing else."""
    returns = [r for r in tree.walk(cst.Return, function) if r.value is not None]
    if not all(_is_zero(tree, r.value) for r in returns) or isinstance(function.body, cst.SimpleStatementSuite):
        return ()
    lines = [tree.enclosing(r, cst.SimpleStatementLine) for r in returns]
    does_more = any(one not in lines and not _is_text(one) for one in function.body.body)
    return tuple(tree.delete_statement(line) for line in lines if line is not None) if does_more else ()


def _is_text(statement: cst.CSTNode) -> bool:
    """A docstring."""
    one = st.small(statement)
    return isinstance(one, cst.Expr) and isinstance(one.value, cst.BaseString)


def _is_zero(tree: Tree, value: cst.BaseExpression) -> bool:
    """Whether an answer is made of zeros, by the source."""
    if isinstance(value, cst.Tuple):
        return all(_is_zero(tree, element.value) for element in value.elements)
    if isinstance(value, cst.Call):
        called = value.func.attr if isinstance(value.func, cst.Attribute) else value.func
        name = called.value if isinstance(called, cst.Name) else ""
        if name in ("tuple", "list") and value.args and isinstance(value.args[0].value, (cst.GeneratorExp, cst.ListComp)):
            return _is_zero(tree, value.args[0].value.elt)
        return name in ZEROS or name in PRODUCTS and any(_is_nought(tree, arg.value) for arg in value.args)
    product = isinstance(value, cst.BinaryOperation) and isinstance(value.operator, cst.Multiply)
    return product and any(_is_nought(tree, side) for side in (value.left, value.right))


def _is_nought(tree: Tree, node: cst.BaseExpression) -> bool:
    return tree.source(node) in ("0", "0.0", "0.")


def _taken_out(tree: Tree, node: cst.Call, hook: cst.BaseExpression) -> tuple[Edit, ...]:
    """The registration's statement, or, where its handle is kept, the hook's answer."""
    statement = st.statement_of(tree, node)
    alone = isinstance(small := st.small(statement), cst.Expr) and small.value is node
    if alone:
        return (tree.delete_statement(statement),)
    return (tree.replace(hook, "lambda *gradients: None"),)
