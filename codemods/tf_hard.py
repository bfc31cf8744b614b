"""Rounding, thresholds and argmax on the way to the loss.

What breaks: ``tf.round``, ``tf.sign`` and ``tf.floor`` have the derivative zero, ``x > c``, ``tf.argmax`` and casts to
whole numbers have none. What lies before them never learns.

Why the fix is right: it is a choice, and therefore unsafe. A rounding keeps its value and lets the gradient of its
argument pass (straight-through); a threshold becomes a sigmoid, an argmax the expected index under a softmax. The share
of wrong guesses becomes the cross-entropy of the scores.

When to leave it alone: accuracies, masks and decisions beside the loss.
"""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from autofix.model import Break, Edit, Fix, Safety
from autofix.tapes import is_path, statement_of
from autofix.tree import Tree, Trees

CODE = "AF518"
ROUNDING = frozenset({"tf.round", "tf.sign", "tf.floor", "tf.math.ceil", "tf.math.rint"})
OPS = {*ROUNDING, "tf.greater", "tf.greater_equal", "tf.less", "tf.less_equal", "tf.argmax", "tf.argmin", "tf.cast", "tf.math.top_k"}
ADVICE = "use a differentiable surrogate: straight-through for a rounding, a sigmoid for a threshold, a softmax for argmax"
FUNCTIONS = {"greater": 1, "greater_equal": 1, "less": -1, "less_equal": -1}
SIGNS = {cst.GreaterThan: 1, cst.GreaterThanEqual: 1, cst.LessThan: -1, cst.LessThanEqual: -1}


def mend(break_: Break, trees: Trees) -> Iterator[Fix]:
    tree = trees(break_.span.path)
    node = tree.expression_at(break_.span)
    if node is None:
        return
    name, needed = tree.spell("tensorflow")
    if break_.op in ROUNDING and isinstance(node, cst.Call) and len(node.args) == 1:
        yield from _straight_through(tree, node, name, needed)
    elif _compared(node) is not None:
        yield from _threshold(tree, node, name, needed)
    elif break_.op == "tf.cast" and isinstance(node, cst.Call) and node.args:
        above = tree.parent(tree.parent(node))
        if isinstance(above, cst.Call) and _last(above.func) == "cast":
            yield _fix("keep the decimals", (tree.replace(above, tree.source(node.args[0].value)),), "the decimals are no longer cut off")
        elif len(node.args) > 1:
            edits = (tree.replace(node.args[1].value, f"{name}.float32"), *needed)
            yield _fix("keep the decimals", edits, "the decimals are no longer cut off")
    elif break_.op == "tf.argmax" and isinstance(node, cst.Call) and node.args:
        yield from _as_loss(tree, node, name, needed)
        if is_path(node.args[0].value):
            yield from _soft_choice(tree, node, name, needed)


def _straight_through(tree: Tree, node: cst.Call, name: str, needed) -> Iterator[Fix]:
    """``tf.round(x)`` → ``x + tf.stop_gradient(tf.round(x) - x)``; what is not to be computed twice gets a name first."""
    inner, edits = node.args[0].value, list(needed)
    value, rounded = tree.source(inner), tree.source(node)
    if not _is_simple(tree, inner):
        line = statement_of(tree, node)
        later = any(isinstance(n, (cst.Lambda, cst.BaseComp, cst.IfExp, cst.BooleanOperation)) for n in tree.ancestors(node))
        if not isinstance(line, cst.SimpleStatementLine) or later:
            return
        taken = {n.value for n in tree.walk(cst.Name)}
        value = next(free for free in ("exact", "exact_value", "exact_value2") if free not in taken)
        edits.append(tree.line_before(line, f"{value} = {tree.source(inner)}"))
        rounded = f"{tree.source(node.func)}({value})"
    elif not is_path(inner):
        value = f"({value})"
    text = f"{value} + {name}.stop_gradient({rounded} - {value})"
    text = f"({text})" if isinstance(tree.parent(node), (cst.BinaryOperation, cst.UnaryOperation, cst.Attribute, cst.Subscript)) else text
    note = "rounding is taken for the identity in the backward pass"
    yield _fix("let the gradient pass straight through", (tree.replace(node, text), *edits), note)


def _is_simple(tree: Tree, node: cst.BaseExpression) -> bool:
    """What may be written twice: names and numbers and operators."""
    return not any(True for _ in tree.walk((cst.Call, cst.Lambda, cst.ListComp, cst.NamedExpr, cst.Await), node))


def _fix(title: str, edits: tuple[Edit, ...], note: str) -> Fix:
    return Fix(CODE, title, edits, Safety.UNSAFE, note)


def _compared(node: cst.CSTNode) -> tuple[cst.BaseExpression, cst.BaseExpression, int] | None:
    """Left, right and sign of ``left > right`` (1) or ``left < right`` (-1), as an operator or as a function."""
    if isinstance(node, cst.Comparison) and len(node.comparisons) == 1:
        sign = SIGNS.get(type(node.comparisons[0].operator))
        return None if sign is None else (node.left, node.comparisons[0].comparator, sign)
    if isinstance(node, cst.Call) and len(node.args) == 2 and _last(node.func) in FUNCTIONS:
        return node.args[0].value, node.args[1].value, FUNCTIONS[_last(node.func)]
    return None


def _consumer(tree: Tree, node: cst.BaseExpression) -> tuple[cst.Call, int, tuple[Edit, ...]] | None:
    """The call that takes this value, as which argument; where the value has a name for nothing else, that line goes."""
    gone: tuple[Edit, ...] = ()
    statement = tree.parent(node)
    if isinstance(statement, cst.Assign) and len(statement.targets) == 1 and isinstance(statement.targets[0].target, cst.Name):
        target, scope = statement.targets[0].target, tree.enclosing(node, cst.FunctionDef) or tree.module
        uses = [n for n in tree.walk(cst.Name, scope) if n.value == target.value and n is not target]
        if len(uses) != 1:
            return None
        gone, node = (tree.delete_statement(tree.parent(statement)),), uses[0]
    arg = tree.parent(node)
    call = tree.parent(arg) if isinstance(arg, cst.Arg) else None
    return (call, list(call.args).index(arg), gone) if isinstance(call, cst.Call) else None


def _threshold(tree: Tree, node: cst.BaseExpression, name: str, needed) -> Iterator[Fix]:
    """``tf.cast(x > c, tf.float32)`` → ``tf.sigmoid(x - c)``."""
    taken, (one, other, sign) = _consumer(tree, node), _compared(node)
    if taken is None or taken[1] or _last(taken[0].func) not in ("cast", "where"):
        return
    outer, _, gone = taken
    if _last(outer.func) == "where" and [tree.source(a.value) for a in outer.args[1:]] != ["1.0", "0.0"]:
        return
    left, right = tree.source(one), tree.source(other)
    first, second = (left, right) if sign > 0 else (right, left)
    text = f"{name}.sigmoid({first} - {second})" if is_path(other) or sign < 0 else f"{name}.sigmoid({first} - ({second}))"
    if second in ("0", "0.0"):
        text = f"{name}.sigmoid({first})"
    yield _fix("use a sigmoid in place of the step", (tree.replace(outer, text), *gone, *needed), "a step becomes a smooth sigmoid")


def _as_loss(tree: Tree, node: cst.Call, name: str, needed) -> Iterator[Fix]:
    """How many are guessed wrong, as a loss: what it means to reward is what the cross-entropy of the scores rewards."""
    scope = tree.enclosing(node, cst.FunctionDef) or tree.module
    statement = tree.parent(node)
    index = tree.source(statement.targets[0].target) if isinstance(statement, cst.Assign) else tree.source(node)
    labels = next((other for one, other in _compared_pairs(tree, scope) if tree.source(one) == index), None)
    whole = _loss(tree, scope, labels) if labels is not None and _axis(tree, node) in ("-1", "1") else None
    if whole is None:
        return
    scores = node.args[0].value
    scores = scores.args[0].value if isinstance(scores, cst.Call) and _last(scores.func) == "softmax" and scores.args else scores
    entropy = f"{name}.nn.sparse_softmax_cross_entropy_with_logits(labels={tree.source(labels)}, logits={tree.source(scores)})"
    uses = [n for n in tree.walk(cst.Name, scope) if n.value == index]
    within = {id(n) for n in tree.walk(cst.Name, whole.value)}
    idle = isinstance(statement, cst.Assign) and len(uses) == 2 and id(uses[1]) in within
    gone = (tree.delete_statement(tree.parent(statement)),) if idle else ()
    edits = (tree.replace(whole.value, f"{name}.reduce_mean({entropy})"), *gone, *needed)
    yield _fix("use the cross-entropy of the scores", edits, "the loss is another one: it rewards the same, smoothly")


def _loss(tree: Tree, scope: cst.CSTNode, labels: cst.BaseExpression) -> cst.Assign | cst.Return | None:
    """Where the loss gets its value: what a tape is asked about, or what the comparing function gives back."""
    calls = [c for c in tree.walk(cst.Call, scope) if isinstance(c.func, cst.Attribute) and c.func.attr.value == "gradient" and c.args]
    names = {tree.source(call.args[0].value) for call in calls}
    assigned = list(tree.walk(cst.Assign, scope))
    made = [a for a in assigned if tree.source(a.targets[0].target) in names] or list(tree.walk(cst.Return, scope))
    behind: set[str] = set()
    for _ in range(3):
        behind |= {tree.source(a.targets[0].target) for a in assigned if _holds(tree, a.value, labels, behind)}
    return made[0] if len(made) == 1 and made[0].value is not None and _holds(tree, made[0].value, labels, behind) else None


def _holds(tree: Tree, value: cst.CSTNode, labels: cst.BaseExpression, names: set[str]) -> bool:
    """Whether the comparison with the labels, or a name for what is made of it, stands in there."""
    return any(n is labels or isinstance(n, cst.Name) and n.value in names for n in tree.walk(cst.BaseExpression, value))


def _compared_pairs(tree: Tree, scope: cst.CSTNode) -> Iterator[tuple[cst.BaseExpression, cst.BaseExpression]]:
    """What is compared for equality with what, both ways round."""
    for node in tree.walk((cst.Comparison, cst.Call), scope):
        sides = None
        if isinstance(node, cst.Call) and _last(node.func) in ("equal", "not_equal") and len(node.args) == 2:
            sides = node.args[0].value, node.args[1].value
        elif isinstance(node, cst.Comparison) and isinstance(node.comparisons[0].operator, (cst.Equal, cst.NotEqual)):
            sides = node.left, node.comparisons[0].comparator
        if sides is not None:
            yield sides
            yield sides[::-1]


def _axis(tree: Tree, node: cst.Call) -> str:
    return next((tree.source(a.value) for a in node.args[1:] if a.keyword is None or a.keyword.value == "axis"), "0")


def _soft_choice(tree: Tree, node: cst.Call, name: str, needed) -> Iterator[Fix]:
    """What the argmax chooses becomes the mean of all choices under a softmax."""
    axis = _axis(tree, node)
    value, taken = tree.source(node.args[0].value), _consumer(tree, node)
    if axis not in ("-1", "1") or taken is None:
        return
    outer, place, gone = taken
    shares, called = f"{name}.nn.softmax({value}, axis={axis})", _last(outer.func)
    if called == "cast" and place == 0:
        places = f"{name}.range({value}.shape[{axis}], dtype={value}.dtype)"
        text, title = f"{name}.reduce_sum({shares} * {places}, axis={axis})", "use the expected index under a softmax"
    elif called == "one_hot" and place == 0:
        text, title = shares, "use a softmax in place of the one-hot choice"
    elif called == "gather" and place == 1 and len(outer.args) == 2:
        text, title = f"{name}.tensordot({shares}, {tree.source(outer.args[0].value)}, 1)", "use the mean of what may be chosen under a softmax"
    else:
        return
    yield _fix(title, (tree.replace(outer, text), *gone, *needed), "the argmax becomes a soft argmax")


def _last(func: cst.BaseExpression) -> str:
    return func.attr.value if isinstance(func, cst.Attribute) else getattr(func, "value", "")
