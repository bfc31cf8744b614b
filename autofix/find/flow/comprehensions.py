"""Comprehensions and generator expressions."""

from __future__ import annotations

import ast

from autofix.find.flow import arithmetic, binding, elements, expressions
from autofix.find.flow.machine import merge_results
from autofix.find.values import (
    MISSING,
    Const,
    Items,
    Map,
    Seq,
    join,
)

MOST_UNROLLED = 48


def comprehension(m, node):
    """``[... for ... in ...]`` and its like; its names are its own."""
    found: list = []
    is_dict = isinstance(node, ast.DictComp)

    def element():
        if is_dict:
            found.append((expressions.evaluate(m, node.key), expressions.evaluate(m, node.value)))
        else:
            found.append(expressions.evaluate(m, node.elt))

    env = m.frame.env
    outer = {name: env.get(name, MISSING) for name in _names(node.generators)}
    first = expressions.evaluate(m, node.generators[0].iter)
    complete = _generate(m, node.generators, element, first)
    for name, value in outer.items():
        if value is MISSING:
            m.drop(env, name)
        else:
            m.put(env, name, value)
    if is_dict:
        return _made_dict(found, complete)
    items = Items(tuple(found), None if complete or not found else merge_results(found))
    if isinstance(node, ast.GeneratorExp):
        return Seq("generator", items, first if type(first) is Seq and first.kind == "generator" else None)
    elements.exhausted(m, first)
    return Seq("list" if isinstance(node, ast.ListComp) else "set", items)


def _names(generators) -> list[str]:
    return [n.id for one in generators for n in ast.walk(one.target) if isinstance(n, ast.Name)]


def _made_dict(found, complete):
    made = Map()
    for key, value in found:
        if type(key) is Const and elements.hashable(key.value):
            made.fields[key.value] = value
        else:
            made.rest = value if made.rest is None else join(made.rest, value)
    if not complete and found:
        made.rest = merge_results([value for _, value in found])
    return made


def _generate(m, generators, element, over=None) -> bool:
    """Run ``element`` for each round of nested generators; False where there may be more rounds than those."""
    if not generators:
        element()
        return True
    head, *rest = generators
    items = elements.iterated(m, expressions.evaluate(m, head.iter) if over is None else over)
    complete = items.rest is None and len(items.first) <= MOST_UNROLLED
    values = items.first[:MOST_UNROLLED] if complete else (items.first[:3] or (items.rest,))
    if not complete and items.rest is not None and items.first:
        values = (*values, items.rest)
    for value in values:
        m.tick()
        binding.assign(m, head.target, value)
        doubtful = False
        for test in head.ifs:
            known = arithmetic.truth(m, expressions.evaluate(m, test))
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
