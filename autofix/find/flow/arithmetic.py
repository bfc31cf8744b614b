"""Operators and comparisons, truth and identity."""

from __future__ import annotations

import ast
import operator
import re

from autofix.find.flow import elements, expressions, objects, operators
from autofix.find.flow.machine import Machine, Raised, merge_results
from autofix.find.values import (
    FALSE,
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
    Seq,
    join,
    options,
    plain,
)

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


def binary(m: Machine, kind: type, left, right):
    """``left op right`` at the current place."""
    name, function = OPERATORS[kind]
    if kind is ast.Mod and type(left) is Const and isinstance(left.value, str):
        return formatted(left.value.__mod__, left.value, list(right.items.first) if type(right) is Seq else right)
    if type(left) is Const and type(right) is Const:
        result = _computed(name, function, left.value, right.value)
        if result is NONE:
            raise m.none_used("unsupported operand type(s) for NoneType")
        return result
    if type(left) is Either or type(right) is Either:
        pairs = [(a, b) for a in options(left) for b in options(right)]
        if len(pairs) <= 6:
            return merge_results([binary(m, kind, a, b) for a, b in pairs if not (expressions.is_none(a) or expressions.is_none(b))] or [plain()])
        return m.unknown([left, right])
    if type(left) is Seq and kind is ast.Add and type(right) is Seq:
        return Seq(left.kind, elements.appended(left.items, right.items))
    if type(left) is Seq and kind is ast.Mult and type(right) is Const and isinstance(right.value, int) and right.value < 64:
        return Seq(left.kind, Items(left.items.first * right.value, left.items.rest))
    if type(left) is Map and type(right) is Map:
        return Map({**left.fields, **right.fields}, join(left.rest, right.rest) if left.rest and right.rest else left.rest or right.rest)
    if type(left) is Datum or type(right) is Datum:
        return operators.operate(m, name, left, right)
    return objects.operate(m, name, left, right)


def _computed(name, function, a, b):
    small = (int, float, bool)
    if isinstance(a, small) and isinstance(b, small):
        if name == "pow" and (abs(a) > 1e6 or abs(b) > 64) or name == "lshift" and (not isinstance(b, int) or b > 64):
            return Datum("number")
    elif not (type(a) is type(b) is str and name == "add" and len(a) + len(b) < 500):
        return NONE if a is None or b is None else plain()
    try:
        return Const(function(a, b))
    except ZeroDivisionError:
        return Datum("number")
    except (TypeError, ValueError, OverflowError):
        raise Raised("TypeError") from None


def formatted(function, text: str, given):
    """A text with constants put in, where it stays short: names of attributes are made so."""
    values = given if isinstance(given, list) else [given]
    short = len(text) < 200 and not re.search(r"\d{3}|\*", text)
    if not short or not all(type(value) is Const and isinstance(value.value, (str, int, float)) for value in values):
        return plain()
    known = tuple(value.value for value in values)
    try:
        return Const(function(known if isinstance(given, list) else known[0]))
    except (TypeError, ValueError, KeyError, IndexError):
        return plain()


def negated(m, value):
    if type(value) is Const:
        return Const(-value.value) if isinstance(value.value, (int, float)) else plain()
    return operators.operate(m, "neg", value, None) if type(value) is Datum else m.unknown([value])


def compared(m, kind, left, right):
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
        results = [compared(m, kind, a, b) for a in options(left)[:4] for b in options(right)[:4]]
        same = type(results[0]) is Const and all(type(r) is Const and r.value == results[0].value for r in results)
        return results[0] if same else merge_results([r if type(r) is Datum else plain() for r in results])
    if type(left) is Datum or type(right) is Datum:
        return operators.compare(m, name, left, right)
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
    if type(left) is not Const or not elements.hashable(left.value):
        return None
    if type(right) is Map and right.rest is None:
        return left.value in right.fields
    if type(right) is Seq and right.items.rest is None and all(type(i) is Const for i in right.items.first):
        return any(i.value == left.value for i in right.items.first)
    if type(right) is Const and isinstance(right.value, str) and isinstance(left.value, str):
        return left.value in right.value
    return None
