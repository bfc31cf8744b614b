"""The interpreter that has TensorFlow: this one, or the one that ``AUTOFIX_TF_PYTHON`` names."""

from __future__ import annotations

import importlib.util
import os
import sys

REASON = "no TensorFlow here: install it, or name an interpreter that has it in AUTOFIX_TF_PYTHON"


def here() -> bool:
    """Whether this very interpreter can import TensorFlow (asked without importing it)."""
    return importlib.util.find_spec("tensorflow") is not None


def interpreter() -> str | None:
    """An interpreter with TensorFlow, None where there is none."""
    return os.environ.get("AUTOFIX_TF_PYTHON") or (sys.executable if here() else None)
