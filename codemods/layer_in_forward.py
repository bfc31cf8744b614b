"""A layer with weights is made inside ``forward``.

What breaks: every call makes new weights at random. The gradient comes to them, no optimizer knows them, and the next
call has forgotten them.

Why the fix is right: made once in ``__init__`` the layer is registered, trained and kept. A normalisation or a PReLU
starts with the same constants as before; a layer that starts at random draws its numbers at another moment, so there
the fix is unsafe.

When to leave it alone: modules without weights (activations, losses), layers made at the first call and kept, weights
that a hypernetwork computes.
"""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from autofix.model import Break, Edit, Fix, Safety
from autofix.tree import Tree, Trees

CODE = "AF303"
OPS = {"module:per-call"}
ADVICE = "make the layer once in __init__ and keep it as an attribute"
NOTE = "the layer's random start is drawn once, at another moment: other numbers"

CONSTANT_START = ("Norm", "PReLU", "Scale")
SHORT = {"Norm": "norm", "PReLU": "act", "Linear": "fc", "Conv": "conv", "Embedding": "embed", "GRU": "rnn", "LSTM": "rnn", "RNN": "rnn"}


def mend(break_: Break, trees: Trees) -> Iterator[Fix]:
    tree = trees(break_.span.path)
    node = tree.expression_at(break_.span)
    owner = tree.enclosing(node, cst.ClassDef) if node is not None else None
    init = _init(owner)
    if init is None:
        return
    layers = [n for span in break_.related if span.path == tree.path and (n := tree.expression_at(span)) is not None]
    layers = [n for n in layers if isinstance(n, cst.Call) and tree.enclosing(n, cst.ClassDef) is owner]
    moves = _Moves(owner, init, tree)
    if not all(moves.add(layer) for layer in layers) or not layers:
        return
    safety = Safety.SAFE if moves.constant else Safety.UNSAFE
    yield Fix(CODE, "make the layer once, in `__init__`", moves.edits(), safety, "" if moves.constant else NOTE)


class _Moves:
    """The layers of one class that go from its methods into ``__init__``, in the order of their use."""

    def __init__(self, owner: cst.ClassDef, init: cst.FunctionDef, tree: Tree):
        self.owner, self.init, self.tree = owner, init, tree
        self.known = _known(init, tree)
        self.taken = {n.attr.value for n in tree.walk(cst.Attribute, owner) if tree.source(n.value) == "self"}
        self.lines: list[str] = []
        self.uses: list[Edit] = []
        self.wholes: list[cst.CSTNode] = []
        self.constant = True

    def add(self, node: cst.Call) -> bool:
        """Take this layer along; False where ``__init__`` could not make it."""
        method = _method(node, self.owner, self.tree)
        if method is None:
            return False
        whole = _container(node, method, self.tree)
        if whole in self.wholes:
            return True
        made = _in_terms_of_self(whole, _locals(method, self.tree), self.known, self.tree)
        attribute, uses = _kept(whole, method, self.taken, self.tree) if made is not None else (None, ())
        if attribute is None:
            return False
        self.wholes.append(whole)
        self.taken.add(attribute)
        self.lines.append(f"self.{attribute} = {made}")
        self.uses += uses
        self.constant &= whole is node and any(part in self.tree.source(node.func) for part in CONSTANT_START)
        return True

    def edits(self) -> tuple[Edit, ...]:
        last = self.init.body.body[-1]
        lines = (self.tree.newline() + self.tree.indent_of(last)).join(self.lines)
        return (self.tree.line_after(last, lines), *self.uses)


def _method(node, owner: cst.ClassDef | None, tree: Tree) -> cst.FunctionDef | None:
    if owner is None:
        return None
    return next((f for f in tree.ancestors(node) if isinstance(f, cst.FunctionDef) and tree.parent(tree.parent(f)) is owner), None)


def _init(owner: cst.ClassDef | None) -> cst.FunctionDef | None:
    if owner is None:
        return None
    body = owner.body.body
    return next((s for s in body if isinstance(s, cst.FunctionDef) and s.name.value == "__init__" and isinstance(s.body, cst.IndentedBlock)), None)


def _container(node: cst.Call, method: cst.FunctionDef, tree: Tree) -> cst.BaseExpression:
    """The ``nn.Sequential`` that the layer is an argument of, if any."""
    whole = node
    for ancestor in tree.ancestors(node):
        if ancestor is method or isinstance(ancestor, (cst.BaseSmallStatement, cst.Lambda, cst.ListComp)):
            break
        if isinstance(ancestor, cst.Call) and (tree.qualified(ancestor.func) or "").startswith("torch.nn.Sequential"):
            if ancestor.func is not whole:
                whole = ancestor
    return whole


def _known(init: cst.FunctionDef, tree: Tree) -> set[str]:
    """The attributes that ``__init__`` sets."""
    return {
        tree.source(target.target)
        for assignment in tree.walk(cst.Assign, init)
        for target in assignment.targets
        if isinstance(target.target, cst.Attribute)
    }


def _locals(method: cst.FunctionDef, tree: Tree) -> set[str]:
    params = {p.name.value for p in (*method.params.params, *method.params.kwonly_params)}
    for star in (method.params.star_arg, method.params.star_kwarg):
        if isinstance(star, cst.Param):
            params.add(star.name.value)
    bound = {n.target.value for a in tree.walk(cst.Assign, method) for n in a.targets if isinstance(n.target, cst.Name)}
    loops = {n.value for f in tree.walk((cst.For, cst.CompFor), method) for n in tree.walk(cst.Name, f.target)}
    tuples = {n.value for a in tree.walk(cst.Assign, method) for t in a.targets if isinstance(t.target, cst.Tuple) for n in tree.walk(cst.Name, t.target)}
    return (params | bound | loops | tuples) - {"self"}


def _in_terms_of_self(whole: cst.BaseExpression, local: set[str], known: set[str], tree: Tree) -> str | None:
    """The layer's source where ``__init__`` can compute it: numbers, globals and its own attributes."""
    keywords = {id(arg.keyword) for arg in tree.walk(cst.Arg, whole) if arg.keyword is not None}
    for name in tree.walk(cst.Name, whole):
        parent = tree.parent(name)
        if id(name) in keywords or isinstance(parent, cst.Attribute) and parent.attr is name:
            continue
        if name.value in local:
            return None
    for attribute in tree.walk(cst.Attribute, whole):
        if isinstance(attribute.value, cst.Name) and attribute.value.value == "self" and tree.source(attribute) not in known:
            return None
    return tree.source(whole)


def _kept(whole, method: cst.FunctionDef, taken: set[str], tree: Tree) -> tuple[str | None, tuple[Edit, ...]]:
    """The attribute's name, and the edits that use it in place of the new layer."""
    assignment = tree.parent(whole)
    statement = tree.parent(assignment) if isinstance(assignment, cst.Assign) else None
    if isinstance(statement, cst.SimpleStatementLine) and len(assignment.targets) == 1 and isinstance(assignment.targets[0].target, cst.Name):
        local = assignment.targets[0].target.value
        setters = [a for a in tree.walk(cst.Assign, method) for t in a.targets if tree.source(t.target) == local]
        if len(setters) != 1:
            return None, ()
        name = _free(local, taken)
        uses = [tree.replace(n, f"self.{name}") for n in tree.walk(cst.Name, method) if n.value == local and _is_use(n, assignment, tree)]
        return name, (tree.delete_statement(statement), *uses)
    if isinstance(assignment, cst.Assign) and tree.source(assignment.targets[0].target).startswith("self."):
        name = tree.source(assignment.targets[0].target).removeprefix("self.")
        return (name, (tree.delete_statement(statement),)) if name.isidentifier() else (None, ())
    short = next((short for part, short in SHORT.items() if part in tree.source(whole.func)), "layer")
    name = _free(short, taken)
    return name, (tree.replace(whole, f"self.{name}"),)


def _is_use(name: cst.Name, assignment: cst.Assign, tree: Tree) -> bool:
    parent = tree.parent(name)
    if isinstance(parent, cst.Attribute) and parent.attr is name or isinstance(parent, cst.Arg) and parent.keyword is name:
        return False
    return assignment not in list(tree.ancestors(name))


def _free(name: str, taken: set[str]) -> str:
    number, free = 2, name
    while free in taken:
        free, number = f"{name}{number}", number + 1
    return free
