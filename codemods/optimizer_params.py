"""The optimizer does not hold the parameters that the program trains.

What breaks: an optimizer keeps the tensors it was given when it was made. A layer that replaces another later, a
generator that a ``sum`` has used up, ``state_dict()`` values and clones, a second optimizer in the first one's
variable: gradients come, and no step uses them.

Why the fix is right: the optimizer is made after the last change of the model, of a list in place of the generator, of
the parameters in place of their copies, and one optimizer gets both parts. No number moves before its first step.

When to leave it alone: where parameters are left out on purpose (a frozen or pretrained part, a critic that another
optimizer trains). autofix tells only what the optimizer itself gives away: dead tensors, empty groups, no step.
"""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from autofix.model import Break, Edit, Fix, Span
from autofix.tree import Tree, Trees

CODE = "AF304"
OPS = {"optimizer:early", "optimizer:empty", "optimizer:copies", "optimizer:overwritten", "leaf:rebound"}
ADVICE = "make the optimizer last, from all parameters that are to learn"

GENERATORS = ("parameters", "named_parameters", "filter", "map", "chain", "iter", "zip")
PARAMETERS = ("parameters", "named_parameters")
COPIERS = ("detach", "clone", "data", "deepcopy", "copy", "Parameter", "tensor", "numpy")


def mend(break_: Break, trees: Trees) -> Iterator[Fix]:
    tree = trees(break_.span.path)
    node = tree.expression_at(break_.span)
    if not isinstance(node, cst.Call):
        return
    kind = break_.op.split(":")[1]
    if kind == "early":
        yield from _later(node, break_.related, tree)
    elif kind == "empty":
        yield from _listed(node, tree)
    elif kind == "copies":
        yield from _originals(node, tree)
    elif kind == "rebound":
        yield from _copied_one_by_one(node, tree)
    elif kind == "overwritten":
        second = tree.expression_at(break_.related[0]) if break_.related else None
        if isinstance(second, cst.Call):
            yield from _one_for_both(node, second, tree)


# -- made too early -------------------------------------------------------------------------------


def _later(node: cst.Call, since: tuple[Span, ...], tree: Tree) -> Iterator[Fix]:
    """Move the statement that makes the optimizer, and what depends on it, after the last change."""
    changes = [place for span in since if span.path == tree.path for place in _places(tree, span)]
    for made in _places(tree, tree.span(node)):
        block = tree.parent(made)
        after = [change for change in changes if tree.parent(change) is block]
        if not after or not isinstance(made, cst.SimpleStatementLine):
            continue
        body = list(block.body)
        last = max(after, key=body.index)
        between = body[body.index(made) + 1 : body.index(last) + 1]
        moved = _with_dependents(made, between, tree)
        if moved is None or last in moved or body.index(last) <= body.index(made):
            continue
        lines = (tree.newline() + tree.indent_of(made)).join(tree.source(statement) for statement in moved)
        edits = (*(tree.delete_statement(statement) for statement in moved), tree.line_after(last, lines))
        yield Fix(CODE, "make the optimizer after the last change of the model", edits)
        return


def _places(tree: Tree, span: Span, depth: int = 3) -> list[cst.CSTNode]:
    """The statements, one for each block around, during which this place runs: also where its function is called."""
    line = tree.statement_at(span.line)
    found = [] if line is None else [line]
    function = None
    for ancestor in tree.ancestors(line) if line is not None else ():
        if isinstance(ancestor, (cst.FunctionDef, cst.ClassDef)):
            function = function or ancestor
            break
        if isinstance(ancestor, cst.BaseCompoundStatement):
            found.append(ancestor)
    if function is not None and depth:
        name = function.name.value
        if name == "__init__" and (owner := tree.enclosing(function, cst.ClassDef)) is not None:
            name = owner.name.value
        for call in tree.walk(cst.Call):
            if _called(call) == name:
                found += _places(tree, tree.span(call), depth - 1)
    return found


def _with_dependents(made: cst.SimpleStatementLine, between: list, tree: Tree) -> list | None:
    """The statement with those that use its result (a scheduler); None where the result is at work already."""
    names = _bound(made, tree)
    moved = [made]
    for statement in between:
        used = {tree.source(n) for n in tree.walk((cst.Name, cst.Attribute), statement)} & names
        if not used:
            continue
        if not isinstance(statement, cst.SimpleStatementLine) or not isinstance(statement.body[0], cst.Assign):
            return None
        names |= _bound(statement, tree)
        moved.append(statement)
    return moved


def _bound(statement: cst.SimpleStatementLine, tree: Tree) -> set[str]:
    assigned = [s for s in statement.body if isinstance(s, cst.Assign)]
    return {tree.source(target.target) for one in assigned for target in one.targets}


# -- given a generator that is used up ------------------------------------------------------------


def _listed(node: cst.Call, tree: Tree) -> Iterator[Fix]:
    edits = []
    for expression in _given(node, tree):
        if isinstance(expression, cst.GeneratorExp):
            edits.append(tree.replace(expression, f"[{tree.source(expression).strip('()')}]") if not expression.lpar else tree.replace(expression, f"list({tree.source(expression)})"))
        elif isinstance(expression, cst.Call) and (_called(expression) in GENERATORS or _yields(expression, tree)):
            if isinstance(tree.parent(expression), (cst.Assign, cst.AnnAssign, cst.Return)):
                edits.extend(tree.wrap(expression, "list(", ")"))
    if edits:
        yield Fix(CODE, "keep the parameters in a list", tuple(dict.fromkeys(edits)))


def _yields(call: cst.Call, tree: Tree) -> bool:
    """A function of the file that gives a generator."""
    for function in tree.walk(cst.FunctionDef):
        if function.name.value == _called(call):
            if any(True for _ in tree.walk(cst.Yield, function)):
                return True
            returned = [r.value for r in tree.walk(cst.Return, function) if r.value is not None]
            return bool(returned) and all(isinstance(v, cst.GeneratorExp) or _called(v) in GENERATORS for v in returned)
    return False


def _given(node: cst.Call, tree: Tree) -> list[cst.BaseExpression]:
    """What the names in the optimizer's arguments are bound to, here or by the caller."""
    names = [n for arg in node.args for n in tree.walk((cst.Name, cst.Attribute), arg.value)]
    found, seen = [], set()
    waiting = [tree.source(name) for name in names]
    function = tree.enclosing(node, cst.FunctionDef)
    while waiting:
        name = waiting.pop()
        if name in seen:
            continue
        seen.add(name)
        for assignment in tree.walk((cst.Assign, cst.AnnAssign)):
            targets = [t.target for t in assignment.targets] if isinstance(assignment, cst.Assign) else [assignment.target]
            if any(tree.source(target) == name for target in targets) and assignment.value is not None:
                found.append(assignment.value)
        for call in _callers(function, name, tree):
            found.append(call)
            waiting.append(tree.source(call))
    return found


def _callers(function: cst.FunctionDef | None, name: str, tree: Tree) -> Iterator[cst.BaseExpression]:
    """What is passed for the parameter ``name`` of the function."""
    if function is None:
        return
    params = [p.name.value for p in function.params.params]
    if name not in params:
        return
    place = params.index(name) - (params[0] in ("self", "cls"))
    for call in tree.walk(cst.Call):
        if _called(call) in (function.name.value, _owner(function, tree)):
            for number, arg in enumerate(call.args):
                if arg.keyword is not None and arg.keyword.value == name or arg.keyword is None and number == place:
                    yield arg.value


def _owner(function: cst.FunctionDef, tree: Tree) -> str:
    owner = tree.enclosing(function, cst.ClassDef)
    return owner.name.value if owner is not None and function.name.value == "__init__" else function.name.value


# -- given copies ---------------------------------------------------------------------------------


def _originals(node: cst.Call, tree: Tree) -> Iterator[Fix]:
    scopes = [tree.enclosing(node, cst.FunctionDef) or node, *(arg.value for arg in node.args), *_given(node, tree)]
    edits: list[Edit] = []
    for scope in scopes:
        for call in tree.walk(cst.Call, scope):
            edits += [*_of_state(call, tree), *_of_model(call, tree)]
        for copied in tree.walk((cst.ListComp, cst.GeneratorExp), scope):
            edits += _of_copies(copied, tree)
    if edits:
        yield Fix(CODE, "give the optimizer the parameters themselves", tuple(dict.fromkeys(edits)))


def _of_state(call: cst.Call, tree: Tree) -> list[Edit]:
    """``m.state_dict().values()`` → ``m.parameters()``."""
    inner = call.func.value if isinstance(call.func, cst.Attribute) else None
    if not (isinstance(inner, cst.Call) and _called(inner) == "state_dict" and isinstance(inner.func, cst.Attribute)):
        return []
    name = {"values": "parameters", "items": "named_parameters"}.get(call.func.attr.value)
    return [] if name is None else [tree.replace(call, f"{tree.source(inner.func.value)}.{name}()")]


def _of_model(call: cst.Call, tree: Tree) -> list[Edit]:
    """``copy.deepcopy(m).parameters()`` → ``m.parameters()``."""
    inner = call.func.value if isinstance(call.func, cst.Attribute) and call.func.attr.value in PARAMETERS else None
    if not isinstance(inner, cst.Call) or tree.qualified(inner.func) != "copy.deepcopy" or len(inner.args) != 1:
        return []
    return [tree.replace(inner, tree.source(inner.args[0].value))]


def _copied_one_by_one(node: cst.Call, tree: Tree) -> Iterator[Fix]:
    """``[p.clone() for p in m.parameters()]``, which no optimizer takes."""
    copied = tree.enclosing(node, (cst.ListComp, cst.GeneratorExp))
    edits = _of_copies(copied, tree) if copied is not None else []
    if edits:
        yield Fix(CODE, "give the optimizer the parameters themselves", tuple(edits))


def _of_copies(node: cst.ListComp | cst.GeneratorExp, tree: Tree) -> list[Edit]:
    """``[p.detach().clone() for p in m.parameters()]`` → ``list(m.parameters())``."""
    loop = node.for_in
    if not isinstance(loop.target, (cst.Name, cst.Tuple)) or loop.inner_for_in is not None or not _copies(node.elt, tree):
        return []
    if _called(loop.iter) not in PARAMETERS:
        return []
    name = loop.target.value if isinstance(loop.target, cst.Name) else tree.source(loop.target.elements[-1].value)
    if isinstance(loop.target, cst.Name) and not loop.ifs and isinstance(node, cst.ListComp):
        return [tree.replace(node, f"list({tree.source(loop.iter)})")]
    return [tree.replace(node.elt, name)]


def _copies(node: cst.BaseExpression, tree: Tree) -> bool:
    names = {n.attr.value for n in tree.walk(cst.Attribute, node)} | {_called(n) for n in tree.walk(cst.Call, node)}
    return bool(names) and any(name in COPIERS for name in names)


# -- two in one variable --------------------------------------------------------------------------


def _one_for_both(first: cst.Call, second: cst.Call, tree: Tree) -> Iterator[Fix]:
    gone = tree.enclosing(first, cst.SimpleStatementLine)
    if gone is None or not first.args or not second.args or tree.source(first.func) != tree.source(second.func):
        return
    mine, theirs = first.args[0].value, second.args[0].value
    settings = [tree.source(arg) for arg in first.args[1:]]
    if settings == [tree.source(arg) for arg in second.args[1:]]:
        both = f"[{_items(mine, tree)}, {_items(theirs, tree)}]"
    else:
        own = "".join(f', "{arg.keyword.value}": {tree.source(arg.value)}' for arg in first.args[1:] if arg.keyword is not None)
        if isinstance(mine, cst.List) or isinstance(theirs, cst.List):
            return
        both = f'[{{"params": {tree.source(mine)}{own}}}, {{"params": {tree.source(theirs)}}}]'
    yield Fix(CODE, "one optimizer for both parts", (tree.delete_statement(gone), tree.replace(theirs, both)))


def _items(node: cst.BaseExpression, tree: Tree) -> str:
    if isinstance(node, cst.List):
        return tree.source(node)[1:-1].strip().rstrip(",")
    return f"*{tree.source(node)}"


def _called(node: cst.CSTNode) -> str:
    if not isinstance(node, cst.Call):
        return ""
    return node.func.attr.value if isinstance(node.func, cst.Attribute) else getattr(node.func, "value", "")
