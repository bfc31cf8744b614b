"""A hidden state is detached at every step of one sequence: each step learns on its own, and none what it hands on.

Truncation cuts now and then, or between two backward passes. Where every step of what one loss is made of cuts the
state that the step before it made, nothing is left of the recurrence. Told by the state's name, outside of conditions.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from autofix import effects
from autofix.find.record import Cut, is_gradient
from autofix.find.starved import optimized
from autofix.find.view import Cause, View
from autofix.model import Span
from autofix.source import parsed

STOPS = effects.STOPS | {"torch.Tensor.detach_", "tf.stop_gradient", "tf.Tensor.numpy"}
STATE = re.compile(
    r"(self\.)?_?(h|hx|cx|h_?t|c_?t|h_?\d|c_?\d|h_?prev|c_?prev|prev_?h|hid|hidden|hiddens|hidden_states?|cell_state)"
)
LIKELY = re.compile(r"(self\.)?_?(c|cell|states?|carry|prev_state|rnn_state)")
CELL = re.compile(r"\b(RNN|GRU|LSTM)Cell\(")
WHOLE = re.compile(r"\b(RNN|GRU|LSTM)\(")
ON_PURPOSE = re.compile(r"trunc|tbptt|bptt|stop|cut off|on purpose|burn|chunk|window|segment|split|block", re.I)


def causes(view: View) -> Iterator[Cause]:
    record = view.record
    for root in record.roots:
        if not root.requires_grad or root.error or root.how == "inner":
            continue
        for cut in (record.cuts[index] for index in sorted(root.cuts)):
            if cut.chained and (cut.live or cut.op == "tf.stop_gradient") and cut.op in STOPS:
                for span in view.spans(cut.site):
                    if _is_hidden_state(view, span):
                        yield from _lost(view, cut, span, root)


def _lost(view: View, cut: Cut, span: Span, root) -> Iterator[Cause]:
    for index in sorted(cut.data & root.data & optimized(view.record)):
        source = view.record.sources[index]
        if source.requires_grad and is_gradient(root.gradients.get(index)):
            yield Cause(cut.op, span, view.target(source, "term"), ends=root.made, partial=True, site=cut.site)


def _is_hidden_state(view: View, span: Span) -> bool:
    """A state by its name, of a cell that takes one step at a time: chunks of a sequence are rightly cut apart."""
    outline = view.outline_of(span.path)
    name, around = _detached(view.text(span)), outline.around(span)
    known = STATE.fullmatch(name) or LIKELY.fullmatch(name) and CELL.search(outline.text)
    if not known or WHOLE.search(outline.text):
        return False
    lines = outline.text.split("\n")[max(span.line - 3, 0) : span.end_line + 1]
    functions = [node for node in around if isinstance(node, ast.FunctionDef)]
    told = [*lines, *(f"{f.name} {ast.get_docstring(f) or ''}" for f in functions), *_loops(around)]
    if any(ON_PURPOSE.search(text) for text in told):
        return False
    for node in around:
        if isinstance(node, (ast.If, ast.IfExp)):
            return False
        if isinstance(node, (ast.For, ast.While, ast.FunctionDef)):
            break
    method = bool(functions) and bool(functions[0].args.args) and functions[0].args.args[0].arg == "self"
    return method or bool(CELL.search(outline.text))


def _loops(around: list[ast.AST]) -> Iterator[str]:
    """What the loops go over."""
    for node in around:
        if isinstance(node, ast.For):
            yield f"{ast.unparse(node.target)} in {ast.unparse(node.iter)}"


def _detached(text: str) -> str:
    """``h`` of ``h.detach()``."""
    try:
        node = parsed(text.strip(), "eval").body
    except SyntaxError:
        return ""
    if isinstance(node, ast.Call) and node.args:
        return ast.unparse(node.args[0])
    node = node.func if isinstance(node, ast.Call) else node
    return ast.unparse(node.value) if isinstance(node, ast.Attribute) else ""
