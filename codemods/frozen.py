"""Parameters that are to be trained are frozen.

What breaks: ``requires_grad_(False)`` was called for something else (an input's gradient, the other network's step) and
never taken back, or it froze more than it should; ``module.requires_grad = True`` sets an attribute that nothing looks
at; ``nn.Embedding.from_pretrained`` freezes unless it is told not to. No gradient comes, often without a word.

Why the fix is right: the program hands these parameters to an optimizer of their own, says that they are to move, or
dies because nothing is left to train. The flag changes no number of the forward pass.

When to leave it alone: a frozen backbone, a perceptual loss, an adapter, gradual thawing: there something else is
trained, and autofix does not report the frozen part.
"""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from autofix import statements as st
from autofix.leafs import keyword, with_argument, without_argument
from autofix.model import Break, Edit, Fix, Span
from autofix.tree import Tree, Trees

CODE = "AF207"
OPS = {"leaf:frozen", "module:flag"}
ADVICE = "call requires_grad_(True) on the modules that are to be trained, once what they were frozen for is done"


def mend(break_: Break, trees: Trees) -> Iterator[Fix]:
    tree = trees(break_.span.path)
    node = tree.expression_at(break_.span)
    if node is None:
        return
    if break_.op == "module:flag":
        yield from _flag(tree, node)
    elif isinstance(node, cst.Call) and tree.source(node.func).endswith(".from_pretrained"):
        yield Fix(CODE, "do not freeze the pretrained vectors", (with_argument(tree, node, "freeze", "False"),))
    elif isinstance(node, cst.Call) and (flag := keyword(node, "requires_grad")) and tree.source(flag.value) == "False":
        yield Fix(CODE, "this parameter is to be trained", (without_argument(tree, node, flag),))
    else:
        for span in break_.related:
            yield from _not_at_all(tree, node, span)
        for span in break_.related:
            yield from _before_optimizer(trees(span.path), span)
        in_step, after_use = _before_step(trees, break_), _at_the_end(tree, node)
        for fixes in (after_use, in_step) if _lends(tree, node, break_) else (in_step, after_use):
            yield from fixes


def _lends(tree: Tree, node: cst.BaseExpression, break_: Break) -> bool:
    """The freeze stands in a function of its own, which no training step is part of: there it ends."""
    function = tree.enclosing(node, cst.FunctionDef)
    return function is not None and not any(
        span.path == tree.path and tree.span(function).contains(span) for span in break_.related
    )


def _flag(tree: Tree, node: cst.BaseExpression) -> Iterator[Fix]:
    statement = st.statement_of(tree, node)
    if st.assigned(statement) is not None and isinstance(node, cst.Attribute):
        start, end = tree.outer_offsets(node.value)[1], tree.offsets(st.small(statement))[1]
        yield Fix(
            CODE,
            "`requires_grad_(True)` reaches the module's parameters",
            (Edit(tree.path, start, end, ".requires_grad_(True)"),),
        )


def _not_at_all(tree: Tree, node: cst.BaseExpression, span: Span) -> Iterator[Fix]:
    """Take the freeze out: it stands before the optimizer that is given the same module, and nothing uses it between."""
    optimizer, statement = _optimizer(tree, span), st.statement_of(tree, node)
    small = st.small(statement)
    if optimizer is None or not isinstance(small, cst.Expr) or small.value is not node or tree.path != span.path:
        return
    module = _frozen_module(tree, node)
    made = st.statement_of(tree, optimizer)
    following = st.later(tree, statement)
    if module is None or made not in following or _given(tree, optimizer) != [module]:
        return
    if not any(tuple(st.occurrences(tree, module, between)) for between in following[: following.index(made)]):
        yield Fix(CODE, f"do not freeze `{module}`", (tree.delete_statement(statement),))


def _optimizer(tree: Tree, span: Span) -> cst.Call | None:
    """The call that makes an optimizer there."""
    call = tree.expression_at(span)
    made = isinstance(call, cst.Call) and "optim" in (tree.qualified(call.func) or "")
    return call if made and st.statement_of(tree, call) is not None else None


def _given(tree: Tree, optimizer: cst.Call) -> list[str]:
    """The modules whose parameters it is given."""
    calls = (c for c in st.calls(tree, {"parameters"}, optimizer) if isinstance(c.func, cst.Attribute))
    return list(dict.fromkeys(tree.source(call.func.value) for call in calls))


def _before_optimizer(tree: Tree, span: Span) -> Iterator[Fix]:
    """Thaw what the optimizer is given, where it is given."""
    call = _optimizer(tree, span)
    if call is None:
        return
    modules, statement = _given(tree, call), st.statement_of(tree, call)
    edits = tuple(tree.line_before(statement, f"{module}.requires_grad_(True)") for module in modules)
    if edits:
        yield Fix(CODE, f"train {', '.join(f'`{module}`' for module in modules)} again", edits)


def _before_step(trees: Trees, break_: Break) -> Iterator[Fix]:
    """Thaw what the optimizer is given where its own step begins: behind another optimizer's step in the same block."""
    optimizers = [(span, call) for span in break_.related if (call := _optimizer(trees(span.path), span)) is not None]
    for span in break_.related if optimizers else ():
        made, call = optimizers[0]
        tree = trees(span.path)
        statement = st.statement_of(tree, root) if (root := tree.expression_at(span)) is not None else None
        if statement is None or not st.differentiates(tree, statement):
            continue
        others = [one for one in st.earlier(tree, statement) if any(st.calls(tree, {"step"}, one))]
        before = st.later(tree, others[0])[0] if others else st.block_of(tree, statement)[0]
        for module in _given(trees(made.path), call):
            line = f"{module}.requires_grad_(True)"
            yield Fix(CODE, f"train `{module}` again in its own step", (tree.line_before(before, line),))


def _at_the_end(tree: Tree, node: cst.BaseExpression) -> Iterator[Fix]:
    """Take the freeze back at the end of the function that made it."""
    statement = st.statement_of(tree, node)
    function = tree.enclosing(node, cst.FunctionDef)
    module = _frozen_module(tree, node)
    if module is None or function is None or not isinstance(function.body, cst.IndentedBlock):
        return
    last = function.body.body[-1]
    line = f"{module}.requires_grad_(True)"
    if last is statement:
        return
    ends = isinstance(st.small(last), cst.Return)
    yield Fix(
        CODE,
        f"train `{module}` again afterwards",
        (tree.line_before(last, line) if ends else tree.line_after(last, line),),
    )


def _frozen_module(tree: Tree, node: cst.BaseExpression) -> str | None:
    """``net`` of ``net.requires_grad_(False)`` or of ``for p in net.parameters(): p.requires_grad = False``."""
    loop = tree.enclosing(node, cst.For)
    held = (
        node.func.value
        if isinstance(node, cst.Call) and isinstance(node.func, cst.Attribute)
        else getattr(node, "value", None)
    )
    if held is None:
        return None
    if loop is None or st.text(tree, loop.target) != st.text(tree, held):
        return tree.source(held)
    source = loop.iter
    if (
        isinstance(source, cst.Call)
        and isinstance(source.func, cst.Attribute)
        and source.func.attr.value == "parameters"
    ):
        return tree.source(source.func.value)
    return None
