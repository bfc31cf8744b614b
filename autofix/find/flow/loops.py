"""Loops: round by round while the rounds are known, then to a fixed point."""

from __future__ import annotations

import ast

from autofix.find.flow import arithmetic, binding, elements, expressions, statements
from autofix.find.flow.machine import BREAK, CONTINUE, NEXT, RETURN, Machine, Raised, merge_results
from autofix.find.values import (
    Const,
    Datum,
    Either,
    Items,
    Ref,
    Seq,
    join,
    plain,
)

ROUNDS = 2
MOST_ROUNDS = 40
SETTLING = 3
FEW = 6


def for_each(m, node):
    over = expressions.evaluate(m, node.iter)
    items = elements.iterated(m, over)
    if isinstance(node.iter, ast.Name) and type(over) is Seq and over.kind == "generator" and not any(isinstance(n, ast.Break) for n in ast.walk(node)):
        elements.exhausted(m, over)
    known = list(items.first)
    if not known and items.rest is None:
        return statements.run(m, node.orelse)
    every = known or [items.rest]
    rest = items.rest
    if rest is None and len(known) > MOST_ROUNDS:
        rest = merge_results([known[index] for index in (3, len(known) // 2, len(known) - 1)])
        every = known[:ROUNDS]

    def bind(value):
        m.node = node.target
        binding.assign(m, node.target, value)

    return _loop(m, node, every, rest, bind)


def while_true(m, node):
    def bind(value):
        known = arithmetic.truth(m, expressions.evaluate(m, node.test))
        return known

    return _loop(m, node, [None] * ROUNDS, plain(), bind, endless=True)


def _loop(m: Machine, node, values, rest, bind, endless=False) -> int:
    """Rounds one by one while they are known; then, from any number of further rounds, what settles."""
    roots = len(m.seen.roots)
    most = 1 if m.settling or m.loops else ROUNDS

    def rounds(number: int, rest) -> int:
        while number < len(values):
            if number >= most and (endless or m.settling and len(values) > FEW or len(m.seen.roots) > roots):
                rest = values[number] if rest is None else join(rest, values[number])
                break
            known = bind(values[number])
            if endless and known is False:
                return NEXT
            m.tick()
            number += 1
            if endless and known is None and number > 1:
                way = statements.either_way(m.fork(lambda: BREAK, lambda: statements.run(m, node.body)))
            else:
                way = statements.run(m, node.body)
            left = way & RETURN | (NEXT if way & BREAK else 0)
            if not way & (NEXT | CONTINUE):
                return left
            if left:

                def goes_on(at=number, more=rest):
                    return rounds(at, more)

                return statements.either_way(m.fork(lambda way=left: way, goes_on, doubtful=False, local=statements.local(m)))
        if rest is not None:
            returns = len(m.frame.returns)
            _settle(m, lambda: (bind(rest), statements.run(m, node.body))[1])
            return NEXT | (RETURN if len(m.frame.returns) > returns else 0)
        return NEXT

    m.loops += 1
    try:
        way = rounds(0, rest)
    finally:
        m.loops -= 1
    if node.orelse and way & NEXT:
        way = way & ~NEXT | statements.either_way(m.fork(lambda: NEXT, lambda: statements.run(m, node.orelse)))
    return way


def _settle(m: Machine, body) -> None:
    """Join in further rounds until nothing changes; what still does is then unknown."""
    m.settling += 1
    try:
        for _ in range(SETTLING if m.settling == 1 else 2):
            changed = _changes(m, body)
            if not changed:
                return
    finally:
        m.settling -= 1
    for thing, name, value in changed:
        widened = _widened(value)
        if type(thing) is dict:
            m.put(thing, name, widened)
        else:
            m.set(thing, name, widened)


def _changes(m: Machine, body) -> list:
    """What one further round changes; it is joined in."""
    before: dict = {}
    outer, m.log = m.log, []
    try:
        m.fork(lambda: NEXT, body)
    except Raised:
        pass
    finally:
        inner, m.log = m.log, outer
    for thing, name, old in inner:
        before.setdefault((id(thing), name), (thing, name, old))
        if outer is not None:
            outer.append((thing, name, old))
    changed = []
    for thing, name, old in before.values():
        new = thing.get(name, None) if type(thing) is dict else getattr(thing, name)
        if not _same(old, new):
            changed.append((thing, name, new))
    return changed


def _same(old, new, depth: int = 3) -> bool:
    if old is new or depth == 0:
        return True
    kind = type(old)
    if kind is not type(new):
        return False
    if kind is Datum:
        keys = ("kind", "data", "must", "live", "cuts", "hidden", "sure", "source")
        return all(getattr(old, key) == getattr(new, key) for key in keys)
    if kind is Const:
        return old.value == new.value
    if kind is Items:
        both = list(zip(old.first, new.first))
        return len(old.first) == len(new.first) and all(_same(a, b, depth - 1) for a, b in [*both, (old.rest, new.rest)])
    if kind is Seq:
        return old.kind == new.kind and _same(old.items, new.items, depth)
    if kind is Either:
        return len(old.options) == len(new.options) and all(_same(a, b, depth - 1) for a, b in zip(old.options, new.options))
    if kind in (int, bool, str, float, frozenset, tuple):
        return old == new
    if kind is Ref:
        return old.name == new.name
    return False


def _widened(value):
    if type(value) is Datum:
        if value.source >= 0 or value.kind == "plain":
            return value
        value = value.copy()
        value.must, value.hidden = 0, value.kind not in ("number", "array")
        return value
    if type(value) is Items:
        return Items((), merge_results(value.all())) if value.all() else value
    if type(value) is Const and isinstance(value.value, (int, float)):
        return Datum("number")
    return value
