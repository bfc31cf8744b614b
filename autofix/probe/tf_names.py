"""What the program itself calls a TensorFlow tensor or variable: ``w``, ``model.layers[0].kernel``."""

from __future__ import annotations

from types import ModuleType

from autofix.probe.lineage import bits
from autofix.probe.names import MOST, Names, _attributes

DEPTH = 5


class TfNames(Names):
    """Finds names by identity; a variable (TensorFlow's or Keras's) is known by its handle."""

    def __init__(self, watch, key, layer_type, module_type):
        super().__init__(watch, None)
        self.key, self.layer_type, self.module_type = key, layer_type, module_type

    def of(self, value) -> str:
        """The value's name, or the empty string."""
        index = self.watch.source_of(value)
        if index >= 0 and self.watch.sources[index].name:
            return self.watch.sources[index].name
        key = self.key(value)
        name, owner = self._search({key}).get(key, ("", ""))
        if index >= 0 and name:
            self.watch.sources[index].name, self.watch.sources[index].owner = name, owner
        return name

    def resolve(self, data: int) -> None:
        """Name the sources in ``data`` that have no name yet."""
        wanted = {}
        for index in bits(data):
            source = self.watch.sources[index]
            value = source.alive() if source.alive is not None else None
            if value is not None and not source.name:
                wanted[self.key(value)] = source
        for key, (name, owner) in self._search(set(wanted)).items() if wanted else ():
            wanted[key].name, wanted[key].owner = name, owner

    def _look_in(self, items, wanted, found) -> None:
        for name, value in items:
            key = self.key(value)
            if key in wanted and key not in found and not name.startswith("__"):
                found[key] = (name, "name")

    def _look_deeper(self, items, wanted, found) -> None:
        for name, value in items[:MOST]:
            if len(found) == len(wanted):
                return
            if not name.startswith("__"):
                self._look_at(name, value, wanted, found, None, set(), DEPTH)

    def _look_at(self, name, value, wanted, found, tracked, seen, depth) -> None:
        """``tracked``: the keys of the weights that the layer above knows, None where there is no layer above."""
        if id(value) in seen or depth == 0 or isinstance(value, (str, bytes, type, ModuleType)):
            return
        seen.add(id(value))
        inside = False
        if isinstance(value, self.layer_type):
            inside = True
            if tracked is None:
                tracked = _keys(self.key, value)
        if isinstance(value, dict):
            pairs = [(f"{name}[{key!r}]", held) for key, held in list(value.items())[:MOST]]
        elif isinstance(value, (list, tuple)):
            pairs = [(f"{name}[{key}]", held) for key, held in list(enumerate(value))[:MOST]]
        elif isinstance(attributes := _attributes(value), dict) and _is_users(value, inside, self.module_type):
            pairs = [(f"{name}.{key}", held) for key, held in list(attributes.items())[:MOST] if not _internal(key, inside)]
        else:
            return
        for path, held in pairs:
            self._hold(path, held, wanted, found, tracked, inside)
        if inside:
            for variable in (*getattr(value, "_trainable_variables", ()), *getattr(value, "_non_trainable_variables", ())):
                self._hold(f"{name}.{_last(variable)}", variable, wanted, found, tracked, True)
            children = [c for c in enumerate(getattr(value, "_layers", ())) if not _is_attribute(value, c[1])]
            pairs += [(f"{name}.layers[{position}]", child) for position, child in children]
        for path, held in pairs:
            if len(found) < len(wanted):
                self._look_at(path, held, wanted, found, tracked, seen, depth - 1)

    def _hold(self, name, value, wanted, found, tracked, inside) -> None:
        key = self.key(value)
        if key not in wanted or key in found:
            return
        if tracked is not None and key not in tracked:
            owner = ("keras:variable" if key != id(value) else "keras:tensor") if inside else "keras:untracked"
            owner = "keras:untracked" if hasattr(value, "regularizer") else owner
            owner = owner if getattr(value, "trainable", True) else "keras:frozen"
        else:
            owner = "parameter" if tracked is not None else "item" if name.endswith("]") else "object"
        found[key] = (name, owner)


def _keys(key, layer) -> set:
    try:
        return {key(variable) for variable in layer.weights}
    except Exception:
        return set()


def _last(variable) -> str:
    return str(getattr(variable, "name", "variable")).split("/")[-1].split(":")[0]


def _is_attribute(layer, child) -> bool:
    return any(held is child for key, held in vars(layer).items() if not key.startswith("_"))


def _is_users(value, inside: bool, module_type) -> bool:
    """Whether to look into an object's attributes: a layer, a tf.Module, an object of the program's own class."""
    if inside or isinstance(value, module_type):
        return True
    return type(value).__module__ == "__main__" or type(value).__module__.split(".")[0] not in (
        "tensorflow", "keras", "numpy", "builtins", "torch", "collections", "functools", "types",
    )  # fmt: skip


def _internal(name: str, inside: bool) -> bool:
    return inside and name.startswith("_")
