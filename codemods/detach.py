"""A tensor is detached on its way to the loss.

What breaks: ``.detach()``, ``.data`` and ``Variable(t)`` give a tensor with the same numbers and no history, and
``nn.Parameter(t)`` makes a new leaf of it. Whatever made the tensor gets no gradient from what is computed after.

Why the fix is right: without the call the same numbers flow on, and their history with them. A ``requires_grad_()``
that was put on the detached tensor to silence the error goes too: it made a new leaf that nobody trains. Where
another optimizer's loss uses the same tensor (a GAN's discriminator step), that use keeps a detach of its own.

When to leave it alone: where nothing starves. Targets of a DQN, a GAN's discriminator step, a moving average,
a logged value, truncated backpropagation: there the detach is the point, and autofix does not report it.
"""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from autofix import effects
from autofix.model import Break, Edit, Fix
from autofix.region.calls import Calls
from autofix.region.facts import Facts
from autofix.region.imports import tidied
from autofix.region.names import Names
from autofix.tables.patch import Overlap
from autofix.tree import Tree, Trees, dotted
from autofix.unwrap import unwrapped

CODE = "AF101"
OPS = {
    *effects.STOPS,
    "torch.Tensor.detach_",
    "torch.detach_",
    "torch.autograd.Variable",
    "torch.nn.Parameter",
}
ADVICE = "keep the tensor in the graph on its way to the loss; detach a copy for what must not be trained"
_SUFFIXES = ("detach", "detach_", "requires_grad_")
_FUNCTIONS = (
    "torch.detach",
    "torch.detach_",
    "torch.Tensor.detach",
    "torch.autograd.Variable",
    "torch.autograd.variable.Variable",
    "torch.nn.Parameter",
    "torch.nn.parameter.Parameter",
)
_MOST_USES = 4


def mend(break_: Break, trees: Trees) -> Iterator[Fix]:
    tree = trees(break_.span.path)
    node = tree.expression_at(break_.span)
    if node is None or _leaves_torch(break_):
        return
    edits = _mapped(tree, node) or _without(tree, node)
    if not edits:
        return
    title = f"remove `{_shown(tree, node)}`"
    if calls := _calls_of_stop(tree, break_, node):
        pairs = [(call, call.args[0].value) for call in calls]
        yield Fix(CODE, f"remove `{tree.source(calls[0].func)}`", tidied(tree, unwrapped(tree, *pairs)))
    for spared in _spared(tree, break_, node) if _other_roots(tree, break_) else ():
        note = tuple(e for use in spared for e in tree.wrap(use, "", ".detach()") if e.text)
        yield Fix(CODE, f"{title}; detach for the other loss", tidied(tree, (*edits, *note)))
    yield Fix(CODE, title, tidied(tree, edits))


def _leaves_torch(break_: Break) -> bool:
    """Whether the detached value goes on as numpy's, which the numpy codemod sees to as a whole."""
    return any(step.on_path and step.own and step.op.startswith(effects.ENTERS_NUMPY) for step in break_.steps)


def _other_roots(tree: Tree, break_: Break) -> bool:
    """Whether a loss that others are trained by holds the same value."""
    nodes = [tree.expression_at(span) for span in break_.related if span.path == tree.path]
    return any(isinstance(n, cst.Call) and dotted(n.func).rpartition(".")[2] in ("backward", "grad") for n in nodes)


def inside(tree: Tree, node: cst.CSTNode | None) -> cst.BaseExpression | None:
    """The tensor of ``t.detach()``, ``t.data``, ``torch.detach(t)``, ``Variable(t)``, ``Parameter(t)``."""
    if isinstance(node, cst.Attribute):
        return node.value if node.attr.value == "data" and tree.qualified(node) is None else None
    if not isinstance(node, cst.Call):
        return None
    origin = tree.qualified(node.func)
    if origin is None:
        method = isinstance(node.func, cst.Attribute) and node.func.attr.value in _SUFFIXES
        return node.func.value if method else None
    first = node.args[0] if node.args else None
    given = first is not None and not first.star and (first.keyword is None or first.keyword.value in ("data", "input"))
    return first.value if given and origin in _FUNCTIONS else None


def _without(tree: Tree, node: cst.BaseExpression) -> tuple[Edit, ...]:
    """The edits that take out the node and the stops next to it, a ``clone`` between them kept."""
    if inside(tree, node) is None:
        return ()
    pairs: list[tuple[cst.BaseExpression, cst.BaseExpression]] = []
    at: cst.BaseExpression | None = _outermost(tree, node)
    while at is not None:
        start = at
        while (inner := inside(tree, at)) is not None:
            at = inner
        if at is not start:
            pairs.append((start, at))
        at = _cloned(at)
    if (line := _all_idle(tree, pairs)) is not None:
        return (tree.delete_statement(line),)
    try:
        return unwrapped(tree, *pairs)
    except Overlap:
        return unwrapped(tree, (node, inside(tree, node)))


def _all_idle(tree: Tree, pairs: list) -> cst.SimpleStatementLine | None:
    """The statement ``h, c = h.detach(), c.detach()``, which says nothing once its stops are gone."""
    values, statement = tree.parent(tree.parent(pairs[0][0])), tree.enclosing(pairs[0][0], cst.Assign)
    if (
        not isinstance(values, cst.Tuple)
        or statement is None
        or statement.value is not values
        or len(statement.targets) != 1
    ):
        return None
    targets, line = statement.targets[0].target, tree.parent(statement)
    if not isinstance(targets, cst.Tuple) or len(targets.elements) != len(values.elements) or len(line.body) != 1:
        return None
    inner = [inside(tree, element.value) for element in values.elements]
    same = all(i is not None and tree.source(i) == tree.source(t.value) for i, t in zip(inner, targets.elements))
    return line if same else None


def _cloned(node: cst.CSTNode) -> cst.BaseExpression | None:
    """The tensor of ``t.clone()``."""
    if isinstance(node, cst.Call) and isinstance(node.func, cst.Attribute) and node.func.attr.value == "clone":
        return node.func.value
    return None


def _outermost(tree: Tree, node: cst.BaseExpression) -> cst.BaseExpression:
    """The last of the stops (and clones) that are put directly on one another."""
    best = node
    for above in tree.ancestors(node):
        if inside(tree, above) is not None:
            best = above
        elif not isinstance(above, (cst.Arg, cst.Attribute)) and _cloned(above) is None:
            return best
    return best


def _mapped(tree: Tree, node: cst.BaseExpression) -> tuple[Edit, ...]:
    """``map(torch.detach, ts)`` gives way to ``ts``, also where the names are that it is unpacked into."""
    unpacked = tree.enclosing(node, cst.Assign) if isinstance(node, (cst.Tuple, cst.List)) else None
    for call in tree.walk(cst.Call, unpacked or node):
        if dotted(call.func) == "map" and len(call.args) == 2 and tree.qualified(call.args[0].value) in _FUNCTIONS:
            return unwrapped(tree, (call, call.args[1].value))
    return ()


def _shown(tree: Tree, node: cst.BaseExpression) -> str:
    inner = inside(tree, node)
    if inner is None:
        return " ".join(tree.source(node).split())
    kept = tree.text[tree.outer_offsets(inner)[1] : tree.offsets(node)[1]].strip()
    return kept if kept.startswith(".") else f"{tree.source(node.func)}()" if isinstance(node, cst.Call) else kept


# -- a value that two losses share ---------------------------------------------------------------------


def _spared(tree: Tree, break_: Break, node: cst.BaseExpression) -> Iterator[list[cst.BaseExpression]]:
    """The uses of the value that go to the other loss: those off the path first, then every other guess."""
    names = Names(tree)
    facts, uses = Facts(tree, break_), _uses(names, Calls(names), _outermost(tree, node))
    off = [use for use in uses if _is_off(tree, facts, use)]
    guesses = [off] if off else []
    if len(uses) <= _MOST_USES:
        guesses += [[use] for use in uses] + [[u for u in uses if u is not use] for use in uses]
    known: list[list[cst.BaseExpression]] = []
    for guess in guesses:
        if guess and guess not in known:
            known.append(guess)
            yield guess


def _uses(names: Names, calls: Calls, node: cst.BaseExpression, depth: int = 3) -> list[cst.BaseExpression]:
    """The uses of the name that a value is bound to, also where a function returns it."""
    tree, parent = names.tree, names.tree.parent(node)
    if isinstance(parent, (cst.Assign, cst.AnnAssign, cst.NamedExpr)):
        bound = [b for b in names.all() if b.place is parent and b.kind == "assign"]
        return [use for b in bound for use in names.uses(b)]
    if isinstance(parent, cst.Return) and depth:
        function = tree.enclosing(parent, (cst.FunctionDef, cst.Lambda))
        return [use for call in calls.sites(function) for use in _uses(names, calls, call, depth - 1)]
    return []


def _is_off(tree: Tree, facts: Facts, use: cst.BaseExpression) -> bool:
    """Whether the first step that this use is part of does not lead to the target's loss."""
    for above in tree.ancestors(use):
        if above in facts.on:
            return False
        if above in facts.off:
            return all(step.op.startswith("torch.") for step in facts.off[above])
        if isinstance(above, cst.BaseSmallStatement):
            return False
    return False


def _calls_of_stop(tree: Tree, break_: Break, node: cst.BaseExpression) -> list[cst.Call]:
    """The calls through which a target is lost, of a helper that does nothing but detach, and serves others too."""
    function = tree.enclosing(node, (cst.FunctionDef, cst.Lambda))
    body = tree.parent(node) if isinstance(function, cst.FunctionDef) else function
    if function is None or not isinstance(body, (cst.Return, cst.Lambda)) or len(function.params.params) != 1:
        return []
    calls = [c for c in Calls(Names(tree)).sites(function) if len(c.args) == 1 and not c.args[0].star]
    led = [call for call in calls if tree.span(call) in break_.related]
    return led if len(led) < len(calls) else []
