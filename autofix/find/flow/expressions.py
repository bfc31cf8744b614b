"""What an expression is: one small function for each kind of node."""

from __future__ import annotations

import ast
import operator

from autofix.find.flow import calls, tensors
from autofix.find.flow.machine import Budget, Machine, Raised, merge_results
from autofix.find.values import (
    FALSE,
    MISSING,
    NONE,
    TRUE,
    Bound,
    Const,
    Datum,
    Either,
    Func,
    Inst,
    Items,
    Map,
    Partial,
    Ref,
    Seq,
    join,
    opaque,
    options,
    plain,
)

MOST_UNROLLED = 48
OPERATORS = {
    ast.Add: ("add", operator.add), ast.Sub: ("sub", operator.sub), ast.Mult: ("mul", operator.mul),
    ast.Div: ("truediv", operator.truediv), ast.FloorDiv: ("floordiv", operator.floordiv), ast.Mod: ("mod", operator.mod),
    ast.Pow: ("pow", operator.pow), ast.MatMult: ("matmul", None), ast.BitAnd: ("and", operator.and_),
    ast.BitOr: ("or", operator.or_), ast.BitXor: ("xor", operator.xor), ast.LShift: ("lshift", operator.lshift),
    ast.RShift: ("rshift", operator.rshift),
}  # fmt: skip
COMPARISONS = {
    ast.Lt: ("lt", operator.lt), ast.Gt: ("gt", operator.gt), ast.LtE: ("le", operator.le), ast.GtE: ("ge", operator.ge),
    ast.Eq: ("eq", operator.eq), ast.NotEq: ("ne", operator.ne),
}  # fmt: skip
MIRRORED = {"lt": "gt", "gt": "lt", "le": "ge", "ge": "le", "eq": "eq", "ne": "ne"}


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


def truth(m: Machine, value) -> bool | None:
    """Whether a value is true, None where that is not known."""
    kind = type(value)
    if kind is Const:
        return bool(value.value)
    if kind is Seq:
        return True if value.items.first else (False if value.items.rest is None else None)
    if kind is Map:
        return True if value.fields else (False if value.rest is None else None)
    if kind is Func or kind is Bound or kind is Partial:
        return True
    if kind is Inst:
        return True if value.cls is None or not (value.cls.foreign or value.cls.find("__len__") or value.cls.find("__bool__")) else None
    if kind is Either:
        answers = {truth(m, option) for option in value.options}
        return answers.pop() if len(answers) == 1 else None
    return None


# -- names and constants --------------------------------------------------------------------------


def _constant(m, node):
    value = node.value
    return NONE if value is None else (TRUE if value is True else (FALSE if value is False else Const(value)))


def _name(m, node):
    value = m.lookup(node.id)
    if value is MISSING:
        return calls.builtin(m, node.id)
    return value


def _attribute(m, node):
    value = evaluate(m, node.value)
    m.node = node
    return attribute(m, value, node.attr)


def attribute(m: Machine, value, name: str):
    """``value.name``."""
    kind = type(value)
    if kind is Ref:
        return calls.imported(m, f"{value.name}.{name}")
    if kind is Datum:
        return tensors.attribute(m, value, name)
    if kind is Either:
        return over(m, value, lambda option: attribute(m, option, name))
    return calls.attribute(m, value, name)


def over(m: Machine, value: Either, function):
    """The join of a function over the alternatives; those that cannot be are passed over."""
    results = []
    branches = [lambda option=option: results.append(function(option)) for option in value.options if not _is_none(option)]
    if not branches:
        raise Raised("AttributeError")
    if len(branches) == 1:
        return function(next(o for o in value.options if not _is_none(o)))
    m.fork(*branches)
    return merge_results(results) if results else plain()


def _is_none(value) -> bool:
    return type(value) is Const and value.value is None


def _subscript(m, node):
    value = evaluate(m, node.value)
    key = evaluate(m, node.slice)
    m.node = node
    return item(m, value, key)


def item(m: Machine, value, key):
    """``value[key]``."""
    kind = type(value)
    if kind is Datum:
        return tensors.item(m, value, key)
    if kind is Either:
        return over(m, value, lambda option: item(m, option, key))
    if type(key) is Either and kind in (Seq, Map):
        return merge_results([item(m, value, option) for option in key.options])
    if kind is Seq:
        return _element(m, value, key)
    if kind is Map:
        if type(key) is Const and _hashable(key.value) and key.value in value.fields:
            return value.fields[key.value]
        if type(key) is Const and value.rest is not None:
            return value.rest
        found = value.all()
        return merge_results(found) if found else plain()
    if kind is Const and isinstance(value.value, (str, bytes)) and type(key) is Const:
        try:
            return Const(value.value[key.value])
        except (TypeError, IndexError):
            return plain()
    return calls.item(m, value, key)


def _element(m, value: Seq, key):
    items = value.items
    if type(key) is Const and isinstance(key.value, int):
        index = key.value
        if index >= 0 and index < len(items.first):
            return items.first[index]
        if index < 0 and items.rest is None and -index <= len(items.first):
            return items.first[index]
        if items.rest is None:
            raise Raised("IndexError")
    if type(key) is Const and isinstance(key.value, slice) and items.rest is None:
        try:
            return Seq(value.kind, Items(items.first[key.value]))
        except (TypeError, ValueError):
            pass
    everything = items.all()
    whole = merge_results(everything) if everything else plain()
    if type(key) is Datum and key.kind == "plain" and key.floating is None and isinstance(m.node, ast.Subscript) and isinstance(m.node.slice, ast.Slice):
        return Seq(value.kind, Items(everything[:1] and (whole,), whole if everything else None))
    return whole


def _hashable(value) -> bool:
    try:
        hash(value)
    except TypeError:
        return False
    return True


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
        value = binary(m, type(link.op), value, other)
    return value


def binary(m: Machine, kind: type, left, right):
    """``left op right`` at the current place."""
    name, function = OPERATORS[kind]
    if type(left) is Const and type(right) is Const:
        result = _computed(name, function, left.value, right.value)
        if result is NONE:
            raise m.none_used("unsupported operand type(s) for NoneType")
        return result
    if type(left) is Either or type(right) is Either:
        pairs = [(a, b) for a in options(left) for b in options(right)]
        if len(pairs) <= 6:
            return merge_results([binary(m, kind, a, b) for a, b in pairs if not (_is_none(a) or _is_none(b))] or [plain()])
        return m.unknown([left, right])
    if type(left) is Seq and kind is ast.Add and type(right) is Seq:
        return Seq(left.kind, _appended(left.items, right.items))
    if type(left) is Seq and kind is ast.Mult and type(right) is Const and isinstance(right.value, int) and right.value < 64:
        return Seq(left.kind, Items(left.items.first * right.value, left.items.rest))
    if type(left) is Map and type(right) is Map:
        return Map({**left.fields, **right.fields}, join(left.rest, right.rest) if left.rest and right.rest else left.rest or right.rest)
    if type(left) is Datum or type(right) is Datum:
        return tensors.operate(m, name, left, right)
    return calls.operate(m, name, left, right)


def _appended(a: Items, b: Items) -> Items:
    if a.rest is None:
        return Items(a.first + b.first, b.rest)
    rest = a.rest
    for value in b.all():
        rest = join(rest, value)
    return Items(a.first, rest)


def _computed(name, function, a, b):
    small = (int, float, bool)
    if isinstance(a, small) and isinstance(b, small):
        if name == "pow" and (abs(a) > 1e6 or abs(b) > 64) or name == "lshift" and (not isinstance(b, int) or b > 64):
            return Datum("number")
    elif not (type(a) is type(b) is str and name == "add" and len(a) + len(b) < 500):
        if name == "mod" and isinstance(a, (str, bytes)):
            return plain()
        return NONE if a is None or b is None else plain()
    try:
        return Const(function(a, b))
    except ZeroDivisionError:
        return Datum("number")
    except (TypeError, ValueError, OverflowError):
        raise Raised("TypeError") from None


def _unary(m, node):
    value = evaluate(m, node.operand)
    m.node = node
    kind = type(node.op)
    if kind is ast.Not:
        known = truth(m, value)
        return plain() if known is None else (FALSE if known else TRUE)
    if type(value) is Const:
        try:
            return Const({ast.USub: operator.neg, ast.UAdd: operator.pos, ast.Invert: operator.invert}[kind](value.value))
        except TypeError:
            raise Raised("TypeError") from None
    if type(value) is Either:
        return over(m, value, lambda option: _negated(m, option))
    return _negated(m, value)


def _negated(m, value):
    if type(value) is Const:
        return Const(-value.value) if isinstance(value.value, (int, float)) else plain()
    return tensors.operate(m, "neg", value, None) if type(value) is Datum else m.unknown([value])


def _boolean(m, node):
    """``a and b``, ``a or b``: what follows the first operand may not be evaluated."""
    wants = isinstance(node.op, ast.And)
    results, index = [], 0

    def rest(start):
        for place in range(start, len(node.values)):
            value = evaluate(m, node.values[place])
            known = truth(m, value)
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
        one = _compared(m, type(op), left, right)
        if type(one) is not Const:
            answer = one
        elif not one.value and answer is TRUE:
            return FALSE
        left = right
    return answer


def _compared(m, kind, left, right):
    if kind in (ast.Is, ast.IsNot):
        same = _identical(left, right)
        return plain() if same is None else (TRUE if same == (kind is ast.Is) else FALSE)
    if kind in (ast.In, ast.NotIn):
        found = _contained(left, right)
        return plain() if found is None else (TRUE if found == (kind is ast.In) else FALSE)
    name, function = COMPARISONS[kind]
    if type(left) is Const and type(right) is Const:
        try:
            return TRUE if function(left.value, right.value) else FALSE
        except TypeError:
            return plain()
    if type(left) is Either or type(right) is Either:
        results = [_compared(m, kind, a, b) for a in options(left)[:4] for b in options(right)[:4]]
        same = type(results[0]) is Const and all(type(r) is Const and r.value == results[0].value for r in results)
        return results[0] if same else merge_results([r if type(r) is Datum else plain() for r in results])
    if type(left) is Datum or type(right) is Datum:
        return tensors.compare(m, name, left, right)
    return plain()


def _identical(left, right) -> bool | None:
    if type(left) is Either or type(right) is Either:
        answers = {_identical(a, b) for a in options(left) for b in options(right)}
        return answers.pop() if len(answers) == 1 else None
    if type(left) is Const and type(right) is Const:
        return left.value is right.value or left.value == right.value and type(left.value) is type(right.value)
    one, other = (left, right) if type(left) is Const else (right, left)
    if type(one) is Const:
        return None if type(other) is Datum and other.kind in ("opaque", "plain", "mixed") else False
    return True if left is right and type(left) is not Datum else None


def _contained(left, right) -> bool | None:
    if type(left) is not Const or not _hashable(left.value):
        return None
    if type(right) is Map and right.rest is None:
        return left.value in right.fields
    if type(right) is Seq and right.items.rest is None and all(type(i) is Const for i in right.items.first):
        return any(i.value == left.value for i in right.items.first)
    if type(right) is Const and isinstance(right.value, str) and isinstance(left.value, str):
        return left.value in right.value
    return None


def _conditional(m, node):
    known = truth(m, evaluate(m, node.test))
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
            items = _appended(items, calls.iterated(m, evaluate(m, element.value)))
        else:
            items = _appended(items, Items((evaluate(m, element),)))
    return Seq(kind, items)


def _dict(m, node):
    made = Map()
    for key_node, value_node in zip(node.keys, node.values):
        value = evaluate(m, value_node)
        if key_node is None:
            calls.update(m, made, value)
            continue
        key = evaluate(m, key_node)
        if type(key) is Const and _hashable(key.value):
            made.fields[key.value] = value
        else:
            made.rest = value if made.rest is None else join(made.rest, value)
    return made


def _comprehension(m, node):
    found: list = []
    is_dict = isinstance(node, ast.DictComp)

    def element():
        if is_dict:
            found.append((evaluate(m, node.key), evaluate(m, node.value)))
        else:
            found.append(evaluate(m, node.elt))

    frame = m.frame
    outer = dict(frame.env)
    complete = _generate(m, node.generators, element)
    for name in [n for n in frame.env if n not in outer or frame.env[n] is not outer[n]]:
        if name in outer:
            m.put(frame.env, name, outer[name])
        else:
            m.drop(frame.env, name)
    if is_dict:
        return _made_dict(found, complete)
    items = Items(tuple(found))
    if not complete and found:
        items = Items(tuple(found), merge_results(found))
    kind = {ast.ListComp: "list", ast.SetComp: "set", ast.GeneratorExp: "generator"}[type(node)]
    return Seq(kind, items)


def _made_dict(found, complete):
    made = Map()
    for key, value in found:
        if type(key) is Const and _hashable(key.value):
            made.fields[key.value] = value
        else:
            made.rest = value if made.rest is None else join(made.rest, value)
    if not complete and found:
        made.rest = merge_results([value for _, value in found])
    return made


def _generate(m, generators, element) -> bool:
    """Run ``element`` for each round of nested generators; False where there may be more rounds than those."""
    if not generators:
        element()
        return True
    head, *rest = generators
    items = calls.iterated(m, evaluate(m, head.iter))
    complete = items.rest is None and len(items.first) <= MOST_UNROLLED
    values = items.first[:MOST_UNROLLED] if complete else (items.first[:3] or (items.rest,))
    if not complete and items.rest is not None and items.first:
        values = (*values, items.rest)
    for value in values:
        m.tick()
        calls.assign(m, head.target, value)
        doubtful = False
        for test in head.ifs:
            known = truth(m, evaluate(m, test))
            if known is False:
                break
            doubtful = doubtful or known is None
        else:
            if doubtful:
                complete = False
                m.fork(lambda: None, lambda: _generate(m, rest, element))
            elif not _generate(m, rest, element):
                complete = False
    return complete


# -- the rest -------------------------------------------------------------------------------------


def _lambda(m, node):
    return calls.function(m, node, "<lambda>")


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
            frame.yields.extend(calls.iterated(m, value).all())
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
