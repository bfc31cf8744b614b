"""Tables from one library's names to another's, and how a rewrite of one call is expressed.

A table answers a ``Use`` (one call, method or attribute, with what a run saw of its arguments) with a
tuple of small changes, or with ``None`` where it has no honest answer. A change names an argument by
the *parameter* it fills, never by its text, so that rewrites of nested calls compose and every space
and comment between the arguments survives. ``autofix.tables.patch`` turns changes into edits.

Texts in changes spell the other library in full (``torch.float32``); the patch writes what the file's
imports call it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from autofix.model import Value

UNKNOWN = object()
"""A value that the source does not spell out."""


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument: its source, what a run saw, and whether it is a tensor once the region is mended."""

    text: str
    value: Value | None = None
    tensor: bool = False
    literal: object = UNKNOWN
    keyword: bool = False
    items: tuple[Argument, ...] | None = None
    """The elements, where the source writes a list or tuple."""
    plain: bool = False
    """A bare name: its text can be repeated, for nothing inside it is edited."""

    @property
    def ndim(self) -> int | None:
        known = self.value is not None and self.value.kind != "other" and self.value.dtype
        return len(self.value.shape) if known else None

    @property
    def arrayish(self) -> bool:
        """Whether it is, or will be, a tensor (an ndarray off the path is lifted to one)."""
        return self.tensor or (self.value is not None and self.value.kind in ("array", "tensor"))


@dataclass(frozen=True, slots=True)
class Use:
    """One use of a name of the table. ``arguments`` are by parameter, the receiver of a method first."""

    name: str
    arguments: Mapping[str, Argument] = field(default_factory=dict)
    output: Value | None = None
    method: bool = False

    def __getitem__(self, parameter: str) -> Argument:
        return self.arguments[parameter]

    def __contains__(self, parameter: str) -> bool:
        return parameter in self.arguments

    def literal(self, parameter: str, default: object) -> object:
        """The constant an argument spells, ``default`` where it is not given, else ``UNKNOWN``."""
        return self.arguments[parameter].literal if parameter in self.arguments else default


# -- changes -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Rename:
    """Call this instead: a dotted origin for a function, a bare name for a method or attribute."""

    to: str


@dataclass(frozen=True, slots=True)
class Keyword:
    """Give this argument by this keyword (renamed or inserted)."""

    parameter: str
    name: str


@dataclass(frozen=True, slots=True)
class Wrap:
    """Put text around an argument's value."""

    parameter: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Replace:
    """Write something else for an argument's value."""

    parameter: str
    text: str


@dataclass(frozen=True, slots=True)
class Delete:
    """Take an argument out, with its comma."""

    parameter: str


@dataclass(frozen=True, slots=True)
class Append:
    """One more argument at the end."""

    text: str


@dataclass(frozen=True, slots=True)
class InsertAfter:
    """One more argument, right behind another (or first, behind a method's receiver)."""

    parameter: str
    text: str


@dataclass(frozen=True, slots=True)
class Suffix:
    """Text behind the whole expression: ``.values``."""

    text: str


@dataclass(frozen=True, slots=True)
class Operate:
    """An operator and its right side behind the whole expression: ``[0] / step``."""

    text: str


@dataclass(frozen=True, slots=True)
class Unwrap:
    """Leave only this argument of the call."""

    parameter: str


@dataclass(frozen=True, slots=True)
class Whole:
    """Write this for the whole expression (its arguments are bare names)."""

    text: str


@dataclass(frozen=True, slots=True)
class Call:
    """Make an attribute a method call: ``a.size`` → ``a.numel()``."""

    arguments: str = ""


@dataclass(frozen=True, slots=True)
class Around:
    """Text around the whole expression: ``tf.divide(…, 2.0)``."""

    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Function:
    """A method or attribute becomes a call of this function: ``a.sum(0)`` → ``tf.reduce_sum(a, 0)``."""

    to: str


Change = Around | Function | Rename | Keyword | Wrap | Replace | Delete | Append | InsertAfter | Suffix | Operate | Unwrap | Whole | Call
Changes = tuple[Change, ...]
