"""What others provide: builtins, torch, numpy, math and the standard library, as far as gradients go through them."""

from __future__ import annotations

import math

from autofix.find import effects
from autofix.find.effects import Effect
from autofix.find.flow import builtin, calls, modules, roots, tensors
from autofix.find.flow.machine import Machine, merge_results
from autofix.find.values import (
    FALSE,
    NONE,
    TRUE,
    Bound,
    Class,
    Const,
    Datum,
    Either,
    Func,
    Inst,
    Items,
    Map,
    Partial,
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
MODES_OFF = frozenset(["torch.no_grad", "torch.inference_mode", "torch.autograd.no_grad", "torch.autograd.grad_mode.no_grad", "torch.autograd.inference_mode"])
MODES_ON = frozenset(["torch.enable_grad", "torch.autograd.enable_grad", "torch.autograd.grad_mode.enable_grad"])
ALIASES = {
    "torch.functional.": "torch.", "torch.nn.modules.": "torch.nn.", "torch.nn.parameter.": "torch.nn.",
    "torch.nn.modules.linear.": "torch.nn.", "torch.autograd.variable.": "torch.autograd.",
}  # fmt: skip
DTYPES = frozenset(["float32", "float64", "float16", "bfloat16", "double", "float", "half", "long", "int64", "int32", "int16", "int8", "uint8", "int", "short", "bool", "complex64", "complex128"])
OPAQUE_FUNCTIONS = frozenset(["torch.load", "torch.hub.load", "torch.jit.load", "torch.jit.trace", "torch.jit.script", "torch.vmap", "torch.fx.symbolic_trace"])
TRANSPARENT_CALLS = frozenset(["torch.compile", "torch.jit.script", "tqdm.tqdm", "tqdm.auto.tqdm", "tqdm.notebook.tqdm", "tqdm.trange", "rich.progress.track", "typing.cast"])


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
    special = SPECIAL.get(name)
    if special is not None:
        return special(m, args, kwargs)
    if package == "torch":
        return _torch(m, name, rest, args, kwargs)
    if package in ("numpy", "jax"):
        return _numpy(m, name, args, kwargs) if package == "numpy" else m.unknown([*args, *kwargs.values()])
    if package in ("math", "scipy", "cmath"):
        return _off_graph(m, name, args, kwargs)
    if inert(name):
        calls.call_back(m, [*args, *kwargs.values()])
        return plain()
    if package == "operator":
        return builtin.operate(m, rest, args, kwargs)
    return _unknown(m, args, kwargs)


def inert(name: str) -> bool:
    """Whether nothing of that module does anything to a gradient."""
    while name:
        if name in _INERT:
            return True
        name = name.rpartition(".")[0]
    return False


_INERT = frozenset(effects.INERT) - frozenset(["random.shuffle"])


def _unknown(m: Machine, args: list, kwargs: dict):
    return m.called_unknown(args, kwargs)


# -- the standard library -------------------------------------------------------------------------


def _partial(m, args, kwargs):
    return Partial(args[0], args[1:], kwargs) if args else opaque()


def _reduce(m, args, kwargs):
    items = calls.iterated(m, args[1]) if len(args) > 1 else Items()
    values = [*args[2:3], *items.all()]
    if not values:
        return opaque()
    total = values[0]
    for value in values[1:20]:
        total = calls.call(m, args[0], [total, value], {})
    if items.rest is not None or len(values) > 20:
        total = join(total, calls.call(m, args[0], [total, values[-1]], {}))
    return total


def _deepcopy(m, args, kwargs):
    return copied(m, args[0] if args else opaque(), {})


def copied(m: Machine, value, done: dict):
    """A deep copy: new leaves of the same data."""
    kind = type(value)
    if id(value) in done:
        return done[id(value)]
    if kind is Datum:
        return done.setdefault(id(value), _copied_datum(m, value))
    if kind is Seq:
        items = Items(tuple(copied(m, v, done) for v in value.items.first), copied(m, value.items.rest, done) if value.items.rest is not None else None)
        return Seq(value.kind, items)
    if kind is Map:
        made = done[id(value)] = Map({k: copied(m, v, done) for k, v in value.fields.items()})
        made.rest = copied(m, value.rest, done) if value.rest is not None else None
        return made
    if kind is Inst:
        made = done[id(value)] = Inst(value.cls, value.lib, m.site())
        made.buffers = value.buffers
        made.attrs = {k: copied(m, v, done) for k, v in value.attrs.items()}
        return made
    if kind is Either:
        return merge_results([copied(m, option, done) for option in value.options])
    return value


def _copied_datum(m: Machine, value: Datum):
    if value.source >= 0:
        source = m.seen.sources[value.source]
        site = m.site()
        new = Datum(value.kind, floating=value.floating)
        if source["requires_grad"] is False:
            new.data, new.must = value.data, value.must
            new.live = value.live & ~(1 << value.source)
            if source["parameter"]:
                m.source(new, "torch.nn.Parameter", site, False, parameter=True)
            return new
        bits = m.cut(site, "torch.Tensor.data", value.data, True) | m.cut(site, "torch.nn.Parameter", value.data, True)
        m.source(new, "torch.nn.Parameter" if source["parameter"] else "torch.Tensor.clone", site, source["requires_grad"], source["parameter"])
        new.data |= value.data
        new.must |= value.must
        new.cuts |= bits | value.cuts
        return new
    return value.copy()


def _shallow(m, args, kwargs):
    value = args[0] if args else opaque()
    if type(value) is Seq:
        return Seq(value.kind, value.items)
    if type(value) is Map:
        return Map(dict(value.fields), value.rest)
    if type(value) is Inst:
        new = Inst(value.cls, value.lib, value.site)
        new.attrs, new.buffers = dict(value.attrs), value.buffers
        return new
    return m.unknown(args) if type(value) is Datum and value.source >= 0 else value


def _namedtuple(m, args, kwargs):
    name = args[0].value if args and type(args[0]) is Const else "tuple"
    fields = args[1] if len(args) > 1 else kwargs.get("field_names", NONE)
    names = None
    if type(fields) is Const and isinstance(fields.value, str):
        names = tuple(fields.value.replace(",", " ").split())
    elif type(fields) is Seq and fields.items.rest is None and all(type(f) is Const for f in fields.items.first):
        names = tuple(str(f.value) for f in fields.items.first)
    if names is None:
        return opaque()
    made = Class(str(name), None, [Ref("object")], {}, ())
    made.record = names
    return made


def _sequence_type(m, args, kwargs):
    return Seq("list", calls.iterated(m, args[0]) if args else Items())


def _defaultdict(m, args, kwargs):
    made = Map()
    factory = args[0] if args else NONE
    if type(factory) is Ref and factory.name in ("builtins.list", "builtins.dict", "builtins.set"):
        made.fields["\0factory"] = factory
    elif args:
        return opaque()
    return made


def _chain(m, args, kwargs):
    from autofix.find.flow.expressions import _appended

    items = Items()
    for value in args:
        items = _appended(items, calls.iterated(m, value))
    return Seq("generator", items)


def _chain_all(m, args, kwargs):
    return _chain(m, calls.iterated(m, args[0]).all() if args else [], {})


def _repeated(m, args, kwargs):
    items = calls.iterated(m, args[0]) if args else Items()
    every = items.all()
    return Seq("generator", Items(items.first, merge_results(every) if every else None))


def _field(m, args, kwargs):
    made = Inst(None, "dataclasses.field")
    made.attrs.update(kwargs)
    return made


def _nullcontext(m, args, kwargs):
    return Inst(None, "contextlib.nullcontext")


def _wraps(m, args, kwargs):
    return Ref("functools.wraps")


def _identity_decorator(m, args, kwargs):
    return args[0] if args and type(args[0]) is Func else Ref("functools.wraps")


def _first(m, args, kwargs):
    return args[0] if args else Ref("functools.wraps")


def _progress(m, args, kwargs):
    """A progress bar around something to iterate over."""
    made = Inst(None, "tqdm.tqdm", m.site())
    made.attrs["over"] = args[0] if args else kwargs.get("iterable", Seq("range", Items((), Datum("number"))))
    return made


def _cast(m, args, kwargs):
    return args[1] if len(args) > 1 else opaque()


def _trange(m, args, kwargs):
    return _progress(m, [builtin.make_range(m, args, {})], {})


def _raises(m, args, kwargs):
    if len(args) > 1:
        calls.call_back(m, args[1:])
    return Inst(None, "pytest.raises")


# -- torch ----------------------------------------------------------------------------------------


def _torch(m: Machine, name: str, rest: str, args: list, kwargs: dict):
    head, _, tail = rest.partition(".")
    short = name.rsplit(".", 1)[-1]
    if head == "nn" and tail.startswith("functional."):
        return tensors.function(m, _op(name, short), short, args, kwargs)
    if head == "nn" and tail.startswith("init."):
        return _initialised(m, name, args, kwargs)
    if head == "nn" and tail.startswith("utils."):
        return _utilities(m, short, args, kwargs)
    if name in ("torch.nn.Embedding.from_pretrained", "torch.nn.EmbeddingBag.from_pretrained"):
        return modules.pretrained(m, name, args, kwargs)
    if head == "nn" and "." not in tail and tail:
        return modules.make(m, tail, args, kwargs)
    if head == "optim":
        if tail.startswith(("lr_scheduler", "swa_utils")):
            return plain() if tail.startswith("lr_scheduler") else _unknown(m, args, kwargs)
        return roots.make_optimizer(m, args, kwargs)
    if head == "distributions":
        return _distribution(m, name, args, kwargs)
    if name in OPAQUE_FUNCTIONS or head in ("jit", "func", "hub", "fx", "onnx", "distributed", "multiprocessing", "ao", "_dynamo", "_inductor", "export", "package"):
        return _unknown(m, args, kwargs)
    if inert(name):
        return plain()
    if head == "utils":
        return _unknown(m, args, kwargs)
    if head in effects.CONSTRUCTORS or head in effects.FROM_ITEMS:
        return tensors.constructed(m, f"torch.{head}", head, args, kwargs)
    if head == "Tensor" and tail:
        return tensors.method(m, args[0], short, args[1:], kwargs) if args and type(args[0]) is Datum else _unknown(m, args, kwargs)
    if head in ("linalg", "fft", "special", "sparse") or not tail:
        if short == "normal" and any(tensors.is_live(d) for d in tensors.carriers(args)):
            return tensors.apply(m, "torch.normal", tensors.carriers(args), Effect.ROUNDS)
        if short == "normal":
            return tensors.made(m, name, "randn", [], kwargs)
        if any(type(a) is Datum and a.kind == "opaque" for a in args[:1]) and short in tensors.METHODS:
            return tensors.method(m, args[0], short, args[1:], kwargs)
        return tensors.function(m, name if tail else f"torch.{short}", short, args, kwargs)
    return _unknown(m, args, kwargs)


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
    return _unknown(m, args, kwargs)


def _mode_off(m, args, kwargs):
    if args and type(args[0]) is Func:
        args[0].grad_mode = False
        return args[0]
    if args and type(args[0]) is Const and args[0].value is False:
        return Inst(None, "torch.mode.on")
    return Inst(None, "torch.mode.off" if not args or type(args[0]) is Const else "torch.mode.unknown")


def _inference(m, args, kwargs):
    made = _mode_off(m, args, kwargs)
    if type(made) is Inst and made.lib == "torch.mode.off":
        made.attrs["inference"] = TRUE
    return made


def _mode_on(m, args, kwargs):
    if args and type(args[0]) is Func:
        args[0].grad_mode = True
        return args[0]
    return Inst(None, "torch.mode.on")


def _switched(m, args, kwargs):
    """``torch.set_grad_enabled(x)``: as a call it switches for good, as a context manager until the end of the block."""
    flag = args[0] if args else kwargs.get("mode", NONE)
    known = bool(flag.value) if type(flag) is Const else None
    made = Inst(None, {True: "torch.mode.on", False: "torch.mode.off", None: "torch.mode.unknown"}[known])
    m.set(m, "grad_mode", known)
    m.set(m, "mode_sites", (*m.mode_sites, m.site()) if known is False else ())
    return made


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
        return _unknown(m, args, kwargs)
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
    return tensors.constructed(m, "torch.autograd.Variable", "Variable", args, kwargs)


def _is_grad_enabled(m, args, kwargs):
    return plain() if m.grad_mode is None else (TRUE if m.grad_mode else FALSE)


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


# -- distributions --------------------------------------------------------------------------------

DISCRETE = frozenset(["Categorical", "Bernoulli", "OneHotCategorical", "Binomial", "Multinomial", "Poisson", "Geometric", "NegativeBinomial"])


def _distribution(m: Machine, name: str, args: list, kwargs: dict):
    short = name.rsplit(".", 1)[-1]
    if short == "kl_divergence":
        return tensors.apply(m, name, tensors.carriers(args), short="add")
    if short[:1].isupper():
        made = Inst(None, f"torch.distributions.{short}", m.site())
        for number, value in enumerate((*args, *kwargs.values())):
            made.attrs[f"given{number}"] = value
        return made
    return _unknown(m, args, kwargs)


def distribution_attribute(m: Machine, value: Inst, name: str):
    short = value.lib.rsplit(".", 1)[-1]
    if name in ("sample", "rsample", "log_prob", "entropy", "cdf", "icdf", "sample_n", "expand", "enumerate_support"):
        return Bound(name, value)
    if name in ("mean", "loc", "scale", "stddev", "variance", "probs", "logits", "rate", "mode"):
        return tensors.apply(m, f"torch.distributions.{name}", tensors.carriers(list(value.attrs.values())), short="add")
    return Bound(name, value) if short else opaque()


def object_method(m: Machine, value: Inst, name: str, args: list, kwargs: dict):
    """A method of an object of a library."""
    if value.lib.startswith("torch.distributions."):
        short = value.lib.rsplit(".", 1)[-1]
        inputs = tensors.carriers(list(value.attrs.values()))
        if name in ("sample", "sample_n"):
            op = {"Categorical": "torch.multinomial", "OneHotCategorical": "torch.multinomial"}.get(short)
            if op and short == "Categorical":
                return tensors.apply(m, op, inputs, Effect.WHOLE)
            discrete = short in DISCRETE
            new = tensors.apply(m, f"torch.distributions.{short}.sample", inputs, Effect.CUTS)
            new.floating = None if discrete else True
            return new
        if name in ("rsample", "log_prob", "entropy", "cdf", "icdf"):
            new = tensors.apply(m, f"torch.distributions.{name}", [*inputs, *tensors.carriers(args)], short="add")
            new.floating = True
            return new
        return m.unknown([value, *args])
    if value.lib == "tqdm.tqdm":
        return plain()
    if value.lib.startswith("torch.mode") or value.lib in ("contextlib.nullcontext", "pytest.raises", "dataclasses.field"):
        return NONE
    calls.call_back(m, [*args, *kwargs.values()])
    return m.unknown([value, *args, *kwargs.values()])


def call_object(m: Machine, value: Inst, args: list, kwargs: dict):
    if value.lib.startswith("torch.mode") and args and type(args[0]) is Func:
        args[0].grad_mode = {"torch.mode.off": False, "torch.mode.on": True}.get(value.lib)
        return args[0]
    return _unknown(m, [value, *args], kwargs)


def class_method(m: Machine, cls: Class, name: str, args: list, kwargs: dict):
    """``Function.apply`` and other methods that a class has from its library."""
    if name == "apply" and any(isinstance(b, Ref) and b.name.endswith("autograd.Function") for b in cls.lineage()):
        return _applied(m, cls, args, kwargs)
    if cls.record is not None and name == "_make":
        return calls.instantiate(m, cls, list(calls.iterated(m, args[0]).all()), {}) if args else opaque()
    return m.unknown([*args, *kwargs.values()])


def _applied(m: Machine, cls: Class, args: list, kwargs: dict):
    """A custom ``autograd.Function``: what its ``backward`` gives None for gets no gradient."""
    import ast

    inputs = [d for d in tensors.carriers(args)]
    site = m.site()
    backward = cls.find("backward")
    nothing: set[int] = set()
    if type(backward) is Func:
        returns = [n.value for n in ast.walk(backward.node) if isinstance(n, ast.Return)]
        if returns and all(isinstance(r, ast.Tuple) and not any(isinstance(e, ast.Starred) for e in r.elts) for r in returns):
            count = min(len(r.elts) for r in returns)
            for place in range(count):
                if all(_is_nothing(r.elts[place]) for r in returns):
                    nothing.add(place)
    new = Datum("tensor", site=site)
    reaching = Datum("tensor")
    for place, value in enumerate(args):
        for datum in tensors.carriers([value]):
            new.data |= datum.data
            new.must |= datum.must
            new.cuts |= datum.cuts
            if place in nothing and tensors.is_live(datum):
                new.ghost = True
            else:
                reaching.live |= datum.live
                reaching.hidden = reaching.hidden or datum.hidden
                reaching.ghost = reaching.ghost or datum.ghost
    new.live, new.hidden, new.ghost = reaching.live, reaching.hidden, new.ghost or reaching.ghost
    live = tensors.is_live(new)
    if m.grad_mode is False:
        new.cuts |= m.cut(site, "torch.no_grad", new.data, live, modes=True) if new.data else 0
        new.live, new.hidden, new.ghost = 0, False, False
    elif new.data:
        new.cuts |= m.cut(site, f"function:{cls.name}", new.data, live, soft=True)
    m.step(site, f"function:{cls.name}", args, [new], {d.site for d in inputs if d.site >= 0})
    forward = cls.find("forward")
    many = type(forward) is Func and any(isinstance(n, ast.Return) and isinstance(n.value, ast.Tuple) for n in ast.walk(forward.node))
    if not many and type(forward) is not Func:
        return m.unknown(args)
    return Seq("tuple", Items((), new)) if many else new


def _is_nothing(node) -> bool:
    """None, or zeros: no gradient comes back."""
    import ast

    if isinstance(node, ast.Call):
        return isinstance(node.func, ast.Attribute) and node.func.attr in ("zeros_like", "zeros") and isinstance(node.func.value, ast.Name) and node.func.value.id == "torch"
    return isinstance(node, ast.Constant) and node.value is None


# -- numpy and math -------------------------------------------------------------------------------


def _numpy(m: Machine, name: str, args: list, kwargs: dict):
    short = name.rsplit(".", 1)[-1]
    if inert(name) or short in effects.NUMPY_FACTS:
        if short in ("zeros_like", "ones_like"):
            return Datum("array", site=m.site())
        return plain() if short not in ("float32", "float64") else _off_graph(m, name, args, kwargs)
    operands = [*args, *kwargs.values()]
    calls.call_back(m, operands)
    inputs = tensors.carriers(operands)
    ufunc = short in effects.UFUNCS and name.count(".") == 1
    for value in args:
        alive = [d for d in tensors.carriers([value]) if d.kind == "tensor" and d.sure]
        if alive and (ufunc and type(value) is Datum or type(value) is Seq or short in ("where", "dot", "stack", "array", "asarray")):
            op = "torch.Tensor.__array__" if ufunc else name
            tensors.fail(m, op, "RuntimeError", tensors.TO_NUMPY, alive[0].data)
    if any(d.kind == "tensor" for d in args if type(d) is Datum) and not ufunc and short in ("squeeze", "mean", "sum", "max", "min", "prod", "std", "var", "reshape", "transpose", "clip"):
        given = args[0]
        if type(given) is Datum and given.kind == "tensor":
            return Datum("opaque", given.data, 0, given.live, given.cuts, True, site=m.site())
    if any(d.kind == "opaque" and d.hidden for d in inputs) and short in ("squeeze", "mean", "sum", "max", "min", "prod", "std", "var", "reshape", "transpose", "clip"):
        return m.unknown(operands)
    wrapped = [d for d in args if type(d) is Datum and d.kind == "tensor"]
    if ufunc and wrapped and not any(tensors.is_live(d) for d in wrapped):
        return tensors.apply(m, "torch.Tensor.__array_wrap__", inputs, operands=operands)
    return tensors.off_graph(m, "torch.Tensor.__array__" if ufunc and any(d.kind in tensors.CARRYING and d.data for d in inputs) else name, inputs, "array", operands)


def _off_graph(m: Machine, name: str, args: list, kwargs: dict):
    short = name.rsplit(".", 1)[-1]
    if name.startswith("math.") and args and all(type(a) is Const for a in args):
        try:
            return Const(getattr(math, short)(*(a.value for a in args)))
        except (TypeError, ValueError, AttributeError, OverflowError):
            return Datum("number")
    values = [*args, *kwargs.values()]
    if any(type(v) in (Func, Bound, Partial) for v in values) or not name.startswith(("math.", "scipy.special.", "numpy.", "cmath.")) and any(tensors.is_live(d) for d in tensors.carriers(values)):
        calls.call_back(m, values)
        m.escape(values)
    wrapped = [v for v in values if type(v) is Datum and v.kind == "tensor"]
    if name.startswith("scipy.special.") and wrapped and not any(tensors.is_live(d) for d in wrapped):
        return tensors.apply(m, "torch.Tensor.__array_wrap__", tensors.carriers(values), operands=values)
    kind = "number" if name.startswith(("math.", "cmath.")) else "array"
    result = tensors.off_graph(m, name, tensors.carriers(values), kind, values)
    return result if name.startswith(("math.", "cmath.", "numpy.", "scipy.special.")) or result.data else opaque()


SPECIAL = {
    "functools.partial": _partial, "functools.reduce": _reduce, "functools.wraps": _wraps, "functools.lru_cache": _identity_decorator,
    "copy.deepcopy": _deepcopy, "copy.copy": _shallow, "collections.namedtuple": _namedtuple, "collections.deque": _sequence_type,
    "collections.OrderedDict": builtin.make_dict, "collections.defaultdict": _defaultdict, "itertools.chain": _chain,
    "itertools.chain.from_iterable": _chain_all, "itertools.cycle": _repeated, "dataclasses.field": _field,
    "contextlib.nullcontext": _nullcontext, "tqdm.tqdm": _progress, "tqdm.auto.tqdm": _progress, "tqdm.notebook.tqdm": _progress,
    "tqdm.trange": _trange, "tqdm.auto.trange": _trange, "typing.cast": _cast, "pytest.raises": _raises, "sys.exit": builtin.leave,
    "contextlib.suppress": _raises, "torch.compile": _first, "torch.no_grad": _mode_off, "torch.inference_mode": _inference,
    "torch.autograd.no_grad": _mode_off, "torch.enable_grad": _mode_on, "torch.autograd.enable_grad": _mode_on,
    "torch.set_grad_enabled": _switched, "torch.autograd.set_grad_enabled": _switched, "torch._C._set_grad_enabled": _switched,
    "torch.utils.checkpoint.checkpoint": _checkpoint, "torch.func.functional_call": _functional_call,
    "torch.nn.utils.stateless.functional_call": _functional_call, "torch.autograd.backward": _backward_function,
    "torch.autograd.grad": _autograd_grad, "torch.autograd.Variable": _variable, "torch.is_grad_enabled": _is_grad_enabled,
    "torch.utils.data.DataLoader": _loader, "torch.nn.DataParallel": _wrapped_model, "builtins.functools": _wraps,
    "torch.nn.parallel.DistributedDataParallel": _wrapped_model,
}  # fmt: skip
