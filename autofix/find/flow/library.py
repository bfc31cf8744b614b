"""What others provide: builtins, torch, numpy, math and the standard library, as far as gradients go through them."""

from __future__ import annotations

import math
from functools import cache

from autofix import effects
from autofix.effects import Effect
from autofix.find.flow import (
    builtin,
    calls,
    distributions,
    factories,
    layers,
    managers,
    methods,
    modules,
    numeric,
    optimizers,
    roots,
    standard,
    tensors,
)
from autofix.find.flow.machine import Machine
from autofix.find.values import (
    NONE,
    TRUE,
    Const,
    Datum,
    Inst,
    Items,
    Map,
    Ref,
    Seq,
    join,
    opaque,
    plain,
    reached,
)

BUILTINS = frozenset(
    ["abs", "all", "any", "bool", "bytearray", "bytes", "callable", "chr", "classmethod", "complex", "delattr", "dict", "dir", "divmod", "enumerate", "eval", "exec", "exit", "filter", "float", "format", "frozenset", "getattr", "globals", "hasattr", "hash", "hex", "id", "input", "int", "isinstance", "issubclass", "iter", "len", "list", "locals", "map", "max", "memoryview", "min", "next", "object", "oct", "open", "ord", "pow", "print", "property", "quit", "range", "repr", "reversed", "round", "set", "setattr", "slice", "sorted", "staticmethod", "str", "sum", "super", "tuple", "type", "vars", "zip", "Exception", "ValueError", "RuntimeError", "TypeError", "KeyError", "IndexError", "AttributeError", "NotImplementedError", "StopIteration", "AssertionError", "ImportError", "OSError", "KeyboardInterrupt"]
)
ALIASES = {
    "torch.functional.": "torch.", "torch.nn.modules.": "torch.nn.", "torch.nn.parameter.": "torch.nn.",
    "torch.nn.modules.linear.": "torch.nn.", "torch.autograd.variable.": "torch.autograd.", "tensorflow.keras.": "keras.",
    "tensorflow.compat.v2.": "tensorflow.",
}  # fmt: skip
OPAQUE_FUNCTIONS = frozenset(["torch.load", "torch.hub.load", "torch.jit.load", "torch.jit.trace", "torch.jit.script", "torch.vmap", "torch.fx.symbolic_trace"])


def constant(name: str):
    """What a dotted name of another module is."""
    for old, new in ALIASES.items():
        if name.startswith(old):
            name = new + name[len(old) :]
    if name.startswith(("math.", "numpy.")) and name.split(".", 1)[1] in ("pi", "e", "inf", "nan", "tau"):
        return Const(getattr(math, name.split(".", 1)[1]))
    if name in ("sys.argv", "os.environ"):
        return plain()
    return Ref(name)


def call(m: Machine, name: str, args: list, kwargs: dict):
    """Call something of another module by its dotted name."""
    package, _, rest = name.partition(".")
    if package == "builtins":
        return builtin.call(m, rest, args, kwargs)
    handler = special().get(name)
    if handler is not None:
        return handler(m, args, kwargs)
    if package == "torch":
        return _torch(m, name, rest, args, kwargs)
    if package in ("tensorflow", "keras"):
        from autofix.find.flow import tf_keras, tf_library

        return (tf_keras.make if package == "keras" else tf_library.call)(m, name, args, kwargs)
    if package in ("numpy", "jax"):
        return numeric.numpy_call(m, name, args, kwargs) if package == "numpy" else m.unknown([*args, *kwargs.values()])
    if package in ("math", "scipy", "cmath", "statistics"):
        return numeric.computed(m, name, args, kwargs)
    if inert(name):
        calls.call_back(m, [*args, *kwargs.values()])
        return plain()
    if package == "operator":
        return builtin.operate(m, rest, args, kwargs)
    return unknown(m, args, kwargs)


def inert(name: str) -> bool:
    """Whether nothing of that module does anything to a gradient."""
    while name:
        if name in _INERT:
            return True
        name = name.rpartition(".")[0]
    return False


_INERT = frozenset(effects.INERT) - frozenset(["random.shuffle"])


def unknown(m: Machine, args: list, kwargs: dict):
    return m.called_unknown(args, kwargs)


# -- torch ----------------------------------------------------------------------------------------


def _torch(m: Machine, name: str, rest: str, args: list, kwargs: dict):
    head, _, tail = rest.partition(".")
    short = name.rsplit(".", 1)[-1]
    if head == "nn" and tail.startswith("functional."):
        return methods.function(m, _op(name, short), short, args, kwargs)
    if head == "nn" and tail.startswith("init."):
        return _initialised(m, name, args, kwargs)
    if head == "nn" and tail.startswith("utils."):
        return _utilities(m, short, args, kwargs)
    if name in ("torch.nn.Embedding.from_pretrained", "torch.nn.EmbeddingBag.from_pretrained"):
        return layers.pretrained(m, name, args, kwargs)
    if head == "nn" and "." not in tail and tail:
        return layers.make(m, tail, args, kwargs)
    if head == "optim":
        if tail.startswith(("lr_scheduler", "swa_utils")):
            return plain() if tail.startswith("lr_scheduler") else unknown(m, args, kwargs)
        return optimizers.make_optimizer(m, args, kwargs)
    if head == "distributions":
        return distributions.call(m, name, args, kwargs)
    if name in OPAQUE_FUNCTIONS or head in ("jit", "func", "hub", "fx", "onnx", "distributed", "multiprocessing", "ao", "_dynamo", "_inductor", "export", "package"):
        return unknown(m, args, kwargs)
    if inert(name):
        return plain()
    if head == "utils":
        return unknown(m, args, kwargs)
    if head in effects.CONSTRUCTORS or head in effects.FROM_ITEMS:
        return factories.constructed(m, f"torch.{head}", head, args, kwargs)
    if head == "Tensor" and tail:
        return methods.method(m, args[0], short, args[1:], kwargs) if args and type(args[0]) is Datum else unknown(m, args, kwargs)
    if head in ("linalg", "fft", "special", "sparse") or not tail:
        if short == "normal" and any(tensors.is_live(d) for d in tensors.carriers(args)):
            return tensors.apply(m, "torch.normal", tensors.carriers(args), Effect.ROUNDS)
        if short == "normal":
            return factories.made(m, name, "randn", [], kwargs)
        if any(type(a) is Datum and a.kind == "opaque" for a in args[:1]) and short in methods.METHODS:
            return methods.method(m, args[0], short, args[1:], kwargs)
        return methods.function(m, name if tail else f"torch.{short}", short, args, kwargs)
    return unknown(m, args, kwargs)


def _op(name: str, short: str) -> str:
    return f"torch.{short}" if effects.of(short) is not Effect.KEEPS else name


def _initialised(m: Machine, name: str, args: list, kwargs: dict):
    """``nn.init`` writes under no_grad and gives its tensor back."""
    return args[0] if args else kwargs.get("tensor", plain())


def _utilities(m: Machine, short: str, args: list, kwargs: dict):
    if short in ("clip_grad_norm_", "clip_grad_value_", "clip_grad_norm"):
        return plain()
    if short in ("parameters_to_vector",):
        return tensors.apply(m, f"torch.nn.utils.{short}", tensors.carriers(args), short="cat")
    if short in ("pad_sequence", "pack_padded_sequence", "pad_packed_sequence", "pack_sequence"):
        new = tensors.apply(m, f"torch.nn.utils.rnn.{short}", tensors.carriers(args), short="cat")
        return Seq("tuple", Items((new, plain()))) if short == "pad_packed_sequence" else new
    return unknown(m, args, kwargs)


def _checkpoint(m, args, kwargs):
    """``checkpoint(f, *args)``; where no input requires grad, the re-entrant kind loses the parameters' gradients."""
    if not args:
        return opaque()
    reentrant = kwargs.get("use_reentrant", TRUE)
    dead = type(reentrant) is Const and reentrant.value and not any(tensors.is_live(d) for d in tensors.carriers(args[1:]))
    clean = {k: v for k, v in kwargs.items() if k not in ("use_reentrant", "preserve_rng_state", "determinism_check", "context_fn", "debug")}
    result = calls.call(m, args[0], args[1:], clean)
    if not dead or type(result) is not Datum or result.kind != "tensor":
        return result
    return tensors.apply(m, "torch.utils.checkpoint.checkpoint", [result], Effect.CUTS)


def _functional_call(m, args, kwargs):
    if len(args) < 2 or type(args[0]) is not Inst or type(args[1]) is not Map:
        return unknown(m, args, kwargs)
    module, given = args[0], args[1]
    swapped = []
    for path, child in list(modules.named_modules(module)):
        for key in list(child.attrs):
            full = f"{path}.{key}" if path else key
            if full in given.fields:
                swapped.append((child, key, child.attrs[key]))
                m.put(child.attrs, key, given.fields[full])
    inputs = args[2] if len(args) > 2 else kwargs.get("args", Seq("tuple", Items()))
    passed = list(inputs.items.first) if type(inputs) is Seq and inputs.kind == "tuple" else [inputs]
    keyed = args[3] if len(args) > 3 else kwargs.get("kwargs")
    try:
        result = calls.call(m, module, passed, dict(keyed.fields) if type(keyed) is Map else {})
    finally:
        for child, key, old in swapped:
            m.put(child.attrs, key, old)
    if given.rest is not None:
        result = join(result, m.unknown([result, given]))
    return result


def _backward_function(m, args, kwargs):
    given = args[0] if args else kwargs.get("tensors", plain())
    roots.differentiate(m, "backward", tensors.carriers([given]), sure=type(given) is Datum and given.kind == "tensor")
    return NONE


def _autograd_grad(m, args, kwargs):
    return roots.autograd_grad(m, args, kwargs)


def _variable(m, args, kwargs):
    return factories.constructed(m, "torch.autograd.Variable", "Variable", args, kwargs)


def _default_dtype(m, args, kwargs):
    m.set(m, "float_dtype", args[0].name.removeprefix("torch.") if args and type(args[0]) is Ref else "")
    return NONE


def _loader(m, args, kwargs):
    """Batches are data: they hold no gradient."""
    batch = Datum("opaque", hidden=False)
    for datum in reached(args):
        batch.data |= datum.data
        batch.live |= datum.live
        batch.hidden = batch.hidden or datum.kind != "opaque" and datum.hidden
    return batch


def _wrapped_model(m, args, kwargs):
    made = Inst(None, "torch.nn.Sequential", m.site())
    made.attrs["module"] = args[0] if args else kwargs.get("module", opaque())
    return made


@cache
def special() -> dict:
    """The functions that have a meaning of their own, by dotted name."""
    return {
        "functools.partial": standard.partial, "functools.reduce": standard.reduce, "functools.wraps": standard.wraps, "functools.lru_cache": standard.identity_decorator,
        "copy.deepcopy": standard.deepcopy, "copy.copy": standard.shallow, "collections.namedtuple": standard.namedtuple, "collections.deque": standard.sequence_type,
        "collections.OrderedDict": builtin.make_dict, "collections.defaultdict": standard.defaultdict, "itertools.chain": standard.chain,
        "itertools.chain.from_iterable": standard.chain_all, "itertools.cycle": standard.repeated, "dataclasses.field": standard.field,
        "contextlib.nullcontext": managers.nullcontext, "tqdm.tqdm": standard.progress, "tqdm.auto.tqdm": standard.progress, "tqdm.notebook.tqdm": standard.progress,
        "tqdm.trange": standard.trange, "tqdm.auto.trange": standard.trange, "typing.cast": standard.cast, "pytest.raises": managers.raises, "sys.exit": builtin.leave,
        "contextlib.suppress": managers.raises, "torch.compile": standard.first, "torch.no_grad": managers.mode_off, "torch.inference_mode": managers.inference,
        "torch.autograd.no_grad": managers.mode_off, "torch.enable_grad": managers.mode_on, "torch.autograd.enable_grad": managers.mode_on,
        "torch.set_grad_enabled": managers.switched, "torch.autograd.set_grad_enabled": managers.switched, "torch._C._set_grad_enabled": managers.switched,
        "torch.utils.checkpoint.checkpoint": _checkpoint, "torch.func.functional_call": _functional_call,
        "torch.nn.utils.stateless.functional_call": _functional_call, "torch.autograd.backward": _backward_function,
        "torch.autograd.grad": _autograd_grad, "torch.autograd.Variable": _variable, "torch.is_grad_enabled": managers.is_grad_enabled,
        "torch.set_default_dtype": _default_dtype, "torch.utils.data.DataLoader": _loader, "torch.nn.DataParallel": _wrapped_model, "builtins.functools": standard.wraps,
        "torch.nn.parallel.DistributedDataParallel": _wrapped_model,
    }  # fmt: skip
