"""What an expression is: one small function for each kind of node."""

from __future__ import annotations

import ast
import operator

from autofix.find.flow import (
    arithmetic,
    calls,
    comprehensions,
    elements,
    functions,
    imports,
    objects,
    siblings,
    tensors,
)
from autofix.find.flow.machine import Budget, Machine, Raised, merge_results
from autofix.find.values import (
    FALSE,
    MISSING,
    NONE,
    TRUE,
    Const,
    Datum,
    Either,
    Items,
    Map,
    Ref,
    Seq,
    join,
    opaque,
    plain,
)


def evaluate(m: Machine, node: ast.expr):
    """The value of an expression."""
    m.budget -= 1
    if m.budget < 0:
        raise Budget
    handler = HANDLERS.get(type(node))
    if handler is None:
        return plain()
    outer, m.node = m.node, node
    value = handler(m, node)
    m.node = outer
    return value


# -- names and constants --------------------------------------------------------------------------


def _constant(m, node):
    value = node.value
    return NONE if value is None else (TRUE if value is True else (FALSE if value is False else Const(value)))


def _name(m, node):
    value = m.lookup(node.id)
    if value is MISSING:
        return imports.builtin(m, node.id)
    return siblings.attribute(m, value.name) if type(value) is Ref and siblings.is_member(value) else value


def _attribute(m, node):
    value = evaluate(m, node.value)
    m.node = node
    return attribute(m, value, node.attr)


def attribute(m: Machine, value, name: str):
    """``value.name``."""
    kind = type(value)
    if kind is Ref:
        return imports.imported(m, f"{value.name}.{name}")
    if kind is Datum:
        return tensors.attribute(m, value, name)
    if kind is Either:
        return over(m, value, lambda option: attribute(m, option, name))
    return objects.attribute(m, value, name)


def over(m: Machine, value: Either, function):
    """The join of a function over the alternatives; those that cannot be are passed over."""
    results = []
    branches = [lambda option=option: results.append(function(option)) for option in value.options if not is_none(option)]
    if not branches:
        raise Raised("AttributeError")
    if len(branches) == 1:
        return function(next(o for o in value.options if not is_none(o)))
    m.fork(*branches)
    return merge_results(results) if results else plain()


def is_none(value) -> bool:
    return type(value) is Const and value.value is None


def _subscript(m, node):
    value = evaluate(m, node.value)
    key = evaluate(m, node.slice)
    m.node = node
    return elements.item(m, value, key)


def _slice(m, node):
    parts = [NONE if part is None else evaluate(m, part) for part in (node.lower, node.upper, node.step)]
    if all(type(part) is Const for part in parts):
        return Const(slice(*(part.value for part in parts)))
    return plain()


# -- operators ------------------------------------------------------------------------------------


def _binary(m, node):
    """Long chains lean to the left: walk down without recursion."""
    chain = [node]
    while isinstance(chain[-1].left, ast.BinOp):
        chain.append(chain[-1].left)
    value = evaluate(m, chain[-1].left)
    for link in reversed(chain):
        other = evaluate(m, link.right)
        m.node = link
        m.tick()
        value = arithmetic.binary(m, type(link.op), value, other)
    return value


def _unary(m, node):
    value = evaluate(m, node.operand)
    m.node = node
    kind = type(node.op)
    if kind is ast.Not:
        known = arithmetic.truth(m, value)
        return plain() if known is None else (FALSE if known else TRUE)
    if type(value) is Const:
        try:
            return Const({ast.USub: operator.neg, ast.UAdd: operator.pos, ast.Invert: operator.invert}[kind](value.value))
        except TypeError:
            raise Raised("TypeError") from None
    if type(value) is Either:
        return over(m, value, lambda option: arithmetic.negated(m, option))
    return arithmetic.negated(m, value)


def _boolean(m, node):
    """``a and b``, ``a or b``: what follows the first operand may not be evaluated."""
    wants = isinstance(node.op, ast.And)
    results, index = [], 0

    def rest(start):
        for place in range(start, len(node.values)):
            value = evaluate(m, node.values[place])
            known = arithmetic.truth(m, value)
            if known is None and place + 1 < len(node.values):
                results.append(value)
                m.fork(lambda: None, lambda at=place + 1: rest(at))
                return
            if known is not wants or place + 1 == len(node.values):
                results.append(value)
                return

    rest(index)
    return merge_results(results)


def _compare(m, node):
    left = evaluate(m, node.left)
    answer = TRUE
    for op, right_node in zip(node.ops, node.comparators):
        right = evaluate(m, right_node)
        m.node = node
        one = arithmetic.compared(m, type(op), left, right)
        if type(one) is not Const:
            answer = one
        elif not one.value and answer is TRUE:
            return FALSE
        left = right
    return answer


def _conditional(m, node):
    known = arithmetic.truth(m, evaluate(m, node.test))
    if known is not None:
        return evaluate(m, node.body if known else node.orelse)
    results = []
    m.fork(lambda: results.append(evaluate(m, node.body)), lambda: results.append(evaluate(m, node.orelse)))
    return merge_results(results)


def _walrus(m, node):
    value = evaluate(m, node.value)
    m.bind(node.target.id, value)
    return value


# -- containers -----------------------------------------------------------------------------------


def _sequence(m, node):
    kind = {ast.List: "list", ast.Tuple: "tuple", ast.Set: "set"}[type(node)]
    items = Items()
    for element in node.elts:
        if isinstance(element, ast.Starred):
            items = elements.appended(items, elements.iterated(m, evaluate(m, element.value)))
        else:
            items = elements.appended(items, Items((evaluate(m, element),)))
    return Seq(kind, items)


def _dict(m, node):
    made = Map()
    for key_node, value_node in zip(node.keys, node.values):
        value = evaluate(m, value_node)
        if key_node is None:
            elements.update(m, made, value)
            continue
        key = evaluate(m, key_node)
        if type(key) is Const and elements.hashable(key.value):
            made.fields[key.value] = value
        else:
            made.rest = value if made.rest is None else join(made.rest, value)
    return made


# -- the rest -------------------------------------------------------------------------------------


def _lambda(m, node):
    return functions.function(m, node, "<lambda>")


def _comprehension(m, node):
    return comprehensions.comprehension(m, node)


def _call(m, node):
    return calls.call_node(m, node)


def _joined_text(m, node):
    texts = []
    for part in node.values:
        value = evaluate(m, part.value if isinstance(part, ast.FormattedValue) else part)
        exact = isinstance(part, ast.Constant) or part.format_spec is None and part.conversion < 0
        texts.append(str(value.value) if type(value) is Const and exact and isinstance(value.value, (str, int)) else None)
    return plain() if None in texts else Const("".join(texts))


def _yield(m, node):
    value = NONE if node.value is None else evaluate(m, node.value)
    frame = m.frame
    if frame.yields is not None:
        if isinstance(node, ast.YieldFrom):
            frame.yields.extend(elements.iterated(m, value).all())
        else:
            frame.yields.append(value)
    return opaque()


def _await(m, node):
    return evaluate(m, node.value)


def _starred(m, node):
    return evaluate(m, node.value)


HANDLERS = {
    ast.Constant: _constant, ast.Name: _name, ast.Attribute: _attribute, ast.Subscript: _subscript, ast.Slice: _slice,
    ast.BinOp: _binary, ast.UnaryOp: _unary, ast.BoolOp: _boolean, ast.Compare: _compare, ast.IfExp: _conditional,
    ast.NamedExpr: _walrus, ast.List: _sequence, ast.Tuple: _sequence, ast.Set: _sequence, ast.Dict: _dict,
    ast.ListComp: _comprehension, ast.SetComp: _comprehension, ast.GeneratorExp: _comprehension,
    ast.DictComp: _comprehension, ast.Lambda: _lambda, ast.Call: _call, ast.JoinedStr: _joined_text, ast.Yield: _yield,
    ast.YieldFrom: _yield, ast.Await: _await, ast.Starred: _starred,
}  # fmt: skip
