"""Load and run the user's program as ``python FILE`` would, in this very process."""

from __future__ import annotations

import ast
import builtins
import importlib.machinery
import linecache
import sys
import traceback
import types
import warnings

from autofix.probe.places import OURS

CALL = "__autofix_call__"


BLIND = frozenset(
    "float int Tensor FloatTensor DoubleTensor HalfTensor LongTensor IntTensor Variable "
    "float64 float32 float16 int64 int32 accumulate reduce outer".split()
)


class _BlindCalls(ast.NodeTransformer):
    """Calls that nothing can watch from outside (``float(x)`` must return a float) are routed through us."""

    def visit_Call(self, node):
        self.generic_visit(node)
        called = node.func
        name = called.id if isinstance(called, ast.Name) else getattr(called, "attr", "")
        if name in BLIND and (isinstance(called, ast.Name) or name not in ("float", "int")):
            callee = ast.copy_location(ast.Name(CALL, ast.Load()), called)
            return ast.copy_location(ast.Call(callee, [called, *node.args], node.keywords), node)
        return node


def compile_source(source: bytes | str, path: str, probe: bool):
    """Compile as Python does; raises SyntaxError."""
    tree = ast.parse(source, path)
    if probe:
        tree = _BlindCalls().visit(tree)
    return compile(tree, path, "exec", dont_inherit=True)


def install_loader(is_users, overlay: dict[str, str], probe: bool) -> None:
    """The project's own modules are compiled by us, from the overlay where it has them."""
    sys.dont_write_bytecode = True
    loader = importlib.machinery.SourceFileLoader
    get_code = loader.get_code

    def probed_get_code(self, fullname):
        path = self.get_filename(fullname)
        if not (path in overlay or is_users(path)):
            return get_code(self, fullname)
        source = overlay.get(path)
        return compile_source(self.get_data(path) if source is None else source, path, probe)

    loader.get_code = probed_get_code
    for path, source in overlay.items():
        text = source.decode("utf-8", "replace") if isinstance(source, bytes) else source
        linecache.cache[path] = (len(text), None, text.splitlines(True), path)


def install_blind_calls(tracking) -> dict:
    """Route the blind calls; gives the table of those that are watched, for frameworks to add to."""
    from autofix.probe.tracked import bare, carriers

    watch = tracking.watch
    watched = {}

    def number(function):
        def convert(*args):
            text, value = watch.spelled
            if args and type(args[0]) is str and text and args[0].strip() == text.strip():
                return tracking.passed_on(function.__name__, (value,), function(*args))  # ``float(f"{loss:.4f}")``
            if next(carriers(args, watch), None) is None:
                return function(*args)
            with watch.within(function.__name__):
                result = function(*bare(args))
            return tracking.passed_on(function.__name__, args, result)

        return convert

    def call(function, *args, **kwargs):
        try:
            seen = watched.get(function)
        except TypeError:
            seen = None
        return (seen or function)(*args, **kwargs)

    watched[float], watched[int] = number(float), number(int)
    setattr(builtins, CALL, call)
    return watched


def hide_probe() -> None:
    """Our frames do not show in tracebacks, nor do warnings name our files."""
    walk = getattr(traceback, "_walk_tb_with_full_positions", None)
    if walk is not None:
        traceback._walk_tb_with_full_positions = lambda tb: _without_ours(walk(tb), lambda item: item[0].f_code)
    show = warnings._showwarnmsg

    def showwarnmsg(message):
        if not message.filename.startswith(OURS):
            return show(message)
        frame = sys._getframe(1)
        while frame is not None and frame.f_code.co_filename.startswith(OURS):
            frame = frame.f_back
        if frame is None:
            return show(message)
        registry = frame.f_globals.setdefault("__warningregistry__", {})
        name = frame.f_globals.get("__name__", "<unknown>")
        warnings.warn_explicit(
            message.message, message.category, frame.f_code.co_filename, frame.f_lineno, name, registry
        )

    warnings._showwarnmsg = showwarnmsg
    # What Python shows for ``__main__`` alone must come to ``showwarnmsg`` first, to be judged by the user's place.
    warnings.filterwarnings("default", category=DeprecationWarning, module=r"autofix\.probe")
    for name, module in list(sys.modules.items()):
        if name.startswith("autofix.probe"):
            module.__dict__["__warningregistry__"] = None


def _without_ours(entries, code_of) -> list:
    """A traceback's entries without our frames, nor the detour by which a framework's function came to us.

    With a function mode, torch's own Python functions first call ``handle_torch_function``, and are then called
    again from our mode: the first of the two is the detour.
    """
    kept: list = []
    for entry in entries:
        if not code_of(entry).co_filename.startswith(OURS):
            kept.append(entry)
        elif kept and code_of(kept[-1]).co_name == "handle_torch_function":
            del kept[-2:]
    return kept


def strip(error: BaseException | None, seen=()) -> None:
    """Take our frames out of an exception's traceback, and out of those it came from."""
    if error is None or error in seen:
        return
    chain, tb = [], error.__traceback__
    while tb is not None:
        chain.append(tb)
        tb = tb.tb_next
    frames = _without_ours(chain, lambda entry: entry.tb_frame.f_code)
    following = None
    for tb in reversed(frames):
        tb.tb_next = following
        following = tb
    error.__traceback__ = following
    strip(error.__cause__, (*seen, error))
    strip(error.__context__, (*seen, error))


def prepare_main(script: str) -> types.ModuleType:
    """A fresh ``__main__``, as the interpreter makes one for a script."""
    main = types.ModuleType("__main__")
    main.__file__ = script
    main.__builtins__ = builtins
    main.__dict__["__cached__"] = None
    sys.modules["__main__"] = main
    return main


def run_script(path: str, source, probe: bool) -> None:
    main = prepare_main(path)
    code = compile_source(source, path, probe)
    exec(code, main.__dict__)


def run_module(name: str, probe: bool) -> None:
    """As ``python -m NAME``: the package is imported first, then the module runs as ``__main__``."""
    import importlib.util

    spec = importlib.util.find_spec(name)
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError(f"No module named {name}")
    main = prepare_main(spec.origin)
    main.__spec__, main.__package__ = spec, spec.parent
    exec(spec.loader.get_code(name), main.__dict__)


def read_source(path: str, overlay: dict):
    if path in overlay:
        return overlay[path]
    with open(path, "rb") as handle:
        return handle.read()
