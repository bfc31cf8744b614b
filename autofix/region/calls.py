"""Which function of the file a call means, and which argument fills which parameter."""

from __future__ import annotations

from functools import lru_cache

import libcst as cst

from autofix.region.names import Binding, Function, Names
from autofix.tree import Tree, dotted

_ENTRY = ("forward", "__call__", "call")


@lru_cache(maxsize=4)
def calls_of(tree: Tree) -> Calls:
    """The calls and names of a file, looked up once for all its breaks."""
    return Calls(Names(tree))


class Calls:
    """The file's own functions and the places that call them."""

    def __init__(self, names: Names):
        self.names, self.tree = names, names.tree
        self._methods: dict[str, list[cst.FunctionDef]] = {}
        self._classes = {c.name.value: c for c in names.of_type(cst.ClassDef)}
        for function in names.of_type(cst.FunctionDef):
            if self._owner(function) is not None:
                self._methods.setdefault(function.name.value, []).append(function)
        self._returns: dict[Function, list[cst.BaseExpression]] = {}
        self._sites: dict[Function, list[cst.Call]] = {}
        self._callees: dict[cst.Call, list[Function]] = {}
        for call in names.of_type(cst.Call):
            self._callees[call] = self._resolve(call.func)
            for function in self._callees[call]:
                self._sites.setdefault(function, []).append(call)

    def callees(self, call: cst.Call) -> list[Function]:
        return self._callees.get(call, [])

    def sites(self, function: Function) -> list[cst.Call]:
        return self._sites.get(function, [])

    def escapes(self, function: Function) -> bool:
        """Whether the function is handed around as a value, so that not all its callers are known."""
        if not isinstance(function, cst.FunctionDef):
            return False
        called = {id(c.func) for c in self.sites(function)}
        for load in self.names.loads:
            named = dotted(load).rsplit(".", 1)[-1] == function.name.value and id(load) not in called
            if named and any(b.place is function for b in self.names.definitions(load)):
                return True
        return False

    def is_entry(self, function: Function) -> bool:
        """Whether Python or a framework calls this method by its name (``model(x)`` runs ``forward``)."""
        if not isinstance(function, cst.FunctionDef) or self._owner(function) is None:
            return False
        name = function.name.value
        return name in _ENTRY or name.startswith("__") and name.endswith("__")

    def parameter(self, call: cst.Call, arg: cst.Arg, function: Function) -> Binding | None:
        """The parameter that this argument fills; None where that is not plain."""
        params = function.params
        listed = [*params.posonly_params, *params.params]
        if self._is_bound(call, function):
            listed = listed[1:]
        if arg.star:
            return None
        if arg.keyword is not None:
            known = [*listed, *params.kwonly_params]
            found = next((p for p in known if p.name.value == arg.keyword.value), None)
        else:
            before = call.args[: list(call.args).index(arg)]
            if any(a.star for a in before):
                return None
            found = listed[len(before)] if len(before) < len(listed) else None
        if found is None:
            return None
        return next(b for b in self.names.bindings[function, found.name.value] if b.place is found)

    def argument(self, call: cst.Call, param: Binding, function: Function) -> cst.Arg | None:
        """The argument that fills this parameter."""
        return next((a for a in call.args if self.parameter(call, a, function) is param), None)

    def returns(self, function: Function) -> list[cst.BaseExpression]:
        """The expressions that a function returns or yields."""
        if function not in self._returns:
            self._returns[function] = self._returned(function)
        return self._returns[function]

    def _returned(self, function: Function) -> list[cst.BaseExpression]:
        if isinstance(function, cst.Lambda):
            return [function.body]
        found = []
        for kind in (cst.Return, cst.Yield):
            for node in self.tree.walk(kind, function.body):
                if self.tree.enclosing(node, (cst.FunctionDef, cst.Lambda)) is function and node.value is not None:
                    found.append(node.value)
        return found

    def _owner(self, function: cst.CSTNode) -> cst.ClassDef | None:
        owner = self.tree.enclosing(function, (cst.FunctionDef, cst.ClassDef))
        return owner if isinstance(owner, cst.ClassDef) else None

    def _is_bound(self, call: cst.Call, function: Function) -> bool:
        """Whether the first parameter is the object itself."""
        if not isinstance(function, cst.FunctionDef) or self._owner(function) is None:
            return False
        decorators = {dotted(d.decorator) for d in function.decorators}
        return "staticmethod" not in decorators

    def _resolve(self, func: cst.BaseExpression) -> list[Function]:
        if isinstance(func, cst.Name):
            return self._by_bindings(self.names.definitions(func), func.value)
        if not isinstance(func, cst.Attribute) or self.tree.qualified(func):
            return []
        if dotted(func.value) in ("self", "cls", "super()"):
            held = self.names.definitions(func)
            owned = [m for m in self._methods.get(func.attr.value, []) if self._in_family(m, func)]
            return owned or self._by_bindings(held, "")
        named = self._methods.get(func.attr.value, [])
        return named if isinstance(func.value, (cst.Name, cst.Attribute, cst.Call)) else []

    def _in_family(self, method: cst.FunctionDef, where: cst.CSTNode) -> bool:
        here = self.tree.enclosing(where, cst.ClassDef)
        owner = self._owner(method)
        if here is None or owner is here:
            return True
        bases = {dotted(a.value) for a in here.bases} | {dotted(a.value) for a in owner.bases}
        return owner.name.value in bases or here.name.value in bases

    def _by_bindings(self, bindings: list[Binding], name: str) -> list[Function]:
        found: list[Function] = []
        for binding in bindings:
            if binding.kind == "def" and isinstance(binding.place, cst.FunctionDef):
                found.append(binding.place)
            elif binding.kind == "def":
                found += self._of_class(binding.place, ("__init__",))
            elif isinstance(binding.value, cst.Lambda) and binding.kind == "assign":
                found.append(binding.value)
            elif isinstance(binding.value, cst.Call) and binding.kind == "assign":
                made = self._classes.get(dotted(binding.value.func))
                found += self._of_class(made, _ENTRY) if made else []
            elif binding.kind == "param":
                found += self._passed(binding)
        return found

    def _passed(self, param: Binding) -> list[Function]:
        """A parameter that is called: the ``forward`` of the file's classes may be meant."""
        return [m for entry in _ENTRY for m in self._methods.get(entry, [])]

    def _of_class(self, owner: cst.ClassDef | None, names: tuple[str, ...]) -> list[Function]:
        if owner is None:
            return []
        return [m for name in names for m in self._methods.get(name, []) if self._owner(m) is owner]
