"""Layers or parameters stand in a plain list, tuple or dict of a module.

What breaks: a module registers modules and parameters that are its attributes. It does not look into a Python list:
``parameters()`` does not yield what is in there, no optimizer trains it, ``state_dict`` and ``to`` forget it.

Why the fix is right: ``nn.ModuleList``, ``nn.ModuleDict``, ``nn.ParameterList`` and ``nn.ParameterDict`` hold the same
objects, are indexed, iterated and appended to in the same way, and register what they hold.

When to leave it alone: a list that hides modules on purpose (teachers, a target network, a pretrained critic), and
a list of what is registered elsewhere. autofix reports only what gets a gradient and is in no optimizer.
"""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from autofix.model import Break, Edit, Fix
from autofix.tree import Tree, Trees

CODE = "AF302"
OPS = {"module:list"}
ADVICE = "hold layers in nn.ModuleList or nn.ModuleDict, parameters in nn.ParameterList or nn.ParameterDict"

MODULES, PARAMETERS = ("torch.nn.ModuleList", "torch.nn.ModuleDict"), ("torch.nn.ParameterList", "torch.nn.ParameterDict")


def mend(break_: Break, trees: Trees) -> Iterator[Fix]:
    tree = trees(break_.span.path)
    node = tree.expression_at(break_.span)
    kinds = set(break_.reason.split("+"))
    if node is None:
        return
    if kinds <= {"module"}:
        containers = MODULES
    elif kinds <= {"parameter", "tensor"}:
        containers = PARAMETERS
    elif kinds <= {"list of modules", "tuple of modules"}:
        yield from _nested(node, tree)
        return
    else:
        return
    name, imports = tree.spell(containers[_is_dict(node, tree)])
    edits = (*_held_by(node, name, tree), *imports)
    yield Fix(CODE, f"hold it in `{name}`", edits)


def _is_dict(node: cst.BaseExpression, tree: Tree) -> bool:
    return isinstance(node, (cst.Dict, cst.DictComp)) or _called(node) in ("dict", "OrderedDict", "defaultdict")


def _called(node: cst.BaseExpression) -> str:
    return node.func.value if isinstance(node, cst.Call) and isinstance(node.func, cst.Name) else ""


def _held_by(node: cst.BaseExpression, name: str, tree: Tree) -> Iterator[Edit]:
    """``[..]`` → ``name([..])``; ``list(..)``, ``tuple(..)`` and ``dict(..)`` change their name only."""
    empty = isinstance(node, (cst.List, cst.Dict)) and not node.elements or _called(node) and not node.args
    if empty:
        yield tree.replace(node, f"{name}()")
    elif _called(node) in ("list", "tuple") or _called(node) == "dict" and not any(a.keyword or a.star for a in node.args):
        yield tree.replace(node.func, name)
    elif isinstance(node, cst.GeneratorExp):
        yield tree.replace(node, f"{name}({tree.source(node)})")
    elif isinstance(node, cst.Tuple) and not node.lpar:
        yield tree.replace(node, f"{name}(({tree.source(node)}))")
    else:
        start, end = tree.outer_offsets(node)
        yield tree.insert(start, f"{name}(")
        yield tree.insert(end, ")")


def _nested(node: cst.BaseExpression, tree: Tree) -> Iterator[Fix]:
    """A list of pairs of layers becomes a ModuleList of ModuleLists, a dict of them a ModuleDict."""
    name, imports = tree.spell(MODULES[0])
    outer, more = tree.spell(MODULES[_is_dict(node, tree)])
    if isinstance(node, (cst.ListComp, cst.GeneratorExp)):
        inner = [node.elt]
    elif isinstance(node, cst.DictComp):
        inner = [node.value]
    elif isinstance(node, (cst.List, cst.Tuple, cst.Dict)) and node.elements:
        inner = [element.value for element in node.elements]
    else:
        inner = list(_appended(node, tree))
    if not inner or not all(isinstance(item, (cst.List, cst.Tuple, cst.ListComp)) for item in inner):
        return
    edits = [edit for item in inner for edit in _held_by(item, name, tree)]
    yield Fix(CODE, f"hold it in `{name}`", (*edits, *_held_by(node, outer, tree), *dict.fromkeys((*imports, *more))))


def _appended(node: cst.BaseExpression, tree: Tree) -> Iterator[cst.BaseExpression]:
    """The items that are added to the attribute (or the local name) which this empty list or dict is assigned to."""
    assignment = tree.enclosing(node, (cst.Assign, cst.AnnAssign))
    scope = tree.enclosing(node, cst.ClassDef) or tree.module
    if not isinstance(assignment, cst.Assign):
        return
    target = tree.source(assignment.targets[0].target)
    for call in tree.walk(cst.Call, scope):
        if isinstance(call.func, cst.Attribute) and call.func.attr.value == "append" and tree.source(call.func.value) == target:
            yield call.args[0].value
    for other in tree.walk(cst.Assign, scope):
        held = other.targets[0].target
        if isinstance(held, cst.Subscript) and tree.source(held.value) == target:
            yield other.value
