"""An index chosen by ``argmax`` stands where the loss needs a score.

What breaks: ``argmax``, and the indices of ``max``, ``topk`` and ``sort``, are integers: no gradient comes through
them. A loss of predicted labels, an accuracy, a lookup of the most likely token train nothing.

Why the fix is right: what such a loss means to reward is what ``cross_entropy`` of the scores rewards smoothly; a
lookup of the most likely token becomes the expected embedding. It is another loss, so the fix is unsafe.

When to leave it alone: metrics, pseudo-labels, hard negatives, chosen actions: there the index is only an index, and
the scores get their gradient elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from autofix.model import Break, Edit, Fix, Safety, Step
from autofix.tree import Tree, Trees

CODE = "AF402"
OPS = {
    "torch.argmax", "torch.Tensor.argmax", "torch.max", "torch.Tensor.max", "torch.topk", "torch.Tensor.topk",
    "torch.argmin", "torch.Tensor.argmin", "torch.sort", "torch.argsort", "torch.Tensor.argsort",
}  # fmt: skip
ADVICE = "compute the loss of the scores, with cross_entropy; or choose softly (softmax, gumbel_softmax)"
LOSS = "the loss becomes the cross-entropy of the scores: smooth, and of another size"
SOFT = "the choice becomes a mixture, weighted by softmax"

ARG = ("argmax", "max", "topk")
SQUASHING = ("softmax", "log_softmax", "sigmoid", "softmin")
COMPARING = (cst.Equal, cst.NotEqual, cst.Is)


def mend(break_: Break, trees: Trees) -> Iterator[Fix]:
    tree = trees(break_.span.path)
    node = tree.expression_at(break_.span)
    chosen = _Choice.of(node, tree)
    if chosen is None:
        return
    yield from _as_loss(chosen, break_, tree)
    yield from _as_loss_of_a_loop(chosen, break_, tree)
    yield from _as_mixture(chosen, tree)


class _Choice:
    """``scores.argmax(dim)``: the scores, the dimension, and the name that the index is bound to."""

    def __init__(self, node: cst.Call, scores: cst.BaseExpression, dim: str, index: str | None):
        self.node, self.scores, self.dim, self.index = node, scores, dim, index

    @classmethod
    def of(cls, node: cst.BaseExpression | None, tree: Tree) -> _Choice | None:
        if not isinstance(node, cst.Call) or _called(node) not in ARG:
            return None
        args = list(node.args)
        if tree.qualified(node.func) is not None:
            scores = args.pop(0).value if args else None
        else:
            scores = node.func.value if isinstance(node.func, cst.Attribute) else None
        dim = next((tree.source(a.value) for a in args if a.keyword is None or a.keyword.value in ("dim", "axis")), "")
        if scores is None or any(a.keyword is not None and a.keyword.value == "keepdim" for a in args):
            return None
        return cls(node, _bare(scores, tree), dim, _index_name(node, tree))


def _bare(scores: cst.BaseExpression, tree: Tree) -> cst.BaseExpression:
    """The logits under a softmax, which does not change which is the largest."""
    if isinstance(scores, cst.Call) and _called(scores) in SQUASHING:
        if tree.qualified(scores.func) is not None:
            return scores.args[0].value if scores.args else scores
        if isinstance(scores.func, cst.Attribute):
            return scores.func.value
    if isinstance(scores, cst.Name):
        made = _assigned(scores.value, scores, tree)
        if isinstance(made, cst.Call) and _called(made) in ("softmax", "log_softmax"):
            inner = _bare(made, tree)
            return inner if isinstance(inner, (cst.Name, cst.Attribute)) else scores
    return scores


def _squashed(scores: cst.BaseExpression, tree: Tree) -> str:
    """``.log()`` where the scores are probabilities already: a softmax undoes it."""
    made = _assigned(scores.value, scores, tree) if isinstance(scores, cst.Name) else None
    return ".log()" if isinstance(made, cst.Call) and _called(made) == "softmax" else ""


def _assigned(name: str, use: cst.CSTNode, tree: Tree) -> cst.BaseExpression | None:
    """The only value that the name is given in this function."""
    scope = tree.enclosing(use, cst.FunctionDef) or tree.module
    values = [a.value for a in tree.walk(cst.Assign, scope) for t in a.targets if tree.source(t.target) == name]
    return values[0] if len(values) == 1 else None


def _index_name(node: cst.Call, tree: Tree) -> str | None:
    """The variable that holds the index: ``p`` of ``p = s.argmax(1)``, ``_, p = s.max(1)`` and ``p = s.max(1)[1]``."""
    outer: cst.CSTNode = node
    parent = tree.parent(node)
    while isinstance(parent, (cst.Subscript, cst.Attribute)) or isinstance(parent, cst.Call) and parent.func is outer:
        outer, parent = parent, tree.parent(parent)
    if not isinstance(parent, cst.Assign) or len(parent.targets) != 1:
        return None
    target = parent.targets[0].target
    if isinstance(target, cst.Tuple) and len(target.elements) == 2:
        target = target.elements[1].value
    return target.value if isinstance(target, cst.Name) else None


# -- a loss of predicted labels -------------------------------------------------------------------


def _as_loss(chosen: _Choice, break_: Break, tree: Tree) -> Iterator[Fix]:
    path = [step for step in break_.steps if step.on_path and step.own and step.span.path == tree.path]
    labels = _labels(chosen, path, tree)
    whole = _scalar(path, tree)
    if labels is None or whole is None or not _in_sight(chosen, whole, labels, tree):
        return
    name, imports = tree.spell("torch.nn.functional.cross_entropy")
    scores, squashed = tree.source(chosen.scores), _squashed(chosen.scores, tree)
    scores += squashed
    last = _shape(chosen, break_, tree)
    if last > 2 and chosen.dim in ("-1", str(last - 1)):
        scores = f"{_atom(chosen.scores, tree)}{squashed}.movedim(-1, 1)"
    elif chosen.dim not in ("1", "-1", ""):
        return
    text = f"{name}({scores}, {labels})"
    edits = [tree.replace(whole, text), *imports]
    edits += _unused(chosen, whole, tree)
    yield Fix(CODE, "a cross-entropy of the scores", tuple(edits), Safety.UNSAFE, LOSS)


def _as_loss_of_a_loop(chosen: _Choice, break_: Break, tree: Tree) -> Iterator[Fix]:
    """``for i in ...: if index[i] != label[i]: values.append(...)``, and then a mean of the values."""
    path = [step for step in break_.steps if step.on_path and step.own and step.span.path == tree.path]
    for step in path:
        sides = _two_sides(tree.expression_at(step.span), tree)
        loop = tree.enclosing(tree.expression_at(step.span), cst.For) if sides else None
        if loop is None or not all(isinstance(side, cst.Subscript) for side in sides):
            continue
        mine = [_is_index(side, chosen, tree) for side in sides]
        later = [n for s in path if (n := tree.expression_at(s.span)) is not None and loop not in tree.ancestors(n)]
        statement = tree.enclosing(later[-1], (cst.Assign, cst.Return)) if later else None
        if mine[0] == mine[1] or statement is None or chosen.dim not in ("1", "-1", ""):
            continue
        if not _in_sight(chosen, statement.value, "", tree):
            continue
        name, imports = tree.spell("torch.nn.functional.cross_entropy")
        labels = tree.source(sides[mine[0]].value)
        text = f"{name}({tree.source(chosen.scores)}{_squashed(chosen.scores, tree)}, {labels})"
        edits = [tree.replace(statement.value, text), *imports, *_left_over(loop, statement.value, chosen, tree)]
        yield Fix(CODE, "a cross-entropy of the scores", tuple(edits), Safety.UNSAFE, LOSS)
        return


def _left_over(loop: cst.For, whole: cst.BaseExpression, chosen: _Choice, tree: Tree) -> Iterator[Edit]:
    """The loop that computed the old loss, and what only it used."""
    scope = tree.enclosing(loop, cst.FunctionDef) or tree.module
    gone: list[cst.CSTNode] = [whole, loop]
    yield tree.delete_statement(loop)
    for line in tree.walk(cst.SimpleStatementLine, scope):
        if len(line.body) == 1 and isinstance(line.body[0], cst.Assign) and loop not in tree.ancestors(line):
            names = [n.value for t in line.body[0].targets for n in tree.walk(cst.Name, t.target)]
            mine = chosen.index in names or isinstance(line.body[0].value, cst.List)
            if mine and not any(_used_besides(one, line, gone, scope, tree) for one in names):
                yield tree.delete_statement(line)


def _shape(chosen: _Choice, break_: Break, tree: Tree) -> int:
    """How many dimensions the scores have, as the run saw them."""
    here = break_.span
    for step in break_.steps:
        if step.span == here and step.inputs:
            return len(step.inputs[0].shape)
    return next((len(s.output.shape) + 1 for s in break_.steps if s.span == here), 2)


def _labels(chosen: _Choice, path: list[Step], tree: Tree) -> str | None:
    """What the index is compared with, or subtracted from: the label, as integers."""
    for step in path:
        node = tree.expression_at(step.span)
        sides = _two_sides(node, tree)
        if sides is None:
            continue
        mine = [_is_index(side, chosen, tree) for side in sides]
        if mine[0] != mine[1]:
            other = sides[mine[0]]
            return _as_integers(other, step, tree)
    return None


def _two_sides(node: cst.BaseExpression | None, tree: Tree) -> tuple[cst.BaseExpression, cst.BaseExpression] | None:
    if isinstance(node, cst.Comparison) and len(node.comparisons) == 1:
        if isinstance(node.comparisons[0].operator, COMPARING):
            return node.left, node.comparisons[0].comparator
    if isinstance(node, cst.BinaryOperation) and isinstance(node.operator, cst.Subtract):
        return node.left, node.right
    if isinstance(node, cst.Call):
        values = [arg.value for arg in node.args if arg.keyword is None or arg.keyword.value in ("input", "target")]
        if len(values) == 2:
            return values[0], values[1]
        if len(values) == 1 and isinstance(node.func, cst.Attribute) and node.func.attr.value in ("eq", "ne", "sub"):
            return node.func.value, values[0]
    return None


def _is_index(node: cst.BaseExpression, chosen: _Choice, tree: Tree) -> bool:
    if any(inner is chosen.node for inner in tree.walk(cst.Call, node)):
        return True
    names = {n.value for n in tree.walk(cst.Name, node)}
    if chosen.index is not None and chosen.index in names:
        return True
    made = _assigned(node.value, node, tree) if isinstance(node, cst.Name) else None
    return made is not None and not isinstance(made, cst.Name) and _is_index(made, chosen, tree)


def _as_integers(node: cst.BaseExpression, step: Step, tree: Tree) -> str:
    """The labels without the cast to floats that the old loss needed."""
    if isinstance(node, cst.Call) and isinstance(node.func, cst.Attribute) and node.func.attr.value in ("float", "double", "to", "type"):
        return tree.source(node.func.value)
    floating = any("float" in value.dtype for value in step.inputs if value.kind == "tensor" and not value.on_path)
    return f"{_atom(node, tree)}.long()" if floating else tree.source(node)


def _scalar(path: list[Step], tree: Tree) -> cst.BaseExpression | None:
    """The first number that the loss becomes, with the signs and constants around it."""
    first = next((s for s in path if s.output.kind == "tensor" and s.output.shape == () and tree.expression_at(s.span) is not None), None)
    if first is None:
        return None
    whole = tree.expression_at(first.span)
    while True:
        parent = tree.parent(whole)
        if isinstance(parent, cst.UnaryOperation) and isinstance(parent.operator, cst.Minus):
            whole = parent
        elif isinstance(parent, cst.BinaryOperation) and _is_number(parent.left if parent.right is whole else parent.right):
            whole = parent
        elif isinstance(parent, cst.Assign) and (later := _only_later(parent, path, tree)) is not None:
            whole = later
        else:
            return whole


def _only_later(assignment: cst.Assign, path: list[Step], tree: Tree) -> cst.BaseExpression | None:
    """``1 - accuracy``, where the number was given a name first."""
    target = assignment.targets[0].target
    if not isinstance(target, cst.Name):
        return None
    for step in path:
        node = tree.expression_at(step.span)
        if isinstance(node, cst.UnaryOperation) and tree.source(node.expression) == target.value and isinstance(node.operator, cst.Minus):
            return node
        if isinstance(node, cst.BinaryOperation):
            one, other = (node.left, node.right) if tree.source(node.left) == target.value else (node.right, node.left)
            if tree.source(one) == target.value and _is_number(other):
                return node
    return None


def _is_number(node: cst.BaseExpression) -> bool:
    return isinstance(node, (cst.Integer, cst.Float))


def _in_sight(chosen: _Choice, whole: cst.BaseExpression, labels: str, tree: Tree) -> bool:
    """Scores and loss stand in one function, so that the names of one are known to the other."""
    return tree.enclosing(chosen.node, cst.FunctionDef) is tree.enclosing(whole, cst.FunctionDef)


def _unused(chosen: _Choice, whole: cst.BaseExpression, tree: Tree) -> Iterator[Edit]:
    """Statements that only led from the index to the old loss."""
    scope = tree.enclosing(whole, cst.FunctionDef) or tree.module
    gone: list[cst.CSTNode] = [whole]
    name, statement = chosen.index, tree.enclosing(chosen.node, cst.SimpleStatementLine)
    lines = [s for s in tree.walk(cst.SimpleStatementLine, scope) if len(s.body) == 1 and isinstance(s.body[0], cst.Assign)]
    changed = True
    while changed:
        changed = False
        for line in lines:
            if line in gone or any(n is whole for n in tree.walk(cst.BaseExpression, line)):
                continue
            names = [n.value for t in line.body[0].targets for n in tree.walk(cst.Name, t.target)]
            leads = line is statement or any(_mentions(line.body[0].value, other, tree) for other in _names_of(gone, statement, name, tree))
            if leads and names and not any(_used_besides(one, line, gone, scope, tree) for one in names if one != "_"):
                gone.append(line)
                changed = True
                yield tree.delete_statement(line)


def _names_of(gone: list, statement, name: str | None, tree: Tree) -> set[str]:
    found = {name} if name is not None else set()
    for line in gone[1:]:
        found |= {n.value for t in line.body[0].targets for n in tree.walk(cst.Name, t.target)}
    if statement is not None and isinstance(statement.body[0], cst.Assign):
        found |= {n.value for t in statement.body[0].targets for n in tree.walk(cst.Name, t.target)}
    return found - {"_"}


def _mentions(node: cst.CSTNode, name: str, tree: Tree) -> bool:
    return any(n.value == name for n in tree.walk(cst.Name, node))


def _used_besides(name: str, line: cst.CSTNode, gone: list, scope: cst.CSTNode, tree: Tree) -> bool:
    """Whether anything but what goes uses the name."""
    for use in tree.walk(cst.Name, scope):
        if use.value == name and not any(around is line or around in gone for around in (use, *tree.ancestors(use))):
            parent = tree.parent(use)
            if isinstance(parent, cst.Attribute) and parent.attr is use:
                continue
            return True
    return False


# -- a lookup of the most likely ------------------------------------------------------------------


def _as_mixture(chosen: _Choice, tree: Tree) -> Iterator[Fix]:
    """``table(argmax)`` and ``one_hot(argmax)`` become what softmax expects them to be."""
    if _called(chosen.node) != "argmax" or not chosen.dim:
        return
    squashed = _squashed(chosen.scores, tree)
    chances = tree.source(chosen.scores) if squashed else f"{_atom(chosen.scores, tree)}.softmax(dim={chosen.dim})"
    for use in _uses(chosen, tree):
        parent = tree.parent(tree.parent(use)) if isinstance(tree.parent(use), cst.Arg) else None
        if isinstance(parent, cst.Call):
            name = (tree.qualified(parent.func) or "").rsplit(".", 1)[-1]
            if name == "one_hot":
                whole = _without_casts(parent, tree)
                yield _soft(tree.replace(whole, chances))
            elif name == "embedding" and len(parent.args) == 2:
                yield _soft(tree.replace(parent, f"{chances} @ {tree.source(parent.args[1].value)}"))
            elif tree.source(parent.func).startswith("self.") or isinstance(parent.func, cst.Name) and not name:
                yield _soft(tree.replace(parent, _maybe_closed(f"{chances} @ {tree.source(parent.func)}.weight", parent, tree)), chosen, parent, tree)
        elif isinstance(tree.parent(use), cst.Index) and (subscript := tree.enclosing(use, cst.Subscript)) is not None:
            if len(subscript.slice) == 1:
                text = f"{chances} @ {tree.source(subscript.value)}"
                yield _soft(tree.replace(subscript, _maybe_closed(text, subscript, tree)), chosen, subscript, tree)


def _soft(edit: Edit, chosen: _Choice | None = None, whole: cst.BaseExpression | None = None, tree: Tree | None = None) -> Fix:
    edits = (edit, *_unused(chosen, whole, tree)) if chosen is not None else (edit,)
    return Fix(CODE, "a soft choice", edits, Safety.UNSAFE, SOFT)


def _uses(chosen: _Choice, tree: Tree) -> list[cst.BaseExpression]:
    scope = tree.enclosing(chosen.node, cst.FunctionDef) or tree.module
    if chosen.index is None:
        return [chosen.node]
    return [n for n in tree.walk(cst.Name, scope) if n.value == chosen.index and not isinstance(tree.parent(n), (cst.AssignTarget, cst.Element))]


def _without_casts(node: cst.BaseExpression, tree: Tree) -> cst.BaseExpression:
    parent = tree.parent(node)
    if isinstance(parent, cst.Attribute) and parent.attr.value in ("float", "to", "double", "type_as", "type"):
        call = tree.parent(parent)
        return call if isinstance(call, cst.Call) else node
    return node


def _maybe_closed(text: str, node: cst.BaseExpression, tree: Tree) -> str:
    tight = isinstance(tree.parent(node), (cst.BinaryOperation, cst.Attribute, cst.Subscript, cst.UnaryOperation))
    return f"({text})" if tight else text


def _atom(node: cst.BaseExpression, tree: Tree) -> str:
    plain = isinstance(node, (cst.Name, cst.Attribute, cst.Call, cst.Subscript))
    return tree.source(node) if plain else f"({tree.source(node)})"


def _called(node: cst.CSTNode) -> str:
    if not isinstance(node, cst.Call):
        return ""
    return node.func.attr.value if isinstance(node.func, cst.Attribute) else getattr(node.func, "value", "")
