"""How a script wants to be started: as a module of its package, in a process of its own."""

from __future__ import annotations

import ast
import fnmatch
import os
from functools import lru_cache

from autofix.source import parsed

FRAMEWORKS = ("torch", "numpy", "tensorflow", "jax", "scipy", "torchvision", "keras")
# Read when they are used, not when a framework is imported: setting them works in a forked child too.
READ_LATE = (
    "CUDA_VISIBLE_DEVICES", "CUDA_LAUNCH_BLOCKING", "CUBLAS_WORKSPACE_CONFIG", "TOKENIZERS_PARALLELISM",
    "PYTHONHASHSEED", "MASTER_*", "RANK", "LOCAL_RANK", "WORLD_SIZE", "WANDB_*", "HF_*", "TRANSFORMERS_*",
    "MPLBACKEND", "MPLCONFIGDIR", "KMP_DUPLICATE_LIB_OK", "SDL_*", "QT_*", "DISPLAY", "PYTHONWARNINGS",
    "TF_CPP_*", "TF_ENABLE_ONEDNN_OPTS", "TF_FORCE_GPU_ALLOW_GROWTH", "ABSL_*", "GRPC_*",
)  # fmt: skip


def parse(source: bytes | str) -> ast.Module | None:
    """The tree, or None for what is no Python: running it says why."""
    try:
        return parsed(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


@lru_cache(maxsize=64)
def way(script: str, source: bytes | str) -> tuple[str, str, dict[str, str]]:
    """The module to run it as, the folder above its package (both empty for a plain script), the early environment."""
    tree = parse(source)
    if tree is None:
        return "", "", {}
    first = {name: value for name, value in early_environment(tree).items() if value is not None}
    return *package_module(script, tree), first


def package_module(script: str, tree: ast.Module) -> tuple[str, str]:
    """Where the script imports from its own package: its module name and the folder above that package."""
    relative = any(isinstance(node, ast.ImportFrom) and node.level for node in tree.body)
    folder, name = os.path.split(script)
    if not relative or not os.path.isfile(os.path.join(folder, "__init__.py")):
        return "", ""
    names = [] if name == "__init__.py" else [name.removesuffix(".py")]
    while os.path.isfile(os.path.join(folder, "__init__.py")):
        folder, package = os.path.split(folder)
        names.insert(0, package)
    if name == "__init__.py" or not all(part.isidentifier() for part in names):
        return "", ""
    return ".".join(names), folder


def early_environment(tree: ast.Module) -> dict[str, str | None]:
    """Environment variables set before the first framework is imported; None where the value is computed."""
    found: dict[str, str | None] = {}
    for statement in tree.body:
        for node in ast.walk(statement):
            found.update(_settings(node))
        if any(_imports_framework(node) for node in ast.walk(statement)):
            break
    else:
        return {}
    return {name: value for name, value in found.items() if not any(fnmatch.fnmatch(name, late) for late in READ_LATE)}


def _imports_framework(node: ast.AST) -> bool:
    if isinstance(node, ast.Import):
        return any(alias.name.partition(".")[0] in FRAMEWORKS for alias in node.names)
    return isinstance(node, ast.ImportFrom) and not node.level and (node.module or "").partition(".")[0] in FRAMEWORKS


def _settings(node: ast.AST):
    if isinstance(node, ast.Assign):
        for target in node.targets:
            if isinstance(target, ast.Subscript) and _is_environ(target.value):
                yield _pair(target.slice, node.value)
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        name, owner = node.func.attr, node.func.value
        if name == "setdefault" and _is_environ(owner) and len(node.args) == 2:
            variable, value = _pair(*node.args)
            yield variable, os.environ.get(variable, value)
        elif name == "putenv" and isinstance(owner, ast.Name) and owner.id == "os" and len(node.args) == 2:
            yield _pair(*node.args)
        elif name == "update" and _is_environ(owner):
            yield from ((word.arg or "?", _constant(word.value)) for word in node.keywords)
            for argument in node.args:
                if isinstance(argument, ast.Dict):
                    yield from (_pair(key, value) for key, value in zip(argument.keys, argument.values) if key)


def _is_environ(node: ast.AST) -> bool:
    return (isinstance(node, ast.Attribute) and node.attr == "environ") or (
        isinstance(node, ast.Name) and node.id == "environ"
    )


def _pair(key: ast.AST, value: ast.AST) -> tuple[str, str | None]:
    return _constant(key) or "?", _constant(value)


def _constant(node: ast.AST) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None
