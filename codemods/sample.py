"""A sample is drawn where a reparameterised one is meant.

What breaks: ``dist.sample()`` draws without a graph; ``torch.normal(mu, sigma)`` has one, and its gradient is zero.
What the distribution's parameters do to the loss through the sample is lost.

Why the fix is right: ``rsample()`` and ``mu + sigma * torch.randn_like(mu)`` draw the very same numbers and are
differentiable functions of the parameters. Where the draw is discrete, the fix (unsafe) passes the gradient of the
probabilities straight through.

When to leave it alone: where the gradient comes by ``log_prob`` (REINFORCE, actor-critic, PPO), and where samples are
only looked at. There no parameter starves.
"""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from autofix import effects
from autofix.model import Break, Fix, Safety
from autofix.tree import Tree, Trees

CODE = "AF404"
OPS = {"torch.distributions.*.sample", "torch.normal", "torch.bernoulli", "torch.Tensor.bernoulli"}
ADVICE = "draw with rsample(), or take the gradient by log_prob; relax a discrete choice (gumbel_softmax)"



def mend(break_: Break, trees: Trees) -> Iterator[Fix]:
    tree = trees(break_.span.path)
    node = tree.expression_at(break_.span)
    if not isinstance(node, cst.Call):
        return
    if break_.op.endswith(".sample"):
        yield from _sampled(node, break_.op.split(".")[-2], tree)
    elif break_.op == "torch.normal":
        yield from _normal(node, tree)
    else:
        yield from _straight_through(node, tree)


def _sampled(node: cst.Call, kind: str, tree: Tree) -> Iterator[Fix]:
    if not isinstance(node.func, cst.Attribute):
        return
    if node.func.attr.value in ("sample", "sample_n") and kind not in effects.DISCRETE:
        yield Fix(CODE, "draw with `rsample`", (tree.replace(node.func.attr, "r" + node.func.attr.value),))
    elif kind == "Bernoulli" and node.func.attr.value == "sample":
        dist = tree.source(node.func.value)
        if dist.replace(".", "").replace("_", "").isalnum():
            yield _unsafe(node, f"{dist}.probs", tree)
    elif kind == "OneHotCategorical" and node.func.attr.value == "sample":
        dist = tree.source(node.func.value)
        if dist.replace(".", "").replace("_", "").isalnum():
            yield _unsafe(node, f"{dist}.probs", tree)


def _straight_through(node: cst.Call, tree: Tree) -> Iterator[Fix]:
    """``torch.bernoulli(p)``: the draw forward, the probability's gradient backward."""
    method = tree.qualified(node.func) is None and isinstance(node.func, cst.Attribute)
    chances = node.func.value if method else node.args[0].value if node.args else None
    if isinstance(chances, (cst.Name, cst.Attribute)):
        yield _unsafe(node, tree.source(chances), tree)


def _unsafe(node: cst.Call, chances: str, tree: Tree) -> Fix:
    text = f"({chances} + ({tree.source(node)} - {chances}).detach())"
    note = "the draw's gradient is taken to be that of its probability (straight-through)"
    return Fix(CODE, "pass the probability's gradient straight through", (tree.replace(node, text),), Safety.UNSAFE, note)


def _normal(node: cst.Call, tree: Tree) -> Iterator[Fix]:
    mean, std = _argument(node, 0, "mean"), _argument(node, 1, "std")
    if mean is None or len(node.args) > 2:
        return
    like, imports = tree.spell("torch.randn_like")
    draws = [_loc_scale(mean, std, mean, like, tree)] if _is_tensor(mean) else []
    if std is not None and _is_tensor(std):
        draws.append(_loc_scale(mean, std, std, like, tree))
    edit_all = isinstance(tree.parent(node), (cst.Assign, cst.Return, cst.AnnAssign))
    for text in draws:
        yield Fix(CODE, "draw a differentiable sample", (tree.replace(node, text if edit_all else f"({text})"), *imports))


def _argument(node: cst.Call, place: int, name: str) -> cst.BaseExpression | None:
    for number, arg in enumerate(node.args):
        if arg.keyword is not None and arg.keyword.value == name or arg.keyword is None and number == place:
            return arg.value
    return None


def _is_tensor(node: cst.BaseExpression) -> bool:
    return not isinstance(node, (cst.Integer, cst.Float, cst.UnaryOperation))


def _loc_scale(mean: cst.BaseExpression, std: cst.BaseExpression | None, shape: cst.BaseExpression, like: str, tree: Tree) -> str:
    noise = f"{like}({tree.source(shape)})"
    if std is not None and tree.source(std) not in ("1", "1.0"):
        noise = f"{_tight(std, tree)} * {noise}"
    return noise if tree.source(mean) in ("0", "0.0") else f"{_loose(mean, tree)} + {noise}"


def _tight(node: cst.BaseExpression, tree: Tree) -> str:
    plain = isinstance(node, (cst.Name, cst.Attribute, cst.Call, cst.Subscript, cst.Float, cst.Integer))
    return tree.source(node) if plain else f"({tree.source(node)})"


def _loose(node: cst.BaseExpression, tree: Tree) -> str:
    plain = isinstance(node, (cst.Name, cst.Attribute, cst.Call, cst.Subscript, cst.Float, cst.Integer, cst.BinaryOperation))
    return tree.source(node) if plain else f"({tree.source(node)})"
