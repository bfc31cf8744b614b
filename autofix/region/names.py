"""Names of one file: where each is bound, and which bindings a use may mean.

Reaching definitions by position and block: precise in straight lines, generous in branches and loops
(a binding further down a loop reaches the head of the next round).
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property

import libcst as cst

from autofix.tree import Tree, dotted

Function = cst.FunctionDef | cst.Lambda
_COMPREHENSIONS = (cst.ListComp, cst.SetComp, cst.DictComp, cst.GeneratorExp)
_SCOPES = (cst.Module, cst.FunctionDef, cst.Lambda, cst.ClassDef, *_COMPREHENSIONS)


@dataclass(eq=False, slots=True)
class Binding:
    """One place that gives a name a value.

    ``kind``: assign, item (one of an unpacked value), loop (one of an iterable), augment, param, def,
    import, other. ``value``: the assigned, unpacked or iterated expression. ``index``: the place within
    an unpacked tuple, -1 where it is not plain.
    """

    name: str
    kind: str
    scope: cst.CSTNode
    place: cst.CSTNode
    value: cst.BaseExpression | None = None
    index: int = -1
    block: cst.CSTNode | None = None
    start: int = 0


class Names:
    """All bindings and uses of a file's names; attributes such as ``self.x`` count as names too."""

    def __init__(self, tree: Tree):
        self.tree = tree
        self.bindings: dict[tuple[cst.CSTNode, str], list[Binding]] = defaultdict(list)
        self.loads: list[cst.BaseExpression] = []
        self._definitions: dict[cst.BaseExpression, list[Binding]] = {}
        self.nodes = list(tree.walk(cst.CSTNode))
        self._stores: set[cst.CSTNode] = set()
        self._collect()

    def of_type(self, kind) -> list[cst.CSTNode]:
        """All nodes of this type, in source order."""
        return [node for node in self.nodes if isinstance(node, kind)]

    # -- queries ----------------------------------------------------------------------------------

    def definitions(self, load: cst.BaseExpression) -> list[Binding]:
        """The bindings that this use of a name may mean."""
        found = self._definitions.get(load)
        if found is None:
            found = self._definitions[load] = self._defined(load)
        return found

    def _defined(self, load: cst.BaseExpression) -> list[Binding]:
        name = dotted(load)
        if isinstance(load, cst.Attribute):
            if name.startswith(("self.", "cls.")):
                return self.bindings.get((self._class_of(load), name), [])
            return self._attributes.get(load.attr.value, [])
        scope = self.scope(load)
        while scope is not None:
            found = self.bindings.get((scope, name))
            if found and not (isinstance(scope, cst.ClassDef) and scope is not self.scope(load)):
                return self._reaching(found, load) if scope is self.scope(load) else found
            scope = self.scope(scope) if not isinstance(scope, cst.Module) else None
        return []

    @cached_property
    def _attributes(self) -> dict[str, list[Binding]]:
        """What the file's classes bind on themselves, by attribute."""
        found: dict[str, list[Binding]] = defaultdict(list)
        for (scope, name), group in self.bindings.items():
            if isinstance(scope, cst.ClassDef) and "." in name:
                found[name.partition(".")[2]] += group
        return found

    def uses(self, binding: Binding) -> list[cst.BaseExpression]:
        """The uses that may mean this binding."""
        return self._uses.get(id(binding), [])

    @cached_property
    def _uses(self) -> dict[int, list[cst.BaseExpression]]:
        found: dict[int, list[cst.BaseExpression]] = defaultdict(list)
        for load in self.loads:
            for binding in self.definitions(load):
                found[id(binding)].append(load)
        return found

    @cached_property
    def _all(self) -> list[Binding]:
        return [b for group in self.bindings.values() for b in group]

    def all(self) -> list[Binding]:
        return self._all

    @cached_property
    def _by_place(self) -> dict[cst.CSTNode, list[Binding]]:
        found: dict[cst.CSTNode, list[Binding]] = defaultdict(list)
        for binding in self._all:
            found[binding.place].append(binding)
        return found

    def at(self, place: cst.CSTNode) -> list[Binding]:
        """The bindings that a statement (or loop, or parameter) makes."""
        return self._by_place.get(place, [])

    def scope(self, node: cst.CSTNode) -> cst.CSTNode:
        """The scope a name in this place belongs to (a comprehension's first iterable is outside of it)."""
        child = node
        for above in self.tree.ancestors(node):
            if isinstance(above, _SCOPES):
                if isinstance(above, _COMPREHENSIONS) and self._first_iterable(above, node):
                    child = above
                    continue
                if isinstance(above, cst.FunctionDef) and child is not above.body and child is not above.params:
                    child = above
                    continue
                return above
            child = above
        return self.tree.module

    def _first_iterable(self, comprehension: cst.CSTNode, node: cst.CSTNode) -> bool:
        first = comprehension.for_in.iter
        return node is first or any(a is first for a in self.tree.ancestors(node))

    def _class_of(self, node: cst.CSTNode) -> cst.CSTNode:
        return self.tree.enclosing(node, cst.ClassDef) or self.tree.module

    # -- reaching definitions ---------------------------------------------------------------------

    def _reaching(self, found: list[Binding], load: cst.BaseExpression) -> list[Binding]:
        at = self.tree.offsets(load)[0]
        above = set(map(id, self.tree.ancestors(load)))
        reached, stop = [], None
        for binding in sorted((b for b in found if b.start <= at), key=lambda b: b.start, reverse=True):
            reached.append(binding)
            if id(binding.block) in above:
                stop = binding
                break
        for loop in (a for a in self.tree.ancestors(load) if isinstance(a, (cst.For, cst.While))):
            start, end = self.tree.offsets(loop)
            if stop is not None and start <= stop.start:
                break
            reached += [b for b in found if at < b.start <= end and b not in reached]
        return reached

    # -- collecting -------------------------------------------------------------------------------

    def _collect(self) -> None:
        for node in self.nodes:
            match node:
                case cst.Assign():
                    for target in node.targets:
                        self._target(target.target, node.value, node)
                case cst.AnnAssign() if node.value is not None:
                    self._target(node.target, node.value, node)
                case cst.NamedExpr():
                    self._target(node.target, node.value, node)
                case cst.AugAssign():
                    self._bind(node.target, "augment", node, node.value, node, self.tree.offsets(node)[1])
                case cst.For() | cst.CompFor():
                    self._target(node.target, node.iter, node, "loop")
                case cst.FunctionDef() | cst.Lambda():
                    self._function(node)
                case cst.ClassDef():
                    self._add(Binding(node.name.value, "def", self.scope(node), node, None, -1, self._block(node), 0))
                    self._stores.add(node.name)
                case cst.AsName() | cst.ImportAlias() | cst.Global() | cst.Nonlocal():
                    self._stores.update(self.tree.walk(cst.Name, node))
                case cst.WithItem() if node.asname is not None:
                    self._target(node.asname.name, None, self.tree.enclosing(node, cst.With), "other")
        for node in self.of_type(cst.Name):
            if self._is_load(node):
                self.loads.append(node)
        for node in self.of_type(cst.Attribute):
            if node not in self._stores and self._is_attribute_load(node):
                self.loads.append(node)

    def _is_attribute_load(self, node: cst.Attribute) -> bool:
        if dotted(node).startswith(("self.", "cls.")):
            return True
        plain = isinstance(node.value, cst.Name) and node.value.value not in self.tree.imported
        return plain and bool(self._attributes.get(node.attr.value))

    def _function(self, node: Function) -> None:
        if isinstance(node, cst.FunctionDef):
            self._add(Binding(node.name.value, "def", self.scope(node), node, None, -1, self._block(node), 0))
            self._stores.add(node.name)
        start = self.tree.offsets(node)[0]
        for param in self.tree.walk(cst.Param, node.params):
            self._stores.add(param.name)
            self._add(Binding(param.name.value, "param", node, param, param.default, -1, node, start))

    def _target(self, target, value, place, kind: str = "assign", index: int = -1) -> None:
        if isinstance(target, (cst.Tuple, cst.List)):
            nested = index != -1 or kind in ("loop", "other")
            starred = any(isinstance(e, cst.StarredElement) for e in target.elements)
            for k, element in enumerate(target.elements):
                spot = -1 if nested or starred else k
                self._target(element.value, value, place, kind if kind in ("loop", "other") else "item", spot)
            return
        block = self._block(place)
        start = self.tree.offsets(place)[1]
        if isinstance(place, cst.For):
            block, start = place.body, self.tree.offsets(place.iter)[1]
        if isinstance(place, cst.CompFor):
            block, start = self.tree.enclosing(place, _COMPREHENSIONS), 0
        self._bind(target, kind, place, value, block, start, index)

    def _bind(self, target, kind, place, value, block, start, index: int = -1) -> None:
        if isinstance(target, cst.Name):
            scope = self.scope(place)
            if isinstance(place, cst.CompFor):
                scope = self.tree.enclosing(place, _COMPREHENSIONS)
            if kind != "augment":
                self._stores.add(target)
            else:
                block = self._block(place)
            self._add(Binding(target.value, kind, scope, place, value, index, block, start))
        elif isinstance(target, cst.Attribute) and dotted(target).startswith(("self.", "cls.")):
            if kind != "augment":
                self._stores.add(target)
            self._add(Binding(dotted(target), kind, self._class_of(target), place, value, index, None, start))

    def _add(self, binding: Binding) -> None:
        self.bindings[binding.scope, binding.name].append(binding)

    def _block(self, node: cst.CSTNode) -> cst.CSTNode:
        """The block of statements that this node stands in."""
        kinds = (cst.IndentedBlock, cst.SimpleStatementSuite, cst.Module, *_COMPREHENSIONS)
        return self.tree.enclosing(node, kinds) or self.tree.module

    def _is_load(self, node: cst.Name) -> bool:
        if node in self._stores:
            return False
        parent = self.tree.parent(node)
        if isinstance(parent, cst.Attribute):
            return parent.value is node
        if isinstance(parent, cst.Arg):
            return parent.keyword is not node
        return not isinstance(parent, (cst.Param, cst.ImportFrom, cst.NameItem))
