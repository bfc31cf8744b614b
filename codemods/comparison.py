"""A comparison decides on the way to the loss.

What breaks: ``x > t`` is true or false: a step, whose derivative is zero or does not exist. What was compared gets no
gradient, whatever is multiplied, averaged or selected by the result.

Why the fix is right: ``sigmoid(10 * (x - t))`` is a smooth step: near 0 and 1 away from the threshold, and it has a
gradient near it. A probability that is cut at one half is its own smooth form. It is another function, so the fix is
unsafe; the sharpness is for the author to choose.

When to leave it alone: masks that choose terms which keep their own graph (a ReLU by hand, a hinge, Huber), counted
errors, confident pseudo-labels. There nothing starves.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import libcst as cst

from autofix.model import Break, Fix, Safety
from autofix.tree import Tree, Trees

CODE = "AF401"
METHODS = {"gt": ">", "ge": ">=", "lt": "<", "le": "<=", "greater": ">", "less": "<", "greater_equal": ">=", "less_equal": "<="}
EQUALITIES = ("eq", "ne", "__eq__", "__ne__")
DUNDERS = {f"__{name}__" for name in ("gt", "ge", "lt", "le")}
OPS = {f"torch.{name}" for name in METHODS} | {f"torch.Tensor.{name}" for name in (*METHODS, *DUNDERS)} | {f"torch.Tensor.{name}" for name in EQUALITIES} | {"torch.heaviside", "failed:torch.heaviside"}
ADVICE = "use a smooth step, such as a sigmoid of the difference, or a loss with a gradient (hinge, cross-entropy)"
SHARPNESS = "10.0"
NOTE = f"the step becomes sigmoid({SHARPNESS} * difference): other values near the threshold; choose the sharpness"

OPERATORS = {cst.GreaterThan: ">", cst.GreaterThanEqual: ">=", cst.LessThan: "<", cst.LessThanEqual: "<="}
CASTS = {"float", "double", "half", "to", "type", "type_as", "int", "long"}


def mend(break_: Break, trees: Trees) -> Iterator[Fix]:
    tree = trees(break_.span.path)
    node = tree.expression_at(break_.span)
    if node is None:
        return
    whole = _truth(node, tree)
    equated = _equated(whole)
    soft = _soft_equality(*equated, tree, by_name=True) if equated is not None else _soft(whole, tree)
    if soft is None:
        return
    name, imports = tree.spell("torch.sigmoid")
    replaced, text = _used(whole, soft.replace("@sigmoid", name), tree)
    if _needs_parentheses(replaced, text, tree):
        text = f"({text})"
    yield Fix(CODE, "a smooth step for the comparison", (tree.replace(replaced, text), *imports), Safety.UNSAFE, NOTE)


def _needs_parentheses(replaced: cst.BaseExpression, text: str, tree: Tree) -> bool:
    closes = isinstance(tree.parent(replaced), (cst.BinaryOperation, cst.UnaryOperation, cst.Attribute, cst.Subscript, cst.Comparison))
    return closes and not replaced.lpar and not (text.startswith(("torch.sigmoid(", "sigmoid(")) and text.count("sigmoid(") == 1)


def _truth(node: cst.BaseExpression, tree: Tree) -> cst.BaseExpression:
    """The whole truth value: the comparison with the ``&``, ``|`` and ``~`` around it."""
    parent = tree.parent(node)
    if isinstance(parent, cst.BinaryOperation) and isinstance(parent.operator, (cst.BitAnd, cst.BitOr)):
        return _truth(parent, tree)
    if isinstance(parent, cst.UnaryOperation) and isinstance(parent.operator, cst.BitInvert):
        return _truth(parent, tree)
    around = parent if isinstance(parent, cst.Comparison) else tree.parent(parent) if isinstance(parent, cst.ComparisonTarget) else None
    if around is not None and _equated(around) is not None:
        return _truth(around, tree)
    if isinstance(parent, cst.Arg) and isinstance(tree.parent(parent), cst.Call):
        call = tree.parent(parent)
        if (tree.qualified(call.func) or "").rsplit(".", 1)[-1] in ("logical_and", "logical_or", "logical_not"):
            return _truth(call, tree)
    return node


def _soft(node: cst.BaseExpression, tree: Tree) -> str | None:
    """The smooth counterpart of a truth value; ``@sigmoid`` stands for the function's name."""
    sides = _sides(node, tree)
    if sides is not None:
        chance = _chance(*sides, tree)
        return chance or f"@sigmoid({SHARPNESS} * {_difference(*sides, tree)})"
    if (equated := _equated(node)) is not None:
        return _soft_equality(*equated, tree)
    if isinstance(node, cst.BinaryOperation):
        left, right = _soft(node.left, tree), _soft(node.right, tree)
        return _joined(left, right, isinstance(node.operator, cst.BitAnd), node.left, node.right, tree)
    if isinstance(node, cst.UnaryOperation):
        inner = _soft(node.expression, tree)
        return None if inner is None else f"(1 - {inner})"
    name = (tree.qualified(node.func) or "").rsplit(".", 1)[-1] if isinstance(node, cst.Call) else ""
    if name == "logical_not":
        inner = _soft(node.args[0].value, tree)
        return None if inner is None else f"(1 - {inner})"
    if name in ("logical_and", "logical_or"):
        one, other = node.args[0].value, node.args[1].value
        return _joined(_soft(one, tree), _soft(other, tree), name == "logical_and", one, other, tree)
    if name == "heaviside":
        return f"@sigmoid({SHARPNESS} * {_tight(node.args[0].value, tree)})"
    return None


def _equated(node: cst.CSTNode) -> tuple[cst.BaseExpression, cst.BaseExpression, bool] | None:
    """Both sides of ``==`` and ``!=``, and whether it is the former."""
    if isinstance(node, cst.Comparison) and len(node.comparisons) == 1:
        operator = node.comparisons[0].operator
        if isinstance(operator, (cst.Equal, cst.NotEqual)):
            return node.left, node.comparisons[0].comparator, isinstance(operator, cst.Equal)
    return None


def _soft_equality(
    one: cst.BaseExpression, other: cst.BaseExpression, equal: bool, tree: Tree, by_name: bool = False
) -> str | None:
    """A truth value against a label of 0 and 1: their distance."""
    left, right = (None if _equated(side) else _soft(side, tree) for side in (one, other))
    if by_name:
        left, right = left or _smooth_name(one, tree), right or _smooth_name(other, tree)
    if left is None and right is None:
        return None
    first, second = left or f"{_tight(one, tree)}.float()", right or f"{_tight(other, tree)}.float()"
    return f"(1 - ({first} - {second}).abs())" if equal else f"({first} - {second}).abs()"


def _smooth_name(node: cst.BaseExpression, tree: Tree) -> str | None:
    """A variable that holds a step which becomes smooth with this fix, or is by now."""
    if not isinstance(node, cst.Name):
        return None
    scope = tree.enclosing(node, cst.FunctionDef) or tree.module
    values = [a.value for a in tree.walk(cst.Assign, scope) for t in a.targets if tree.source(t.target) == node.value]
    if len(values) != 1:
        return None
    stepped = any(_sides(n, tree) is not None for n in tree.walk((cst.Comparison, cst.Call), values[0]))
    rounded = any(tree.source(call.func).endswith("round") for call in tree.walk(cst.Call, values[0]))
    made = tree.source(values[0])
    number = rounded or "sigmoid(" in made or any(f".{cast}(" in made for cast in CASTS)
    if stepped or rounded or f"sigmoid({SHARPNESS}" in made:
        return node.value if number else f"{node.value}.float()"
    return None


def _joined(left, right, both: bool, one: cst.BaseExpression, other: cst.BaseExpression, tree: Tree) -> str | None:
    if left is None and right is None:
        return None
    left, right = left or _tight(one, tree), right or _tight(other, tree)
    return f"{left} * {right}" if both else f"(1 - (1 - {left}) * (1 - {right}))"


def _sides(node: cst.BaseExpression, tree: Tree) -> tuple[cst.BaseExpression, cst.BaseExpression] | None:
    """The larger and the smaller side of a comparison that is true."""
    if isinstance(node, cst.Comparison) and len(node.comparisons) == 1:
        operator = OPERATORS.get(type(node.comparisons[0].operator))
        left, right = node.left, node.comparisons[0].comparator
    elif isinstance(node, cst.Call) and len(node.args) == 2 and tree.qualified(node.func) is not None:
        operator = METHODS.get(tree.qualified(node.func).rsplit(".", 1)[-1])
        left, right = node.args[0].value, node.args[1].value
    elif isinstance(node, cst.Call) and len(node.args) == 1 and isinstance(node.func, cst.Attribute):
        operator = METHODS.get(node.func.attr.value)
        left, right = node.func.value, node.args[0].value
    else:
        return None
    if operator is None:
        return None
    return (left, right) if operator[0] == ">" else (right, left)


def _chance(large: cst.BaseExpression, small: cst.BaseExpression, tree: Tree) -> str | None:
    """A probability that is cut at one half is the smooth form of its own decision."""
    for value, half, shown in ((large, small, "{}"), (small, large, "1 - {}")):
        if _is_one_half(half, tree) and _is_probability(value, tree):
            return shown.format(_tight(value, tree))
    return None


def _is_one_half(node: cst.BaseExpression, tree: Tree) -> bool:
    """``0.5``, or a name that the file sets to it and to nothing else."""
    if isinstance(node, cst.Name) or isinstance(node, cst.Attribute) and isinstance(node.value, cst.Name):
        name = re.escape(node.value if isinstance(node, cst.Name) else node.attr.value)
        set_to = re.findall(rf"\b{name}(?:\s*:\s*\w+)?\s*=\s*(\d*\.?\d+)", tree.text)
        return bool(set_to) and all(float(number) == 0.5 for number in set_to)
    return tree.source(node) in ("0.5", ".5")


def _is_probability(node: cst.BaseExpression, tree: Tree) -> bool:
    if isinstance(node, cst.Name):
        scope = tree.enclosing(node, cst.FunctionDef) or tree.module
        values = [a.value for a in tree.walk(cst.Assign, scope) for t in a.targets if tree.source(t.target) == node.value]
        return len(values) == 1 and not isinstance(values[0], cst.Name) and _is_probability(values[0], tree)
    if not isinstance(node, cst.Call):
        return False
    name = node.func.attr.value if isinstance(node.func, cst.Attribute) else getattr(node.func, "value", "")
    if name in ("squeeze", "view", "reshape", "flatten") and isinstance(node.func, cst.Attribute):
        return _is_probability(node.func.value, tree)
    return name in ("sigmoid", "softmax")


def _difference(large: cst.BaseExpression, small: cst.BaseExpression, tree: Tree) -> str:
    if tree.source(small) in ("0", "0.0"):
        return _tight(large, tree)
    if tree.source(large) in ("0", "0.0"):
        return f"-{_tight(small, tree)}"
    first = tree.source(large) if not isinstance(large, (cst.Comparison, cst.BooleanOperation, cst.IfExp)) else f"({tree.source(large)})"
    return f"({first} - {_tight(small, tree)})"


def _tight(node: cst.BaseExpression, tree: Tree) -> str:
    """The source as an operand of ``*`` and ``-``."""
    plain = isinstance(node, (cst.Name, cst.Attribute, cst.Call, cst.Subscript, cst.Float, cst.Integer))
    return tree.source(node) if plain else f"({tree.source(node)})"


# -- what the truth value is used for -------------------------------------------------------------


def _used(node: cst.BaseExpression, soft: str, tree: Tree) -> tuple[cst.BaseExpression, str]:
    """The largest expression that only turns the truth value into a number, and what stands in its place."""
    parent = tree.parent(node)
    if isinstance(parent, cst.Attribute) and parent.attr.value in CASTS and isinstance(tree.parent(parent), cst.Call):
        return tree.parent(parent), soft
    if isinstance(parent, cst.Arg) and isinstance(tree.parent(parent), cst.Call):
        call = tree.parent(parent)
        if tree.qualified(call.func) == "torch.where" and len(call.args) == 3 and call.args[0] is parent:
            return call, _blended(call.args[1].value, call.args[2].value, soft, tree)
    if isinstance(parent, cst.BinaryOperation) and isinstance(parent.operator, cst.Multiply):
        other = parent.right if parent.left is node else parent.left
        if tree.source(other) in ("1.0", "1"):
            return parent, soft
    return node, soft


def _blended(yes: cst.BaseExpression, no: cst.BaseExpression, soft: str, tree: Tree) -> str:
    """``torch.where(c, a, b)`` as a mixture."""
    one, other = tree.source(yes), tree.source(no)
    ones = one in ("1.0", "1") or one.startswith("torch.ones_like(") or one.startswith("torch.tensor(1")
    nothing = other in ("0.0", "0") or other.startswith("torch.zeros_like(") or other.startswith("torch.tensor(0")
    if ones and nothing:
        return soft
    first = soft if ones else f"{soft} * {_tight(yes, tree)}"
    if nothing:
        return first
    if (one in ("0.0", "0") or one.startswith("torch.zeros_like(")) and (other in ("1.0", "1") or other.startswith("torch.ones_like(")):
        return f"1 - {soft}"
    return f"{first} + (1 - {soft}) * {_tight(no, tree)}"
