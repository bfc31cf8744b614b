"""Is a gradient the right one? The finite difference of the program's own loss tells.

The original program computes its loss rightly even where its gradients are lost. Shift every target a little
along one direction at its first use, run twice, and the change of the loss is what the mended gradient must
say. The cost is two runs, however many parameters there are.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from enum import StrEnum

from autofix.find.record import Source

DOUBLE = (1e-5, 1e-4, 2e-4)
SINGLE = (2e-3, 1e-2, 2e-2)
HALF = (3e-2, 6e-2, 1.2e-1)
"""Relative steps: a small one that is enough where rounding allows, and a pair to extrapolate from."""
TOLERANCES = {DOUBLE: 1e-4, SINGLE: 2e-3, HALF: 0.05}
"""Relative error of a slope that passes, by precision, on top of what rounding and curvature explain."""
MUDDY = 0.02
"""The share of a slope that rounding may hide where it is what the gradient says; more, and a pair of steps must tell."""
COARSE = 0.03
"""The same where the loss is not smooth and the slope comes nearer to the gradient as the step shrinks."""
DIRECTIONS = 4
"""The even ones weigh one half of the targets, the odd ones the other."""
LIGHT = 0.1
"""The weight of the targets that a direction does not weigh: what is wrong with the others stands out."""
AT_ONCE = 2
"""Shifted runs side by side."""
LEAST = 0.05
"""Targets that are all (near) zero are shifted as if their elements were this large."""


class Answer(StrEnum):
    AGREES = "agrees"
    DIFFERS = "differs"
    NOT_CHECKED = "not checked"


@dataclass(frozen=True, slots=True)
class Check:
    """What the finite difference said. ``measured`` is the slope of the loss, ``expected`` what the gradient says."""

    answer: Answer
    reason: str = ""
    measured: float | None = None
    expected: float | None = None
    doubt: float = 0.0
    """How far from the true slope the expected one may be all the same."""
    within: dict[str, float] = field(default_factory=dict)
    """By target: the largest relative error of its gradient that may have gone unseen."""


RunNudged = Callable[[dict[int, dict], int], float | None]
"""Runs the program with these sources shifted up to a root (its number), and gives that root's value."""


class Slope:
    """The slopes of one program's loss along one direction (by number) over all targets; each is measured once.

    ``dtypes``: of everything that goes into the loss; the coarsest one decides the steps.
    """

    def __init__(self, run: RunNudged, sources: Sequence[Source], root: int, value: float, number: int = 0, dtypes=()):
        self.run, self.sources, self.root, self.value, self.number = run, sources, root, value, number
        self.dtypes = {*dtypes, *(source.dtype for source in sources)}
        self._known: dict[float, tuple[float, float] | None] = {}

    @property
    def steps(self) -> tuple[float, float, float]:
        if self.dtypes & {"float16", "bfloat16"}:
            return HALF
        return SINGLE if self.dtypes & {"float32", "complex64"} else DOUBLE

    @property
    def tolerance(self) -> float:
        return TOLERANCES[self.steps]

    def at(self, *steps: float) -> list[float | None]:
        """The central differences with these (relative) steps, side by side; None where a run gave no value."""
        self._measure([step for step in steps if step not in self._known])
        return [None if (sides := self._known[step]) is None else (sides[0] + sides[1]) / 2 for step in steps]

    def sides(self, step: float) -> tuple[float, float] | None:
        """The slopes ahead and behind; they differ where the loss has a kink."""
        self._measure([step] if step not in self._known else [])
        return self._known[step]

    def _measure(self, steps: list[float]) -> None:
        if not steps:
            return
        with ThreadPoolExecutor(AT_ONCE) as pool:
            values = list(pool.map(self._value, [sign * step for step in steps for sign in (1, -1)]))
        for step, high, low in zip(steps, values[::2], values[1::2]):
            missing = high is None or low is None
            self._known[step] = None if missing else ((high - self.value) / step, (self.value - low) / step)

    def _value(self, step: float) -> float | None:
        nudge = {
            source.index: {
                "use": source.use,
                "name": source.name,
                "number": self.number,
                "step": step * length,
            }
            for source, length in zip(self.sources, lengths(self.sources, self.number))
        }
        return self.run(nudge, self.root)

    def noise(self, step: float) -> float:
        """What rounding may do to a slope measured with this step."""
        unit = 1e-15 if self.steps == DOUBLE else 3e-3 if self.steps == HALF else 1.2e-7
        return 4 * unit * max(abs(self.value), 1e-3) / step


def lengths(sources: Sequence[Source], number: int) -> list[float]:
    """How large one step along a direction is for each source."""
    weighs = [len(sources) == 1 or place % 2 == number % 2 for place in range(len(sources))]
    return [max(source.scale, LEAST) * (1.0 if heavy else LIGHT) for source, heavy in zip(sources, weighs)]


def parts(sources: Sequence[Source], gradients: dict[str, dict], number: int) -> list[float] | None:
    """What each source adds to the slope along a direction, as the gradients (sketches, by name) say."""
    sketches = [gradients.get(source.name) for source in sources]
    if None in sketches:
        return None
    return [length * sketch["projections"][number] for length, sketch in zip(lengths(sources, number), sketches)]


def check(slopes: Sequence[Slope], sources: Sequence[Source], gradients: dict[str, dict]) -> Check:
    """Compare slopes with gradients along directions that weigh one half of the targets, then the other."""
    told = {slope.number: parts(sources, gradients, slope.number) for slope in slopes}
    if None in told.values():
        return Check(Answer.NOT_CHECKED, "a target has no gradient to compare")
    wanted = {number: sum(shares) for number, shares in told.items()}
    steep = sorted(slopes, key=lambda slope: -abs(wanted[slope.number]))  # where the loss moves most, rounding hides least
    settled = [_settled([(s, wanted[s.number]) for s in steep if s.number % 2 == half]) for half in (0, 1)]
    for answer in (Answer.DIFFERS, Answer.NOT_CHECKED):
        for _, one in settled:
            if one.answer == answer:
                return one
    within: dict[str, float] = {}
    for number, one in settled:
        for source, share in zip(sources, told[number]):
            seen = one.doubt / abs(share) if share else math.inf
            within[source.name] = min(seen, within.get(source.name, math.inf))
    return replace(settled[0][1], within=within)


def _settled(slopes: Sequence[tuple[Slope, float]]) -> tuple[int, Check]:
    """The answer along directions of one kind, and whose it is: that it differs takes two, since one may meet a kink."""
    said: list[tuple[int, Check]] = []
    for slope, wanted in slopes:
        one = along(slope, wanted)
        said.append((slope.number, one))
        differing = [other for _, other in said if other.answer == Answer.DIFFERS]
        if len(differing) == 2 or one.answer == Answer.AGREES and not differing:
            return said[-1]
    undecided = next((entry for entry in said if entry[1].answer == Answer.NOT_CHECKED), None)
    return undecided or (said[0][0], Check(Answer.NOT_CHECKED, "directions disagree"))


def along(slope: Slope, wanted: float) -> Check:
    """Compare the measured slope with the one the gradients say."""
    small, one, two = slope.steps
    for step, most in ((small, slope.tolerance), (one, max(slope.tolerance, MUDDY))):
        if slope.noise(step) <= most * abs(wanted):
            (measured,) = slope.at(step)
            if measured is not None and abs(measured - wanted) <= slope.tolerance * abs(wanted) + slope.noise(step):
                return Check(Answer.AGREES, "", measured, wanted, abs(measured - wanted) + slope.noise(step))
    near, far = slope.at(one, two)
    if near is None or far is None:
        return Check(Answer.NOT_CHECKED, "a shifted run did not reach the loss")
    best = (4 * near - far) / 3
    size = max(abs(best), abs(wanted))
    error, tolerance = abs(near - far) / 15 + 2 * slope.noise(one), slope.tolerance * size
    if size <= 10 * slope.noise(one):
        return Check(Answer.NOT_CHECKED, "the loss moves too little to tell", best, wanted)
    if abs(best - wanted) <= tolerance + error and error <= 0.05 * size:
        return Check(Answer.AGREES, "", best, wanted, abs(best - wanted) + error)
    return _not_equal(slope, best, wanted, error)


def _not_equal(slope: Slope, best: float, wanted: float, error: float) -> Check:
    """Whether the slope is surely another one, or only not to be measured here."""
    small, size = slope.steps[0], max(abs(best), abs(wanted))
    (measured,) = slope.at(small)
    if measured is None:
        return Check(Answer.NOT_CHECKED, "a shifted run did not reach the loss", best, wanted)
    if _has_kink(slope, wanted, size, slope.noise(small)):
        return Check(Answer.NOT_CHECKED, "the loss has a kink here", best, wanted)
    if _is_another(best, measured, wanted, 5 * error + slope.tolerance * size, slope.noise(small)):
        return Check(Answer.DIFFERS, f"the loss changes by {best:.4g} a step, the gradient says {wanted:.4g}", best, wanted)
    off = abs(measured - wanted)
    if off <= min(COARSE * size, 0.8 * abs(best - wanted)):  # many small kinks: it comes nearer as the step shrinks
        return Check(Answer.AGREES, "", measured, wanted, off + abs(measured - best) + slope.noise(small))
    return Check(Answer.NOT_CHECKED, "the loss is not smooth enough here", best, wanted)


def _is_another(best: float, measured: float, wanted: float, doubt: float, noise: float) -> bool:
    """The slope is surely not the wanted one: the large steps and the small one agree with each other on that.

    Where a maximum changes hands within a step, the slope comes nearer to the gradient as the step shrinks.
    """
    off = abs(best - wanted)
    return off > doubt and abs(measured - best) + 2 * noise <= 0.3 * off


def _has_kink(slope: Slope, wanted: float, size: float, noise: float) -> bool:
    """Whether the slopes ahead and behind differ, and the gradient lies between them (a ReLU at its corner)."""
    ahead, behind = sorted(slope.sides(slope.steps[0]))
    tolerance = slope.tolerance * size + 2 * noise
    return behind - ahead > 5 * tolerance and ahead - tolerance <= wanted <= behind + tolerance
