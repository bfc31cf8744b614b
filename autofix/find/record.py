"""The probe's record of a run, as typed values with real places."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property

from autofix import effects
from autofix.model import Span, Step, Value

DRAWN = re.compile(r"\b(multinomial|bernoulli|poisson|binomial|randint|argmax|argmin)$")
ReadText = Callable[[str], str]
"""From an absolute path to the text that was run."""


@dataclass(frozen=True, slots=True)
class Source:
    """A tensor that entered the computation (see ``autofix.probe.lineage.Source``)."""

    index: int
    site: int
    op: str
    dtype: str
    shape: tuple[int, ...]
    floating: bool
    requires_grad: bool
    parameter: bool
    name: str
    owner: str
    use: int
    scale: float
    zeroed: int
    trainable: bool = False
    born: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Cut:
    """A place where gradient was lost; ``data`` are the sources that lost it there."""

    index: int
    site: int
    op: str
    data: frozenset[int]
    live: bool
    soft: bool
    modes: tuple[int, ...]
    through: tuple[tuple[int, frozenset[int], int], ...] = ()
    """The expressions that were being evaluated: each with what it cut, and how many calls it is away (0: its own)."""
    chained: bool = False
    """It cut again, before the next root, what it had cut."""


@dataclass(frozen=True, slots=True)
class Root:
    """One differentiation. ``gradients``: sketch by source index; ``printed``: bytes of output before it."""

    index: int
    site: int
    how: str
    value: float | None
    data: frozenset[int]
    cuts: frozenset[int]
    made: tuple[int, ...]
    requires_grad: bool
    error: str
    gradients: dict[int, dict]
    printed: int
    rebuilt: tuple[tuple[int, bool], ...] = ()
    """Cuts that copied live tensors which this root does not hold; True: a part of their way leads to it all the same."""


@dataclass(frozen=True, slots=True)
class Want:
    """One moment at which the program asked for a gradient; ``grad`` is the sketch of what it got."""

    how: str
    site: int
    source: int
    name: str
    leaf: bool
    requires_grad: bool
    parameter: bool
    data: frozenset[int]
    cuts: frozenset[int]
    made: int
    grad: dict | None
    root: int

    @property
    def satisfied(self) -> bool:
        return is_gradient(self.grad)


@dataclass(frozen=True, slots=True)
class Failure:
    """A call that raised."""

    site: int
    op: str
    error: str
    message: str
    data: frozenset[int]
    cuts: frozenset[int]
    leaf: int
    made: tuple[int, ...] = ()
    """The sites that made its operands."""


@dataclass(frozen=True, slots=True)
class End:
    """How the run ended: ``exit``, ``enough`` or ``exception``."""

    how: str
    exception: str
    message: str
    site: int


@dataclass(frozen=True)
class Record:
    """Everything one run showed."""

    spans: tuple[Span | None, ...]
    places: tuple[tuple, ...] = field(repr=False)
    """The same as the probe wrote them: path, line, column, end_line, end_column, columns in bytes."""
    sources: tuple[Source, ...]
    cuts: tuple[Cut, ...]
    roots: tuple[Root, ...]
    wants: tuple[Want, ...]
    failures: tuple[Failure, ...]
    notes: tuple[dict, ...]
    end: End
    raw_steps: tuple[dict, ...] = field(repr=False)

    def span(self, site: int) -> Span | None:
        return self.spans[site] if 0 <= site < len(self.spans) else None

    @cached_property
    def _before(self) -> dict[int, set[int]]:
        """What leads where. Whole numbers within an expression of values (its indices) lead nowhere."""
        valued = {step["site"] for step in self.raw_steps if not _is_whole(step)}
        before: dict[int, set[int]] = {}
        for step in self.raw_steps:
            if step["site"] not in valued or not _is_whole(step):
                before.setdefault(step["site"], set()).update(step["before"])
        return before

    @cached_property
    def after(self) -> dict[int, set[int]]:
        """For each site the sites that its value goes on to."""
        after: dict[int, set[int]] = {}
        for site, earlier in self._before.items():
            for one in earlier:
                after.setdefault(one, set()).add(site)
        return after

    @cached_property
    def steps_after(self) -> dict[int, list[dict]]:
        """For each site the steps that its value goes into, as the probe wrote them."""
        after: dict[int, list[dict]] = {}
        for step in self.raw_steps:
            for site in step["before"]:
                after.setdefault(site, []).append(step)
        return after

    def steps(self, start: int, ends, kept: frozenset[int] = frozenset()) -> tuple[Step, ...]:
        """Every expression a lost value went through: marked by whether it leads to the sites in ``ends``, and
        whether what was lost at the site ``start`` is in it. What was lost at the sites ``kept`` stays so."""
        before, after = self._before, self.after
        way, own = reached(ends, before), reached([start], after)
        way -= self._idle - own - reached([start], before)
        if kept:
            way &= reached({cut.site for cut in self.cuts} - kept, {site: later - kept for site, later in after.items()})
        steps = []
        for raw in self.raw_steps:
            span = self.span(raw["site"])
            if span is not None:
                inputs = tuple(_value(fact) for fact in (raw["inputs"][0] if raw["inputs"] else ()))
                outputs = raw["output"][0] if raw["output"] else ()
                output = _value(outputs[0]) if outputs else Value("other")
                steps.append(Step(span, raw["op"], inputs, output, raw["site"] in way, raw["site"] in own))
        return tuple(steps)

    @cached_property
    def _idle(self) -> frozenset[int]:
        """What came of a draw, and plain numbers of plain data: no gradient could be brought back there."""
        drawn = reached([cut.site for cut in self.cuts if DRAWN.search(cut.op)], self.after)
        wanted = {n["source"] for n in self.notes if n["what"] == "optimizer"} | {want.source for want in self.wants}
        wanted |= {s.index for s in self.sources if s.requires_grad or s.parameter or s.owner == "raw"}
        plain = [cut.site for cut in self.cuts if cut.op in effects.NUMBERS and not cut.data & wanted]
        active = reached([cut.site for cut in self.cuts if cut.data & wanted], self.after)
        return drawn | reached(plain, self.after) - active


def _is_whole(step: dict) -> bool:
    """Whether all that a step gave were whole numbers."""
    given = [fact for outputs in step["output"] for fact in outputs]
    return bool(given) and all(dtype.startswith(("int", "uint", "bool")) for _, dtype, _, _ in given)


def reached(starts, edges: dict[int, set[int]]) -> frozenset[int]:
    """All sites that can be reached, the starts included."""
    reached, waiting = set(), list(starts)
    while waiting:
        site = waiting.pop()
        if site not in reached:
            reached.add(site)
            waiting.extend(edges.get(site, ()))
    return frozenset(reached)


def is_gradient(sketch: dict | None) -> bool:
    """Whether a gradient is there, finite and not all zero."""
    return sketch is not None and sketch["finite"] and sketch["norm"] > 0


def read(raw: dict, text_of: ReadText) -> Record:
    """From the probe's JSON to a Record; columns become characters."""
    lines: dict[str, list[bytes]] = {}
    return Record(
        spans=tuple(_span(site, lines, text_of) for site in raw["sites"]),
        places=tuple(tuple(site) for site in raw["sites"]),
        sources=tuple(Source(index=i, **{**s, "shape": tuple(s["shape"])}) for i, s in enumerate(raw["sources"])),
        cuts=tuple(
            Cut(i, c["site"], c["op"], frozenset(c["data"]), c["live"], c["soft"], tuple(c["modes"]), _through(c), c.get("chained", False))
            for i, c in enumerate(raw["cuts"])
        ),
        roots=tuple(_root(i, r) for i, r in enumerate(raw["roots"])),
        wants=tuple(
            Want(**{**w, "data": frozenset(w["data"]), "cuts": frozenset(w["cuts"])}) for w in raw["wants"]
        ),
        failures=tuple(
            Failure(f["site"], f["op"], f["error"], f["message"], frozenset(f["data"]), frozenset(f["cuts"]), f["leaf"], tuple(f["made"]))
            for f in raw["failures"]
        ),
        notes=tuple(raw["notes"]),
        end=End(**{key: raw["end"][key] for key in ("how", "exception", "message", "site")}),
        raw_steps=tuple(raw["steps"]),
    )


def _root(index: int, raw: dict) -> Root:
    gradients = {int(key): value for key, value in raw["gradients"].items()}
    kept = {key: raw[key] for key in ("site", "how", "value", "requires_grad", "error", "printed")}
    return Root(
        index=index,
        data=frozenset(raw["data"]),
        cuts=frozenset(raw["cuts"]),
        made=tuple(raw["made"]),
        gradients=gradients,
        rebuilt=tuple((cut, shared) for cut, shared in raw.get("rebuilt", ())),
        **kept,
    )


def _through(cut: dict) -> tuple[tuple[int, frozenset[int], int], ...]:
    return tuple((site, frozenset(data), depth) for site, data, depth in cut.get("through", ()))


def _value(fact) -> Value:
    kind, dtype, shape, on_path = fact
    kind, _, items = kind.partition(":")
    return Value(kind, dtype, tuple(shape), on_path, items)


def _span(site, lines: dict[str, list[bytes]], text_of: ReadText) -> Span | None:
    path, line, column, end_line, end_column = site
    if path not in lines:
        try:
            lines[path] = text_of(path).encode("utf-8", "surrogatepass").replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")
        except OSError:
            return None
    return Span(path, line, _characters(lines[path], line, column), end_line, _characters(lines[path], end_line, end_column))


def _characters(lines: list[bytes], line: int, column: int) -> int:
    if line > len(lines):
        return column
    return len(lines[line - 1][:column].decode("utf-8", "replace"))
