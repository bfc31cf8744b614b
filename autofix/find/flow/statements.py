"""What a statement does. Each gives how its block goes on: a sum of NEXT, RETURN, BREAK, CONTINUE."""

from __future__ import annotations

import ast
from functools import reduce
from operator import or_

from autofix.find.flow import (
    arithmetic,
    binding,
    classes,
    elements,
    expressions,
    functions,
    imports,
    loops,
    managers,
    operators,
)
from autofix.find.flow.machine import BREAK, CONTINUE, NEXT, RETURN, Budget, Machine, Raised, merge_results, met
from autofix.find.values import (
    MISSING,
    NONE,
    Const,
    Either,
    Inst,
    Items,
    Seq,
    join,
    opaque,
    options,
    plain,
)


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
        return either_way(m.fork(lambda way=left: way, lambda at=index + 1: run(m, body, at), doubtful=False, local=local(m)))
    return NEXT


def either_way(ways: list[int]) -> int:
    return reduce(or_, ways)


def local(m: Machine) -> dict | None:
    return m.frame.env if len(m.frames) > 1 and not m.frame.is_class else None


# -- binding --------------------------------------------------------------------------------------


def _expression(m, node):
    expressions.evaluate(m, node.value)
    return NEXT


def _assign(m, node):
    value = expressions.evaluate(m, node.value)
    for target in node.targets:
        m.node = target
        binding.assign(m, target, value)
    return NEXT


def _annotated(m, node):
    if node.value is not None:
        value = expressions.evaluate(m, node.value)
        m.node = node.target
        binding.assign(m, node.target, value)
    elif m.frame.is_class and isinstance(node.target, ast.Name):
        m.frame.env.setdefault("__fields__", []).append(node.target.id)
    if m.frame.is_class and isinstance(node.target, ast.Name) and node.value is not None:
        m.frame.env.setdefault("__fields__", []).append(node.target.id)
    return NEXT


def _augmented(m, node):
    """``x += y`` writes into a tensor, a list or an array, and binds a name anew to anything else."""
    target = node.target
    if isinstance(target, ast.Subscript):
        holder, key = expressions.evaluate(m, target.value), expressions.evaluate(m, target.slice)
        m.node = target
        old = elements.item(m, holder, key)
    else:
        holder = key = None
        old = expressions.evaluate(m, _loaded(target))
    value = expressions.evaluate(m, node.value)
    m.node = node
    new = operators.augment(m, type(node.op), old, value)
    m.node = target
    if holder is not None:
        binding.set_item(m, holder, key, new)
    elif not (new is old and isinstance(target, ast.Name)):
        binding.assign(m, target, new)
    return NEXT


def _loaded(target: ast.expr) -> ast.expr:
    return target


def _delete(m, node):
    for target in node.targets:
        if isinstance(target, ast.Name):
            m.drop(m.frame.env, target.id)
        elif isinstance(target, ast.Subscript):
            holder = expressions.evaluate(m, target.value)
            expressions.evaluate(m, target.slice)
            for option in options(holder):
                if type(option) is Seq:
                    everything = option.items.all()
                    if everything:
                        m.set(option, "items", Items((), merge_results(everything)))
    return NEXT


def _function(m, node):
    m.put(m.frame.redirect.get(node.name, m.frame.env), node.name, functions.decorated(m, node, functions.function(m, node, node.name)))
    return NEXT


def _class(m, node):
    m.bind(node.name, classes.decorated_class(m, node, classes.make_class(m, node)))
    return NEXT


def _import(m, node):
    for alias in node.names:
        top = alias.name.partition(".")[0]
        m.bind(alias.asname or top, imports.module(m, alias.name if alias.asname else top))
    return NEXT


def _import_from(m, node):
    for alias in node.names:
        if alias.name == "*":
            continue
        m.bind(alias.asname or alias.name, imports.imported_from(m, node, alias.name))
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
    known = arithmetic.truth(m, expressions.evaluate(m, node.test))
    if known is not None:
        return run(m, node.body if known else node.orelse)
    narrowed = _narrowing(m, node.test)
    results = m.fork(
        lambda: (_narrow(m, narrowed, True), run(m, node.body))[1],
        lambda: (_narrow(m, narrowed, False), run(m, node.orelse))[1],
        local=local(m),
    )
    return either_way(results)


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
    expressions.evaluate(m, node.subject)

    def case(one):
        def branch():
            for name in ast.walk(one.pattern):
                if isinstance(name, (ast.MatchAs, ast.MatchStar)) and name.name:
                    m.bind(name.name, opaque())
            return run(m, one.body)

        return branch

    return either_way(m.fork(lambda: NEXT, *(case(one) for one in node.cases)))


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
        way = either_way(m.fork(*branches))
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
        expressions.evaluate(m, node.exc)
    raise Raised("raised by the program")


def _assert(m, node):
    if arithmetic.truth(m, expressions.evaluate(m, node.test)) is False and isinstance(node.test, ast.Constant):
        raise Raised("AssertionError")
    return NEXT


def _return(m, node):
    value = NONE if node.value is None else expressions.evaluate(m, node.value)
    m.frame.returns.append(value)
    return RETURN


# -- with -----------------------------------------------------------------------------------------


def _with(m, node):
    """Gradient modes change what is computed inside; other context managers are called for their value."""
    return _within(m, node, 0)


def _within(m, node, index: int) -> int:
    if index == len(node.items):
        return run(m, node.body)
    entry = node.items[index]
    outer = m.grad_mode, m.mode_sites
    manager = expressions.evaluate(m, entry.context_expr)
    m.node = entry.context_expr
    mode = managers.mode_of(m, manager)
    if mode != "as is":
        m.set(m, "grad_mode", mode)
        m.set(m, "inference", mode is False and type(manager) is Inst and manager.lib == "torch.mode.off" and bool(manager.attrs))
        m.set(m, "mode_sites", (*m.mode_sites, m.site(entry.context_expr)) if mode is not True else ())
    expects_error = managers.swallows(manager)
    m.guarded += expects_error
    try:
        value = managers.entered(m, manager)
        if entry.optional_vars is not None:
            binding.assign(m, entry.optional_vars, value)
        if expects_error:
            return either_way(m.fork(lambda: NEXT, lambda: _within(m, node, index + 1)))
        return _within(m, node, index + 1)
    finally:
        m.guarded -= expects_error
        if mode != "as is":
            m.set(m, "grad_mode", outer[0])
            m.set(m, "inference", False)
            m.set(m, "mode_sites", outer[1])
        managers.left(m, manager)


def _for(m, node):
    return loops.for_each(m, node)


def _while(m, node):
    return loops.while_true(m, node)


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
