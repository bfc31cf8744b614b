"""Modules of ``torch.nn``: their parameters, what calling them does, and what a module holds on the side."""

from __future__ import annotations

from autofix.find.flow import calls, tensors
from autofix.find.flow.machine import Machine
from autofix.find.values import NONE, TRUE, Const, Datum, Either, Inst, Items, Map, Seq, join, opaque, options

CONTAINERS = frozenset(["Sequential", "ModuleList", "ModuleDict", "ParameterList", "ParameterDict"])
PLAIN = frozenset(
    ["ReLU", "ReLU6", "LeakyReLU", "ELU", "SELU", "CELU", "GELU", "SiLU", "Mish", "Sigmoid", "Tanh", "Softmax", "LogSoftmax", "Softmin", "Softplus", "Softsign", "Hardtanh", "Hardsigmoid", "Hardswish", "LogSigmoid", "Threshold", "GLU", "Tanhshrink", "Softshrink", "Hardshrink", "Dropout", "Dropout1d", "Dropout2d", "Dropout3d", "AlphaDropout", "FeatureAlphaDropout", "Identity", "Flatten", "Unflatten", "MaxPool1d", "MaxPool2d", "MaxPool3d", "AvgPool1d", "AvgPool2d", "AvgPool3d", "AdaptiveAvgPool1d", "AdaptiveAvgPool2d", "AdaptiveAvgPool3d", "AdaptiveMaxPool1d", "AdaptiveMaxPool2d", "AdaptiveMaxPool3d", "Upsample", "UpsamplingNearest2d", "UpsamplingBilinear2d", "PixelShuffle", "PixelUnshuffle", "ZeroPad2d", "ReflectionPad1d", "ReflectionPad2d", "ReplicationPad1d", "ReplicationPad2d", "ConstantPad1d", "ConstantPad2d", "Fold", "Unfold", "CosineSimilarity", "PairwiseDistance", "MSELoss", "L1Loss", "SmoothL1Loss", "HuberLoss", "CrossEntropyLoss", "NLLLoss", "PoissonNLLLoss", "GaussianNLLLoss", "KLDivLoss", "BCELoss", "BCEWithLogitsLoss", "MarginRankingLoss", "HingeEmbeddingLoss", "MultiLabelMarginLoss", "SoftMarginLoss", "MultiLabelSoftMarginLoss", "CosineEmbeddingLoss", "MultiMarginLoss", "TripletMarginLoss", "TripletMarginWithDistanceLoss", "CTCLoss", "LPPool1d", "LPPool2d", "ChannelShuffle", "RReLU", "LocalResponseNorm"]
)
WEIGHT_AND_BIAS = frozenset(
    ["Linear", "Conv1d", "Conv2d", "Conv3d", "ConvTranspose1d", "ConvTranspose2d", "ConvTranspose3d", "Bilinear", "LayerNorm"]
)
NORMS = frozenset(["BatchNorm1d", "BatchNorm2d", "BatchNorm3d", "SyncBatchNorm", "GroupNorm", "InstanceNorm1d", "InstanceNorm2d", "InstanceNorm3d", "RMSNorm"])
RECURRENT = frozenset(["RNN", "LSTM", "GRU"])
CELLS = frozenset(["RNNCell", "LSTMCell", "GRUCell"])
ENCODER_LAYER = ["self_attn.in_proj_weight", "self_attn.in_proj_bias", "self_attn.out_proj.weight", "self_attn.out_proj.bias", "linear1.weight", "linear1.bias", "linear2.weight", "linear2.bias", "norm1.weight", "norm1.bias", "norm2.weight", "norm2.bias"]
DECODER_LAYER = [
    *ENCODER_LAYER[:4],
    *(name.replace("self_attn", "multihead_attn") for name in ENCODER_LAYER[:4]),
    *ENCODER_LAYER[4:],
    "norm3.weight",
    "norm3.bias",
]


_SHORTS = {"ReLU": "relu", "Sigmoid": "sigmoid", "Tanh": "tanh", "Softmax": "softmax", "LogSoftmax": "log_softmax", "Linear": "linear", "Conv1d": "conv1d", "Conv2d": "conv2d", "Conv3d": "conv3d"}  # fmt: skip
_OPS = {"Linear": "torch.nn.functional.linear", "Conv1d": "torch.conv1d", "Conv2d": "torch.conv2d", "Conv3d": "torch.conv3d"}


def make(m: Machine, name: str, args: list, kwargs: dict):
    """``torch.nn.Name(...)``."""
    if name == "Parameter":
        return parameter(m, args, kwargs)
    made = Inst(None, f"torch.nn.{name}", m.site())
    if name in CONTAINERS:
        _fill(m, made, name, args, kwargs)
        return made
    if name in PLAIN:
        held = [value for value in (*args, *kwargs.values()) if type(value) is Datum and value.kind in tensors.CARRYING]
        for number, value in enumerate(held):
            made.attrs[f"given{number}"] = value
        made.buffers = frozenset(made.attrs)
        return made
    names = parameter_names(name, args, kwargs)
    if names is None:
        held = m.unknown([*args, *kwargs.values()])
        made.attrs["*"] = held
        return made
    for place, path in enumerate(names):
        datum = Datum("tensor", floating=True)
        _set_path(made, path, m.source(datum, "torch.nn.Parameter", m.site(), True, parameter=True, place=place))
    for key, value in (("out_features", 1), ("in_features", 0)):
        if name == "Linear" and len(args) > value:
            made.attrs[key] = args[value]
    return made


def pretrained(m: Machine, name: str, args: list, kwargs: dict) -> Inst:
    """``Embedding.from_pretrained(t)``: frozen unless it is told otherwise."""
    made = Inst(None, name.removesuffix(".from_pretrained"), m.site())
    frozen = kwargs.get("freeze", args[1] if len(args) > 1 else TRUE)
    on = not frozen.value if type(frozen) is Const else None
    made.attrs["weight"] = m.source(Datum("tensor", floating=True), "torch.nn.Parameter", m.site(), on, parameter=True)
    return made


def _set_path(made: Inst, path: str, datum: Datum) -> None:
    *heads, last = path.split(".")
    for head in heads:
        inner = made.attrs.get(head)
        if inner is None:
            inner = made.attrs[head] = Inst(None, "torch.nn.Module", made.site)
        made = inner
    made.attrs[last] = datum


def parameter_names(name: str, args: list, kwargs: dict) -> list[str] | None:
    """The parameters of a library module, None where it is not known which."""

    def flag(key: str, place: int, default: bool) -> bool | None:
        value = kwargs.get(key, args[place] if 0 <= place < len(args) else None)
        return default if value is None else (bool(value.value) if type(value) is Const else None)

    if name in WEIGHT_AND_BIAS:
        place = {"Linear": 2, "Bilinear": 3}.get(name, -1)
        if name == "LayerNorm" and flag("elementwise_affine", 2, True) is not True:
            return [] if flag("elementwise_affine", 2, True) is False else None
        bias = flag("bias", place, True)
        return None if bias is None else ["weight", "bias"] if bias else ["weight"]
    if name in NORMS:
        affine = flag("affine", {"GroupNorm": 3}.get(name, 3), not name.startswith("Instance"))
        if name == "RMSNorm":
            return ["weight"]
        return None if affine is None else ["weight", "bias"] if affine else []
    if name in ("Embedding", "EmbeddingBag", "PReLU"):
        return ["weight"]
    if name in RECURRENT:
        return _recurrent(name, args, kwargs, flag)
    if name in CELLS:
        bias = flag("bias", 2, True)
        return None if bias is None else ["weight_ih", "weight_hh", *(["bias_ih", "bias_hh"] if bias else [])]
    if name == "MultiheadAttention":
        plain_shape = not ({"kdim", "vdim", "add_bias_kv"} & set(kwargs)) and flag("bias", 3, True)
        return ["in_proj_weight", "in_proj_bias", "out_proj.weight", "out_proj.bias"] if plain_shape else None
    if name in ("TransformerEncoderLayer", "TransformerDecoderLayer") and flag("bias", -1, True):
        return ENCODER_LAYER if "Encoder" in name else DECODER_LAYER
    return None


def _recurrent(name, args, kwargs, flag):
    layers = kwargs.get("num_layers", args[2] if len(args) > 2 and name != "RNN" else Const(1))
    both, bias = flag("bidirectional", -1, False), flag("bias", -1, True)
    if type(layers) is not Const or not isinstance(layers.value, int) or both is None or bias is None or "proj_size" in kwargs or layers.value > 16:
        return None
    names = []
    for layer in range(layers.value):
        for suffix in ("", "_reverse") if both else ("",):
            names += [f"weight_ih_l{layer}{suffix}", f"weight_hh_l{layer}{suffix}"]
            names += [f"bias_ih_l{layer}{suffix}", f"bias_hh_l{layer}{suffix}"] if bias else []
    return names


def _fill(m: Machine, made: Inst, name: str, args: list, kwargs: dict) -> None:
    """The children of a container."""
    if name in ("ModuleDict", "ParameterDict"):
        given = args[0] if args else Map()
        fields = given.fields if type(given) is Map else {}
        for key, value in fields.items():
            made.attrs[str(key)] = _registered(m, name, value)
        if type(given) is Map and given.rest is not None or type(given) is not Map and args:
            made.attrs["*"] = given.rest if type(given) is Map else m.unknown([given])
        return
    if name == "Sequential" and len(args) == 1 and type(args[0]) is Map:
        for key, value in args[0].fields.items():
            made.attrs[str(key)] = value
        if args[0].rest is not None:
            made.attrs["*"] = args[0].rest
        return
    items = calls.iterated(m, args[0]) if name != "Sequential" and args else Items(tuple(args))
    extend(m, made, items)


def extend(m: Machine, made: Inst, items: Items) -> None:
    """Further children at the end of a list of modules."""
    count = sum(key.isdigit() for key in made.attrs)
    for value in items.first:
        m.put(made.attrs, str(count), _registered(m, made.lib.rsplit(".", 1)[-1], value))
        count += 1
    if items.rest is not None:
        rest = _registered(m, made.lib.rsplit(".", 1)[-1], items.rest)
        m.put(made.attrs, "*", rest if "*" not in made.attrs else join(made.attrs["*"], rest))


def _registered(m: Machine, name: str, value):
    raw = type(value) is Datum and value.kind == "tensor" and not value.parameter
    return parameter(m, [value], {}) if raw and name.startswith("Parameter") else value


def parameter(m: Machine, args: list, kwargs: dict):
    """``nn.Parameter(t)``: a new leaf of ``t``'s data."""
    given = args[0] if args else kwargs.get("data", Datum("tensor"))
    flag = args[1] if len(args) > 1 else kwargs.get("requires_grad", TRUE)
    on = flag.value if type(flag) is Const else None
    given = options(given)[0] if type(given) is Either else given
    new = Datum("tensor", floating=True)
    data = must = cuts = 0
    if type(given) is Datum:
        new.floating = given.floating if given.floating is not False else False
        if tensors.is_live(given) and given.sure or given.cuts:
            bit = m.cut(m.site(), "torch.nn.Parameter", given.data, tensors.is_live(given)) if given.data else 0
            data, must, cuts = given.data, given.must, given.cuts | bit
    if on and new.floating is False:
        m.source(new, "torch.nn.Parameter", m.site(), False, parameter=True)
        tensors.fail(m, "torch.nn.Parameter", "RuntimeError", "Only Tensors of floating point and complex dtype can require gradients", 1 << new.source)
        return new
    m.source(new, "torch.nn.Parameter", m.site(), on if on is None else bool(on), parameter=True)
    new.floating = True if new.floating is None else new.floating
    new.data |= data
    new.must |= must
    new.cuts |= cuts
    return new


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
                tensors.require(m, datum, flag.value if type(flag) is Const else None)
        return module if name != "compile" else NONE
    if name == "zero_grad":
        from autofix.find.flow import roots

        roots.zeroed(m, [datum for _, datum in named_parameters(module)])
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
    if module.cls is None and short in CONTAINERS:
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
    from autofix.find.effects import Effect

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
        extend(m, module, Items((args[0],)) if name == "append" else calls.iterated(m, args[0]))
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


# -- what a module holds on the side --------------------------------------------------------------


def assigned(m: Machine, module: Inst, name: str, value) -> None:
    """The program sets ``module.name``: a raw tensor becomes a source of its own, it may be a weight."""
    if type(value) is Datum and value.kind == "tensor":
        if value.parameter or name in module.buffers:
            return
        if value.source < 0 and not m.seen.roots and not value.cuts and not tensors.is_live(value) and value.data:
            data, must, site = value.data, value.must, value.site
            m.source(value, "torch.Tensor", site, False)
            value.data |= data
            value.must |= must
    elif type(value) not in (Seq, Map):
        return
    if m.doubt:
        return
    key = (id(module), name)
    _, sites = m.holdings.setdefault(key, (module, []))
    site = m.site()
    if site not in sites:
        sites.append(site)


def look(m: Machine) -> None:
    """Note what the attributes hold now."""
    for (_, name), (module, sites) in list(m.holdings.items())[:200]:
        value = module.attrs.get(name)
        if type(value) is Datum and value.kind == "tensor":
            _tell(m, module, name, sites, "tensor", "tensor", [value])
        elif type(value) in (Seq, Map):
            _look_in(m, module, name, sites, value)


def _look_in(m: Machine, module: Inst, name: str, sites: list, value) -> None:
    held = list(value.fields.values()) if type(value) is Map else list(value.items.first)
    registered = {datum.source for _, datum in named_parameters(module)}
    kinds, found = set(), []
    for item in held[:200]:
        if type(item) is Seq and item.items.first and all(type(part) is Inst and part.module for part in item.items.first):
            kinds.add(f"{item.kind} of modules")
            found += [d for part in item.items.first for _, d in named_parameters(part) if d.source not in registered]
        elif type(item) is Inst and item.module:
            kinds.add("module")
            found += [d for _, d in named_parameters(item) if d.source not in registered]
        elif type(item) is Datum and item.kind == "tensor":
            parameter_ = item.parameter
            kinds.add("parameter" if parameter_ else "tensor")
            found += [item] if item.source not in registered or item.source < 0 else []
        else:
            kinds.add("other")
    if found:
        kind = "dict" if type(value) is Map else value.kind
        _tell(m, module, name, sites, kind, "+".join(sorted(kinds)), found)


def _tell(m: Machine, module: Inst, name: str, sites: list, kind: str, items: str, held: list[Datum]) -> None:
    from autofix.find.flow import naming

    data = 0
    for datum in held:
        data |= datum.must
    note = {
        "what": "held",
        "site": sites[0],
        "sites": list(sites),
        "attribute": name,
        "class": module.cls.name if module.cls is not None else module.lib,
        "kind": kind,
        "items": items,
        "name": naming.name_of(m, held[0]) if kind == "tensor" else "",
        "made": held[0].site,
        "sources": [datum.source for datum in held],
        "leaf": all(datum.source >= 0 or not tensors.is_live(datum) for datum in held),
        "requires_grad": all(tensors.is_live(datum) for datum in held),
        "data": data,
        "changed": False,
    }
    told = (id(module), name, tuple(note["sources"]), tuple(sites))
    if told not in m.told and len(m.told) < 200:
        m.told.add(told)
        m.note(note)


