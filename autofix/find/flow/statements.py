"""What a statement does. Each gives how its block goes on: a sum of NEXT, RETURN, BREAK, CONTINUE."""

from __future__ import annotations

import ast
from functools import reduce
from operator import or_

from autofix.find.flow import calls, tensors
from autofix.find.flow.expressions import evaluate, item, truth
from autofix.find.flow.machine import BREAK, CONTINUE, NEXT, RETURN, Budget, Machine, Raised, merge_results, met
from autofix.find.values import (
    MISSING,
    NONE,
    Const,
    Datum,
    Either,
    Inst,
    Items,
    Ref,
    Seq,
    join,
    opaque,
    options,
    plain,
)

ROUNDS = 2
FULL = 16
MOST_ROUNDS = 40
SETTLING = 3
FEW = 6


def run(m: Machine, body: list[ast.stmt], start: int = 0) -> int:
    """A block of statements; where some branch has left it, what follows happens only perhaps."""
    for index in range(start, len(body)):
        statement = body[index]
        m.budget -= 1
        if m.budget < 0:
            raise Budget
        handler = HANDLERS.get(type(statement))
        if handler is None:
            continue
        m.node = statement
        way = handler(m, statement)
        if way == NEXT:
            continue
        if not way & NEXT or index + 1 == len(body):
            return way
        left = way & ~NEXT
        return _either_way(m.fork(lambda way=left: way, lambda at=index + 1: run(m, body, at), doubtful=False, local=_local(m)))
    return NEXT


def _either_way(ways: list[int]) -> int:
    return reduce(or_, ways)


def _local(m: Machine) -> dict | None:
    return m.frame.env if len(m.frames) > 1 and not m.frame.is_class else None


# -- binding --------------------------------------------------------------------------------------


def _expression(m, node):
    evaluate(m, node.value)
    return NEXT


def _assign(m, node):
    value = evaluate(m, node.value)
    for target in node.targets:
        m.node = target
        calls.assign(m, target, value)
    return NEXT


def _annotated(m, node):
    if node.value is not None:
        value = evaluate(m, node.value)
        m.node = node.target
        calls.assign(m, node.target, value)
    elif m.frame.is_class and isinstance(node.target, ast.Name):
        m.frame.env.setdefault("__fields__", []).append(node.target.id)
    if m.frame.is_class and isinstance(node.target, ast.Name) and node.value is not None:
        m.frame.env.setdefault("__fields__", []).append(node.target.id)
    return NEXT


def _augmented(m, node):
    """``x += y`` writes into a tensor, a list or an array, and binds a name anew to anything else."""
    target = node.target
    if isinstance(target, ast.Subscript):
        holder, key = evaluate(m, target.value), evaluate(m, target.slice)
        m.node = target
        old = item(m, holder, key)
    else:
        holder = key = None
        old = evaluate(m, _loaded(target))
    value = evaluate(m, node.value)
    m.node = node
    new = tensors.augment(m, type(node.op), old, value)
    m.node = target
    if holder is not None:
        calls.set_item(m, holder, key, new)
    elif not (new is old and isinstance(target, ast.Name)):
        calls.assign(m, target, new)
    return NEXT


def _loaded(target: ast.expr) -> ast.expr:
    return target


def _delete(m, node):
    for target in node.targets:
        if isinstance(target, ast.Name):
            m.drop(m.frame.env, target.id)
        elif isinstance(target, ast.Subscript):
            holder = evaluate(m, target.value)
            evaluate(m, target.slice)
            for option in options(holder):
                if type(option) is Seq:
                    everything = option.items.all()
                    if everything:
                        m.set(option, "items", Items((), merge_results(everything)))
    return NEXT


def _function(m, node):
    m.put(m.frame.redirect.get(node.name, m.frame.env), node.name, calls.decorated(m, node, calls.function(m, node, node.name)))
    return NEXT


def _class(m, node):
    m.bind(node.name, calls.decorated_class(m, node, calls.make_class(m, node)))
    return NEXT


def _import(m, node):
    for alias in node.names:
        dotted = alias.name
        m.bind(alias.asname or dotted.split(".")[0], Ref(dotted if alias.asname else dotted.split(".")[0]))
    return NEXT


def _import_from(m, node):
    for alias in node.names:
        if alias.name == "*":
            calls.import_all(m, node)
            continue
        m.bind(alias.asname or alias.name, calls.imported_from(m, node, alias.name))
    return NEXT


def _global(m, node):
    scope = m.frame.scope
    for name in node.names:
        if isinstance(node, ast.Global):
            m.frame.redirect[name] = scope[-1] if scope else m.frame.env
        else:
            m.frame.redirect[name] = next((env for env in scope if name in env), scope[0] if scope else m.frame.env)
    return NEXT


# -- branches -------------------------------------------------------------------------------------


def _if(m, node):
    known = truth(m, evaluate(m, node.test))
    if known is not None:
        return run(m, node.body if known else node.orelse)
    narrowed = _narrowing(m, node.test)
    results = m.fork(
        lambda: (_narrow(m, narrowed, True), run(m, node.body))[1],
        lambda: (_narrow(m, narrowed, False), run(m, node.orelse))[1],
        local=_local(m),
    )
    return _either_way(results)


def _narrowing(m, test):
    """``if x is None``: which name is known better in each branch."""
    negated = False
    while isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        test, negated = test.operand, not negated
    if isinstance(test, ast.Compare) and len(test.ops) == 1 and isinstance(test.left, ast.Name):
        right = test.comparators[0]
        if isinstance(right, ast.Constant) and right.value is None and isinstance(test.ops[0], (ast.Is, ast.IsNot)):
            return test.left.id, isinstance(test.ops[0], ast.Is) != negated
    if isinstance(test, ast.Name):
        return test.id, negated
    return None


def _narrow(m, narrowed, then: bool) -> None:
    if narrowed is None:
        return
    name, none_then = narrowed
    value = m.frame.env.get(name)
    if type(value) is Either:
        is_none = none_then == then
        kept = [o for o in value.options if (type(o) is Const and o.value is None) == is_none]
        if not is_none and kept:
            m.put(m.frame.env, name, kept[0] if len(kept) == 1 else Either(tuple(kept)))


def _match(m, node):
    evaluate(m, node.subject)

    def case(one):
        def branch():
            for name in ast.walk(one.pattern):
                if isinstance(name, (ast.MatchAs, ast.MatchStar)) and name.name:
                    m.bind(name.name, opaque())
            return run(m, one.body)

        return branch

    return _either_way(m.fork(lambda: NEXT, *(case(one) for one in node.cases)))


def _try(m, node):
    """The body; then, perhaps, a handler that starts from anything the body may have left."""
    guards = any(_catches(handler.type) for handler in node.handlers)
    raised, way = None, NEXT
    outer, m.log = m.log, []
    m.guarded += guards
    try:
        way = run(m, node.body)
    except Raised as error:
        raised = error
    finally:
        m.guarded -= guards
        inner, m.log = m.log, outer
        if outer is not None:
            outer.extend(inner)
    if raised is not None and not guards:
        run(m, node.finalbody)
        raise raised
    if raised is None and way & NEXT and node.orelse:
        way = way & ~NEXT | run(m, node.orelse)
    if node.handlers:
        branches = [lambda: way] if raised is None else []
        branches += [_handler(m, handler, inner) for handler in node.handlers]
        way = _either_way(m.fork(*branches))
    after = run(m, node.finalbody)
    return way if after == NEXT else after


def _catches(kind: ast.expr | None) -> bool:
    """Whether a handler catches what a backward pass raises."""
    if kind is None:
        return True
    named = kind.elts if isinstance(kind, ast.Tuple) else [kind]
    known = ("KeyboardInterrupt", "ImportError", "ModuleNotFoundError", "StopIteration", "FileNotFoundError", "OSError", "KeyError")
    return any(getattr(one, "id", getattr(one, "attr", "")) not in known for one in named)


def _spoil(m: Machine, log: list) -> None:
    """What was written may have been written or not."""
    done = set()
    for thing, name, old in log:
        if (id(thing), name) not in done:
            done.add((id(thing), name))
            if type(thing) is dict:
                m.put(thing, name, join(old, thing.get(name, MISSING)))
            else:
                m.set(thing, name, met(name, old, getattr(thing, name)))


def _handler(m, handler, log):
    def branch():
        _spoil(m, log)
        if handler.name:
            m.bind(handler.name, plain())
        return run(m, handler.body)

    return branch


def _raise(m, node):
    if node.exc is not None:
        evaluate(m, node.exc)
    raise Raised("raised by the program")


def _assert(m, node):
    if truth(m, evaluate(m, node.test)) is False and isinstance(node.test, ast.Constant):
        raise Raised("AssertionError")
    return NEXT


def _return(m, node):
    value = NONE if node.value is None else evaluate(m, node.value)
    m.frame.returns.append(value)
    return RETURN


# -- loops ----------------------------------------------------------------------------------------


def _for(m, node):
    items = calls.iterated(m, evaluate(m, node.iter))
    known = list(items.first)
    if not known and items.rest is None:
        return run(m, node.orelse)
    every = known or [items.rest]
    rest = items.rest
    if rest is None and len(known) > MOST_ROUNDS:
        rest = merge_results([known[index] for index in (3, len(known) // 2, len(known) - 1)])
        every = known[:ROUNDS]

    def bind(value):
        m.node = node.target
        calls.assign(m, node.target, value)

    return _loop(m, node, every, rest, bind)


def _while(m, node):
    def bind(value):
        known = truth(m, evaluate(m, node.test))
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
                way = _either_way(m.fork(lambda: BREAK, lambda: run(m, node.body)))
            else:
                way = run(m, node.body)
            left = way & RETURN | (NEXT if way & BREAK else 0)
            if not way & (NEXT | CONTINUE):
                return left
            if left:
                goes_on = lambda at=number, more=rest: rounds(at, more)
                return _either_way(m.fork(lambda way=left: way, goes_on, doubtful=False, local=_local(m)))
        if rest is not None:
            returns = len(m.frame.returns)
            _settle(m, lambda: (bind(rest), run(m, node.body))[1])
            return NEXT | (RETURN if len(m.frame.returns) > returns else 0)
        return NEXT

    m.loops += 1
    try:
        way = rounds(0, rest)
    finally:
        m.loops -= 1
    if node.orelse and way & NEXT:
        way = way & ~NEXT | _either_way(m.fork(lambda: NEXT, lambda: run(m, node.orelse)))
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


# -- with -----------------------------------------------------------------------------------------


def _with(m, node):
    """Gradient modes change what is computed inside; other context managers are called for their value."""
    return _within(m, node, 0)


def _within(m, node, index: int) -> int:
    if index == len(node.items):
        return run(m, node.body)
    entry = node.items[index]
    outer = m.grad_mode, m.mode_sites
    manager = evaluate(m, entry.context_expr)
    m.node = entry.context_expr
    mode = calls.mode_of(m, manager)
    if mode != "as is":
        m.set(m, "grad_mode", mode)
        m.set(m, "inference", mode is False and type(manager) is Inst and manager.lib == "torch.mode.off" and bool(manager.attrs))
        m.set(m, "mode_sites", (*m.mode_sites, m.site(entry.context_expr)) if mode is not True else ())
    expects_error = calls.swallows(manager)
    m.guarded += expects_error
    try:
        value = calls.entered(m, manager)
        if entry.optional_vars is not None:
            calls.assign(m, entry.optional_vars, value)
        if expects_error:
            return _either_way(m.fork(lambda: NEXT, lambda: _within(m, node, index + 1)))
        return _within(m, node, index + 1)
    finally:
        m.guarded -= expects_error
        if mode != "as is":
            m.set(m, "grad_mode", outer[0])
            m.set(m, "inference", False)
            m.set(m, "mode_sites", outer[1])
        calls.left(m, manager)


def _nothing(m, node):
    return NEXT


def _continue(m, node):
    return CONTINUE


def _break(m, node):
    return BREAK


HANDLERS = {
    ast.Expr: _expression, ast.Assign: _assign, ast.AnnAssign: _annotated, ast.AugAssign: _augmented,
    ast.Delete: _delete, ast.FunctionDef: _function, ast.AsyncFunctionDef: _function, ast.ClassDef: _class,
    ast.Import: _import, ast.ImportFrom: _import_from, ast.Global: _global, ast.Nonlocal: _global, ast.If: _if,
    ast.Match: _match, ast.Try: _try, ast.TryStar: _try, ast.Raise: _raise, ast.Assert: _assert, ast.Return: _return,
    ast.For: _for, ast.AsyncFor: _for, ast.While: _while, ast.With: _with, ast.AsyncWith: _with, ast.Pass: _nothing,
    ast.Continue: _continue, ast.Break: _break,
}  # fmt: skip
