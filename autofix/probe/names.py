"""What the program itself calls a tensor: ``w``, ``layer.weight``, ``params[0]``."""

from __future__ import annotations

from types import ModuleType

from autofix.probe.lineage import bits
from autofix.probe.watch import Watch

MOST = 400
PASSING = ("name", "item")
"""How a variable or a list may hold a parameter for a while: its module's name for it is the better one."""


class Names:
    """Finds names in the user's frames, nearest first; a name once found stays."""

    def __init__(self, watch: Watch, torch):
        self.watch, self.torch = watch, torch

    def of(self, tensor) -> str:
        """The tensor's name, or the empty string."""
        index = self.watch.source_of(tensor)
        if index >= 0 and self.watch.sources[index].name:
            return self.watch.sources[index].name
        name, owner = self._search({id(tensor)}).get(id(tensor), ("", ""))
        if index >= 0 and name:
            self.watch.sources[index].name, self.watch.sources[index].owner = name, owner
        return name

    def heir(self, name: str, tensor):
        """What now goes by this tensor's name (a plain name of some frame), None while the program can reach the tensor."""
        if not name.isidentifier() or self._search({id(tensor)}):
            return None
        for scope in self._scopes():
            held = scope.get(name)
            if held is not None and self.watch.is_tensor(held):
                return held
        return None

    def plain(self):
        """The tensors that have a name of their own in a frame, or as an attribute of ``self``."""
        for scope in self._scopes():
            attributes = _attributes(scope["self"]) if "self" in scope else None
            held = attributes if isinstance(attributes, dict) else {}
            for name, value in [*scope.items(), *((f"self.{key}", value) for key, value in held.items())]:
                if self.watch.is_tensor(value):
                    yield name, value

    def resolve(self, data: int) -> None:
        """Name the sources in ``data`` that have no name yet."""
        wanted = {}
        for index in bits(data):
            source = self.watch.sources[index]
            tensor = source.alive() if source.alive is not None else None
            if tensor is not None and not source.name:
                wanted[id(tensor)] = source
        if wanted:
            for key, (name, owner) in self._search(set(wanted)).items():
                wanted[key].name, wanted[key].owner = name, owner

    def _scopes(self) -> list[dict]:
        """The variables of the user's frames, the module's first."""
        frame = self.watch.places.frame()
        frames = []
        while frame is not None:
            if self.watch.places.is_users(frame.f_code.co_filename):
                frames.append(frame)
            frame = frame.f_back
        scopes = [f.f_locals for f in reversed(frames)]
        if frames:
            scopes.insert(0, frames[-1].f_globals)
        return scopes

    def _search(self, wanted: set[int]) -> dict[int, tuple[str, str]]:
        found: dict[int, tuple[str, str]] = {}
        scopes = self._scopes()
        for scope in scopes:
            self._look_in(list(scope.items()), wanted, found)
        for scope in scopes:
            self._look_deeper(list(scope.items()), wanted, found)
        return found

    def _look_in(self, items, wanted, found) -> None:
        for name, value in items:
            if name.startswith("__"):
                continue
            if id(value) in wanted and id(value) not in found:
                found[id(value)] = (name, "name")
            elif type(value) in (list, tuple, dict):
                self._look_in_container(name, value, wanted, found)

    def _look_deeper(self, items, wanted, found) -> None:
        module_type = self.torch.nn.Module
        for name, value in items[:MOST]:
            if len(found) == len(wanted) and all(owner not in PASSING for _, owner in found.values()):
                return
            if isinstance(value, module_type):
                self._look_in_module(name, value, wanted, found)
            elif isinstance(value, (list, tuple, dict)):
                self._look_in_container(name, value, wanted, found)
            elif not isinstance(value, (type, ModuleType)) and isinstance(attributes := _attributes(value), dict):
                for key, held in list(attributes.items())[:MOST]:
                    if id(held) in wanted:
                        found.setdefault(id(held), (f"{name}.{key}", "object"))
                    elif isinstance(held, module_type):
                        self._look_in_module(f"{name}.{key}", held, wanted, found)
                    elif isinstance(held, (list, tuple, dict)):
                        self._look_in_container(f"{name}.{key}", held, wanted, found)

    def _look_in_module(self, name, module, wanted, found) -> None:
        for path, parameter in module.named_parameters():
            if id(parameter) in wanted and found.get(id(parameter), ("", "name"))[1] in PASSING:
                found[id(parameter)] = (f"{name}.{path}", "parameter")
        for path, buffer in module.named_buffers():
            if id(buffer) in wanted:
                found.setdefault(id(buffer), (f"{name}.{path}", "buffer"))
        for path, child in module.named_modules():
            prefix = f"{name}.{path}" if path else name
            for key, held in list(vars(child).items()):
                if key.startswith("_") and key in ("_parameters", "_buffers", "_modules"):
                    continue
                if id(held) in wanted:
                    found.setdefault(id(held), (f"{prefix}.{key}", "raw"))
                elif isinstance(held, (list, tuple, dict)):
                    self._look_in_container(f"{prefix}.{key}", held, wanted, found, "raw")

    def _look_in_container(self, name, container, wanted, found, owner="item") -> None:
        pairs = list(container.items()) if isinstance(container, dict) else list(enumerate(container))
        for key, held in pairs[:MOST]:
            if id(held) in wanted:
                found.setdefault(id(held), (f"{name}[{key!r}]", owner))
            elif isinstance(held, self.torch.nn.Module):
                for path, parameter in held.named_parameters():
                    if id(parameter) in wanted:
                        found.setdefault(id(parameter), (f"{name}[{key!r}].{path}", "untracked" if owner == "raw" else "item"))


def _attributes(value):
    """The object's own attributes, without running any code of its class."""
    try:
        return object.__getattribute__(value, "__dict__")
    except (AttributeError, TypeError):
        return None
