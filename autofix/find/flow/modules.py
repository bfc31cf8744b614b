"""Modules of ``torch.nn``: their parameters, what calling them does, and what a module holds on the side."""

from __future__ import annotations

from autofix.effects import Effect
from autofix.find.flow import calls, elements, layers, methods, optimizers, tensors
from autofix.find.flow.machine import Machine
from autofix.find.values import NONE, TRUE, Const, Datum, Inst, Items, Map, Seq, join, opaque, options

_SHORTS = {"ReLU": "relu", "Sigmoid": "sigmoid", "Tanh": "tanh", "Softmax": "softmax", "LogSoftmax": "log_softmax", "Linear": "linear", "Conv1d": "conv1d", "Conv2d": "conv2d", "Conv3d": "conv3d"}  # fmt: skip
_OPS = {"Linear": "torch.nn.functional.linear", "Conv1d": "torch.conv1d", "Conv2d": "torch.conv2d", "Conv3d": "torch.conv3d"}


# -- what is registered ---------------------------------------------------------------------------


def named_modules(module: Inst, prefix: str = "", seen: set | None = None):
    """The module and those registered below it, by path."""
    seen = set() if seen is None else seen
    if id(module) in seen or len(seen) > 500:
        return
    seen.add(id(module))
    yield prefix, module
    for key, value in list(module.attrs.items()):
        for option in options(value):
            if type(option) is Inst and option.module:
                yield from named_modules(option, f"{prefix}.{key}" if prefix else key, seen)


def named_parameters(module: Inst):
    """The registered parameters below a module, by path, each once."""
    seen = set()
    for path, child in named_modules(module):
        for key, value in list(child.attrs.items()):
            for option in options(value):
                if type(option) is Datum and option.parameter and key not in child.buffers and option.source not in seen:
                    seen.add(option.source)
                    yield (f"{path}.{key}" if path else key), option


def hidden_parameters(module: Inst) -> list:
    """Things below a module that may hold parameters nobody sees."""
    found = []
    for _, child in named_modules(module):
        for key, value in child.attrs.items():
            for option in options(value):
                stranger = type(option) is Inst and not option.module and option.cls is not None and option.cls.foreign
                if key == "*" or stranger or type(option) is Datum and option.kind == "opaque" and option.hidden:
                    found.append(option)
        if child.cls is not None and child.cls.foreign:
            found.append(opaque())
    return found


def parameters_of(module: Inst) -> Items:
    """What ``module.parameters()`` gives."""
    known = tuple(datum for _, datum in named_parameters(module))
    hidden = hidden_parameters(module)
    rest = None
    for value in hidden:
        datum = opaque()
        for inner in tensors.carriers([value]):
            datum.data |= inner.data
            datum.live |= inner.live
        rest = datum if rest is None else join(rest, datum)
    return Items(known, rest)


# -- calling --------------------------------------------------------------------------------------


def call(m: Machine, module: Inst, args: list, kwargs: dict):
    """Calling a library module."""
    name = module.lib.rsplit(".", 1)[-1]
    if name == "Sequential":
        value = args[0] if args else opaque()
        for key, child in list(module.attrs.items()):
            if key == "*":
                value = m.unknown([value, child]) if not isinstance(child, Inst) else join(value, calls.call(m, child, [value], {}))
            else:
                value = calls.call(m, child, [value], {})
        return value
    inputs = [*tensors.carriers([*args, *kwargs.values()]), *tensors.carriers(list(module.attrs.values()))]
    hidden = "*" in module.attrs
    new = tensors.apply(m, _OPS.get(name, f"torch.nn.{name}"), inputs, short=_SHORTS.get(name, "relu6"), operands=args)
    new.scalar = name.endswith("Loss")
    if name not in ("Embedding", "EmbeddingBag") and not new.floating:
        new.floating = True
    if hidden:
        new.kind, new.sure = "opaque", False
        return new
    if name in ("RNN", "GRU", "MultiheadAttention"):
        return Seq("tuple", Items((new, _again(m, new))))
    if name == "LSTM":
        return Seq("tuple", Items((new, Seq("tuple", Items((_again(m, new), _again(m, new)))))))
    if name == "LSTMCell":
        return Seq("tuple", Items((new, _again(m, new))))
    if name in ("MaxPool1d", "MaxPool2d", "MaxPool3d") and "return_indices" in kwargs:
        return opaque(new.data, new.live)
    return new


def _again(m: Machine, datum: Datum) -> Datum:
    return datum.copy()


def method(m: Machine, module: Inst, name: str, args: list, kwargs: dict):
    """A method that every module has; NotImplemented where it is none of those."""
    if name in ("parameters", "named_parameters", "buffers", "children", "modules", "named_children", "named_modules"):
        return _listed(m, module, name)
    if name in ("train", "eval", "to", "cuda", "cpu", "float", "half", "double", "bfloat16", "apply", "requires_grad_", "share_memory", "type", "compile"):
        if name == "apply":
            for _, child in list(named_modules(module)):
                calls.call_back(m, args, [child])
        if name == "requires_grad_":
            flag = args[0] if args else kwargs.get("requires_grad", TRUE)
            for _, datum in named_parameters(module):
                methods.require(m, datum, flag.value if type(flag) is Const else None)
        return module if name != "compile" else NONE
    if name == "zero_grad":

        optimizers.zeroed(m, [datum for _, datum in named_parameters(module)])
        return NONE
    if name == "state_dict":
        return _state(m, module)
    if name in ("register_buffer", "register_parameter", "add_module", "register_module"):
        return _register(m, module, name, args, kwargs)
    if name == "load_state_dict":
        return NONE
    if name in ("get_parameter", "get_submodule", "get_buffer"):
        return m.unknown([module])
    if name.startswith("register_") and "hook" in name:
        m.escape([module])
        calls.call_back(m, args)
        return opaque()
    short = module.lib.rsplit(".", 1)[-1]
    if module.cls is None and short in layers.CONTAINERS:
        return _container_method(m, module, name, args)
    return NotImplemented


def _listed(m: Machine, module: Inst, name: str):
    if name in ("parameters", "named_parameters"):
        items = parameters_of(module)
        if name == "parameters":
            return Seq("generator", items)
        pairs = tuple(Seq("tuple", Items((Const(path), datum))) for path, datum in named_parameters(module))
        rest = None if items.rest is None else Seq("tuple", Items((Datum("plain"), items.rest)))
        return Seq("generator", Items(pairs, rest))
    if name == "buffers":
        return Seq("generator", Items((), Datum("tensor")))
    below = list(named_modules(module))
    if name in ("children", "named_children"):
        below = [(path, child) for path, child in below if path and "." not in path]
    hidden = hidden_parameters(module)
    rest = m.unknown(hidden) if hidden else None
    if name.startswith("named_"):
        return Seq("generator", Items(tuple(Seq("tuple", Items((Const(p), c))) for p, c in below), None if rest is None else Seq("tuple", Items((Datum("plain"), rest)))))
    return Seq("generator", Items(tuple(child for _, child in below), rest))


def _state(m: Machine, module: Inst) -> Map:
    """``state_dict()``: detached values that share the parameters' memory."""

    made = Map()
    for path, datum in named_parameters(module):
        new = tensors.apply(m, "torch.Tensor.detach", [datum], Effect.CUTS)
        new.alias = datum.source
        made.fields[path] = new
    if hidden_parameters(module):
        made.rest = opaque()
    return made


def _register(m: Machine, module: Inst, name: str, args: list, kwargs: dict):
    key = args[0] if args else kwargs.get("name", NONE)
    value = args[1] if len(args) > 1 else next((kwargs[k] for k in ("tensor", "param", "module") if k in kwargs), NONE)
    if type(key) is not Const:
        m.put(module.attrs, "*", m.unknown([value]))
        return NONE
    if name == "register_buffer":
        m.set(module, "buffers", module.buffers | {key.value})
    m.put(module.attrs, str(key.value), value)
    return NONE


def _container_method(m: Machine, module: Inst, name: str, args: list):
    if name in ("append", "extend", "insert") and args:
        if name == "insert":
            m.put(module.attrs, "*", m.unknown([args[-1]]))
            return module
        layers.extend(m, module, Items((args[0],)) if name == "append" else elements.iterated(m, args[0]))
        return module
    values = [value for key, value in module.attrs.items() if key != "*"]
    rest = module.attrs.get("*")
    if name == "values":
        return Seq("list", Items(tuple(values), rest))
    if name == "keys":
        return Seq("list", Items(tuple(Const(key) for key in module.attrs if key != "*"), None if rest is None else Datum("plain")))
    if name == "items":
        pairs = tuple(Seq("tuple", Items((Const(key), value))) for key, value in module.attrs.items() if key != "*")
        return Seq("list", Items(pairs, None if rest is None else Seq("tuple", Items((Datum("plain"), rest)))))
    if name == "update" and args:
        if type(args[0]) is Map:
            for key, value in args[0].fields.items():
                m.put(module.attrs, str(key), value)
        else:
            m.put(module.attrs, "*", m.unknown(args))
        return NONE
    return NotImplemented


def children(module: Inst) -> Items:
    """What iterating over a container of modules gives."""
    if module.lib.rsplit(".", 1)[-1] in ("ModuleDict", "ParameterDict"):
        return Items(tuple(Const(key) for key in module.attrs if key != "*"), Datum("plain") if "*" in module.attrs else None)
    return Items(tuple(value for key, value in module.attrs.items() if key != "*"), module.attrs.get("*"))
