"""Find without running: the abstract twin of the trace, on the standard library's ``ast``."""

from autofix.find.flow.follow import breaks

__all__ = ["breaks"]
