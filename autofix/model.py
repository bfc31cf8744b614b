"""The records that travel from room to room: find → mend → prove → report.

Everything here is frozen, made of the standard library only, and imports nothing of ours, so that
every room can depend on it and none on another's insides.

Conventions, valid everywhere:

* lines are 1-based; columns are 0-based and count *characters* (not bytes); ends are exclusive;
* offsets (``Edit.start``, ``Edit.end``) count characters of the decoded text, newlines untranslated;
* ``path`` is an absolute path.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Outcome(StrEnum):
    """How a proof ended. Closed: nothing else is ever reported."""

    PROVED = "proved"
    NO_EFFECT = "no effect"
    HARM = "harm"
    UNSTABLE = "unstable"
    NOT_RUN = "not run"


class Safety(StrEnum):
    """Whether a fix keeps the program's numbers (safe) or changes its maths or intent (unsafe)."""

    SAFE = "safe"
    UNSAFE = "unsafe"


class Certainty(StrEnum):
    """How sure a finding is: by a run or by a proof on the source; by strong signs; by a hint."""

    CERTAIN = "certain"
    LIKELY = "likely"
    POSSIBLE = "possible"


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A place in a source file."""

    path: str
    line: int
    column: int
    end_line: int
    end_column: int

    def contains(self, other: Span) -> bool:
        """Whether ``other`` lies within this span (both in one file)."""
        return (
            self.path == other.path
            and (self.line, self.column) <= (other.line, other.column)
            and (other.end_line, other.end_column) <= (self.end_line, self.end_column)
        )


@dataclass(frozen=True, slots=True)
class Value:
    """What a run saw of one value. ``kind``: tensor, array, scalar (numpy), number (python), list, tuple, other.

    A list has the dtype of its items (``mixed`` where tensors and numbers stand side by side) and its length
    before their common shape (``-1`` where their shapes differ).
    """

    kind: str
    dtype: str = ""
    shape: tuple[int, ...] = ()
    on_path: bool = False
    """Whether a starved target's data is in it, cut off from its gradient."""
    items: str = ""
    """The kind of a list's items, ``mixed`` where they differ."""


@dataclass(frozen=True, slots=True)
class Step:
    """One expression that a lost value passes through on its way, as a run saw it.

    ``span`` is the whole expression (call, operator, attribute, subscript), ``inputs`` its operands in
    order (the receiver of a method first, keyword arguments last), ``output`` its result.
    """

    span: Span
    op: str
    inputs: tuple[Value, ...]
    output: Value
    on_path: bool
    """True: its result goes on to the root. False: a side road (a plot, a print, a logged number)."""
    own: bool = True
    """Whether it is this break's value that goes through; False: another lost value, which meets it later."""


@dataclass(frozen=True, slots=True)
class Target:
    """A tensor whose gradient the program wants.

    ``how`` it is wanted: ``read`` (its ``.grad``), ``optimizer``, ``autograd.grad``, ``tape.gradient``,
    ``leaf`` (made with requires_grad=True, or a parameter in the forward pass).
    """

    name: str
    how: str
    span: Span | None = None
    """Where the program makes it, when that is known."""


@dataclass(frozen=True, slots=True)
class Break:
    """The place where the gradient of one or more targets stops.

    ``op`` names what stops it, and by that its codemod: a dotted API name (``torch.Tensor.detach``,
    ``numpy.exp``, ``math.log``, ``float``) or, where no call is to blame, ``group:what``
    (``leaf:rebound``, ``module:raw-tensor``).
    """

    op: str
    span: Span
    expression: str
    targets: tuple[Target, ...]
    partial: bool = False
    """True: the target gets a gradient on another way, and only a part of it is missing."""
    shared: bool = False
    """True: data of a target that gets its gradient all the same passes here too. Perhaps it is cut on purpose."""
    certainty: Certainty = Certainty.CERTAIN
    steps: tuple[Step, ...] = ()
    """What the lost value passes through after this break, in program order."""
    related: tuple[Span, ...] = ()
    """Other places that matter: the ``with`` of a mode, the read of a gradient, the rebinding."""
    reason: str = ""
    """One sentence for the user where the op alone does not explain it."""


@dataclass(frozen=True, slots=True, order=True)
class Edit:
    """Replace the characters ``start:end`` of the file by ``text``."""

    path: str
    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Fix:
    """One repair of one break: edits against one baseline, applied whole or not at all."""

    code: str
    title: str
    edits: tuple[Edit, ...]
    safety: Safety = Safety.SAFE
    note: str = ""
    """What changes in the maths, for an unsafe fix."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A break together with the rule that knows it and the fix that rule offers, if any."""

    code: str
    break_: Break
    fix: Fix | None
    advice: str = ""
    """What to do where there is no honest automatic fix."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a proof's table."""

    target: str
    before: str
    after: str
    derivative: str
    within: float | None = None
    """The largest relative error of this gradient that the derivative check may have missed, where it agrees."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What running before and after showed. ``reason`` is one line, always filled but for ``proved``."""

    outcome: Outcome
    reason: str = ""
    rows: tuple[Row, ...] = ()
    loss_before: str = ""
    loss_after: str = ""
    derivative: str = "not checked"
    """``agrees``, or ``not checked`` with why; a derivative that differs is ``harm``."""


@dataclass(frozen=True, slots=True)
class FileResult:
    """What came out for one file; the reports print a sequence of these."""

    path: str
    findings: tuple[Finding, ...] = ()
    fixes: tuple[Fix, ...] = ()
    """The fixes that ``patch`` holds and ``verdict`` judges."""
    verdict: Verdict | None = None
    """None where nothing was tried."""
    patch: bytes = b""
    errors: tuple[str, ...] = ()
    """What could not be done with this file, one sentence each."""
