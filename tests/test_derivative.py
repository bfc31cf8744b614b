"""Which shifted runs the derivative check asks for, and what it makes of them: without a program."""

from __future__ import annotations

import pytest

from autofix.find.record import Source
from autofix.prove.derivative import DIRECTIONS, Answer, Slope, check

SLOPES = (0.4, 1.5, 6.0, -0.8)
"""How the loss changes along each direction."""


def source() -> Source:
    return Source(0, -1, "tf.Variable", "float32", (4,), True, True, False, "w", "name", 7, 1.0, -1)


def slopes(asked: list[int], grain: float = 0.0) -> list[Slope]:
    """Of a loss of 2 that is straight along every direction; ``grain``: how coarsely it is rounded."""

    def run(nudge: dict[int, dict], root: int) -> float:
        push = nudge[0]
        asked.append(push["number"])
        value = 2.0 + SLOPES[push["number"]] * push["step"]
        return round(value / grain) * grain if grain else value

    return [Slope(run, [source()], 0, 2.0, number) for number in range(DIRECTIONS)]


def gradient(factor: float = 1.0) -> dict[str, dict]:
    return {"w": {"projections": [factor * slope for slope in SLOPES]}}


def test_the_directions_in_which_the_loss_moves_most_are_measured():
    asked: list[int] = []
    assert check(slopes(asked), [source()], gradient()).answer == Answer.AGREES
    assert sorted(asked) == [1, 1, 2, 2]


@pytest.mark.parametrize("factor", [0.5, 0.9, 1.1, -1.0])
def test_a_wrong_gradient_differs(factor: float):
    assert check(slopes([]), [source()], gradient(factor)).answer == Answer.DIFFERS


def test_what_rounding_hides_is_told():
    one = check(slopes([], grain=2e-7), [source()], gradient())
    assert one.answer == Answer.AGREES
    assert 0 < one.within["w"] < 0.01
