"""The library's own layers: which parameters each has."""

from __future__ import annotations

from autofix.find.flow import elements, tensors
from autofix.find.flow.machine import Machine
from autofix.find.values import TRUE, Const, Datum, Either, Inst, Items, Map, join, options

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
    items = elements.iterated(m, args[0]) if name != "Sequential" and args else Items(tuple(args))
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
        new.floating, new.dtype = given.floating, given.dtype
        if tensors.is_live(given) and given.sure or given.cuts:
            bit = m.cut(m.site(), "torch.nn.Parameter", given.data, tensors.is_live(given)) if given.data else 0
            data, must, cuts = given.data, given.must, given.cuts | bit
    if on and new.floating is False:
        m.source(new, "torch.nn.Parameter", m.site(), False, parameter=True)
        tensors.fail(m, "torch.nn.Parameter", "RuntimeError", "Only Tensors of floating point and complex dtype can require gradients", 1 << new.source)
        return new
    new.cuts = cuts
    m.source(new, "torch.nn.Parameter", m.site(), on if on is None else bool(on), parameter=True)
    new.floating = True if new.floating is None else new.floating
    new.data |= data
    new.must |= must
    return new
