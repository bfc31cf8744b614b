"""Something on the way from the source to the target is computed while the tape does not record.

What breaks: a tape sees what is done inside its block. The forward pass before the ``with``, the loss behind
it, an inner tape's gradient taken after the outer block has ended, or a ``stop_recording`` block are not on it,
and ``tape.gradient`` gives ``None``.

Why the fix is right: the same lines run in the same order; only the block begins earlier or ends later, so that
the tape records them. No number changes.

When to leave it alone: what is computed once, outside of a loop, and is meant to be a constant of it.
"""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from autofix.model import Break, Edit, Fix, Span
from autofix.tapes import Block, Line, indented, statement_of, whole_lines
from autofix.tree import Tree, Trees

CODE = "AF503"
OPS = {"tape:before", "tape:after", "tape:stopped"}
ADVICE = "compute everything from the source to the loss inside the tape's block"


def mend(break_: Break, trees: Trees) -> Iterator[Fix]:
    if len(break_.related) < 2:
        return
    tape, gradient, *more = break_.related
    tree = trees(tape.path)
    block = Block.of(tree, tape)
    if block is None:
        return
    spans = [span for span in (break_.span, *more) if span.path == tree.path]
    if break_.op == "tape:stopped":
        yield from _recorded(tree, spans)
    elif break_.op == "tape:before":
        yield from _begin_earlier(tree, block, spans)
    else:
        yield from _end_later(tree, block, spans, gradient)


# -- after the block ------------------------------------------------------------------------------


def _end_later(tree: Tree, block: Block, spans: list[Span], gradient: Span) -> Iterator[Fix]:
    call = tree.expression_at(gradient)
    lines, place = block.siblings()
    behind = lines[place + 1 :]
    asking = next((k for k, line in enumerate(behind) if call is not None and _within(tree, call, line)), len(behind))
    inside = [span for span in spans if isinstance(call, cst.Call) and tree.span(call).contains(span) and span != gradient]
    edits: list[Edit] = []
    code = ""
    wanted = [k for k, line in enumerate(behind[:asking]) if _leads_to(tree, line, spans)]
    last = max(wanted, default=-1)
    if last < 0 and not inside:
        last = asking - 1
    if last >= 0:
        moved = _moved(tree, behind[0], behind[last], block)
        if moved is None:
            return
        begin, stop, code = moved
        edits.append(Edit(tree.path, begin, stop, ""))
    if inside:
        target = _target(call)
        if target is None:
            return
        name = _free(tree, "target")
        code += f"{tree.indent_of(block.body.body[0])}{name} = {tree.source(target)}{tree.newline()}"
        edits.append(tree.replace(target, name))
    if not code:
        return
    where = whole_lines(tree, block.body.body[-1], block.body.body[-1])
    if where is None:
        return
    if last >= 0 and not tree.text[where[1] : edits[0].start].strip():
        edits[0] = Edit(tree.path, where[1], edits[0].end, code)
    else:
        edits.append(tree.insert(where[1], code))
    yield Fix(CODE, "compute it while the tape records", tuple(edits))


def _leads_to(tree: Tree, line: Line, spans: list[Span], depth: int = 3) -> bool:
    """Whether the statement holds one of the places, or calls a function of this file that does."""
    if isinstance(line, (cst.FunctionDef, cst.ClassDef)):
        return False
    if any(tree.span(line).contains(span) for span in spans):
        return True
    called = {_called(call) for call in tree.walk(cst.Call, line)} if depth else set()
    functions = [f for f in tree.walk(cst.FunctionDef) if f.name.value in called or f.name.value in ("__call__", "call") and _owner(tree, f) in called]
    return any(tree.span(f).contains(span) for f in functions for span in spans) or any(
        _leads_to(tree, inner, spans, depth - 1) for f in functions for inner in tree.walk(cst.SimpleStatementLine, f.body)
    )


def _called(call: cst.Call) -> str:
    return call.func.attr.value if isinstance(call.func, cst.Attribute) else getattr(call.func, "value", "")


def _owner(tree: Tree, function: cst.FunctionDef) -> str:
    owner = tree.enclosing(function, (cst.ClassDef, cst.FunctionDef))
    return owner.name.value if isinstance(owner, cst.ClassDef) else ""


def _is_reached(tree: Tree, line: Line, before: list[Line]) -> bool:
    """Whether the line is among those before the block, or inside a function that one of them calls."""
    return any(_within(tree, line, other) or _leads_to(tree, other, [tree.span(line)]) for other in before)


def _within(tree: Tree, node: cst.CSTNode, line: cst.CSTNode) -> bool:
    return node is line or any(above is line for above in tree.ancestors(node))


def _moved(tree: Tree, first: Line, last: Line, block: Block) -> tuple[int, int, str] | None:
    """Where these lines stand, and their text in the block's indentation."""
    where = whole_lines(tree, first, last)
    if where is None or any(True for _ in _flow(tree, where)):
        return None
    text = indented(tree, tree.text[where[0] : where[1]], tree.indent_of(first), tree.indent_of(block.body.body[0]))
    return None if text is None else (*where, text)


def _flow(tree: Tree, where: tuple[int, int]):
    """Statements that must not change their block."""
    for node in tree.walk((cst.Return, cst.FunctionDef, cst.ClassDef, cst.Break, cst.Continue, cst.Global)):
        if where[0] <= tree.offsets(node)[0] < where[1]:
            yield node


def _target(call: cst.Call) -> cst.BaseExpression | None:
    if call.args and call.args[0].keyword is None and not call.args[0].star:
        return call.args[0].value
    return next((a.value for a in call.args if a.keyword is not None and a.keyword.value == "target"), None)


def _free(tree: Tree, name: str) -> str:
    taken = {n.value for n in tree.walk(cst.Name)}
    return next(n for n in (name, f"tape_{name}", f"tape_{name}2") if n not in taken)


# -- before the block -----------------------------------------------------------------------------


def _begin_earlier(tree: Tree, block: Block, spans: list[Span]) -> Iterator[Fix]:
    lines, place = block.siblings()
    before = lines[:place]
    wanted = [k for k, line in enumerate(before) if _leads_to(tree, line, spans)]
    if wanted:
        yield from _swallowed(tree, block, before[min(wanted)], before[-1])
    far = [line for span in spans if (line := _line_of(tree, span)) is not None and not _is_reached(tree, line, before)]
    if not all(_sees(tree, block, line) for line in far):
        return
    if far or len(wanted) > 1 or wanted and min(wanted) < len(before) - 1:
        near = [before[k] for k in wanted]
        yield from _picked(tree, block, [*dict.fromkeys([*far, *near])])


def _sees(tree: Tree, block: Block, line: Line) -> bool:
    """Whether the block knows the names of the line: it stands in the same function, or in one around it."""
    function = tree.enclosing(line, cst.FunctionDef)
    return function is None or any(above is function for above in tree.ancestors(block.node))


def _swallowed(tree: Tree, block: Block, first: Line, last: Line) -> Iterator[Fix]:
    """The lines from the first one that counts up to the block become its first lines."""
    moved = _moved(tree, first, last, block)
    head = whole_lines(tree, block.node, block.node)
    if moved is None or head is None:
        return
    begin, stop, code = moved
    body = tree.offset(tree.span(block.body.body[0]).line, 0)
    comments = tree.text.find("\n", tree.outer_offsets(block.item.asname.name)[1]) + 1
    body = min(body, comments) if comments else body
    yield Fix(CODE, "open the tape earlier", (Edit(tree.path, begin, stop, ""), tree.insert(body, code)))


def _line_of(tree: Tree, span: Span) -> Line | None:
    node = tree.expression_at(span)
    return statement_of(tree, node) if node is not None else None


def _picked(tree: Tree, block: Block, lines: list[Line]) -> Iterator[Fix]:
    """Only the lines that count go into the block."""
    lines = sorted(lines, key=lambda line: tree.offsets(line)[0])
    code, edits = "", []
    for line in lines:
        moved = _moved(tree, line, line, block) if isinstance(line, cst.SimpleStatementLine) else None
        if moved is None or block.holds(line):
            return
        code += moved[2]
        edits.append(tree.delete_statement(line))
    body = tree.offset(tree.span(block.body.body[0]).line, 0)
    yield Fix(CODE, "compute it while the tape records", (*edits, tree.insert(body, code)))


# -- stop_recording -------------------------------------------------------------------------------


def _recorded(tree: Tree, spans: list[Span]) -> Iterator[Fix]:
    """Take the ``with tape.stop_recording():`` around these lines away."""
    edits: dict[int, Edit] = {}
    for span in spans:
        node = tree.expression_at(span)
        stop = next((w for w in tree.ancestors(node) if isinstance(w, cst.With) and _stops(w)), None) if node else None
        if stop is None or len(stop.items) > 1 or not isinstance(stop.body, cst.IndentedBlock):
            return
        where = whole_lines(tree, stop, stop)
        lines = whole_lines(tree, stop.body.body[0], stop.body.body[-1])
        if where is None or lines is None:
            return
        text = indented(tree, tree.text[lines[0] : lines[1]], tree.indent_of(stop.body.body[0]), tree.indent_of(stop))
        if text is None:
            return
        edits[where[0]] = Edit(tree.path, where[0], lines[1], text)
    yield Fix(CODE, "let the tape record this", tuple(edits.values()))


def _stops(node: cst.With) -> bool:
    call = node.items[0].item
    return isinstance(call, cst.Call) and isinstance(call.func, cst.Attribute) and call.func.attr.value == "stop_recording"
