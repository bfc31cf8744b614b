"""Trust: planted wrong gradients are caught, and a killed autofix leaves nothing half done."""

from __future__ import annotations

import random

import pytest

from autofix.prove.derivative import Answer
from tests.kills import kill_once
from tests.planted import fates


@pytest.mark.slow
@pytest.mark.parametrize(
    ("error", "dtype"),
    [
        ("5 %", "float32"),
        ("sign", "float32"),
        ("one element wrong", "float32"),
        ("a path out of two", "float32"),
        ("1 %", "float64"),
        ("a path out of two", "float64"),
    ],
)
def test_wrong_gradient_never_agrees(server, error, dtype):
    assert fates(server, error, dtype, seeds=3)[Answer.AGREES] == 0


@pytest.mark.slow
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_right_gradient_never_differs(server, dtype):
    assert fates(server, "none", dtype, seeds=3)[Answer.DIFFERS] == 0


@pytest.mark.slow
def test_killed_at_any_moment():
    rng = random.Random()
    for _ in range(4):
        _, _, wrong = kill_once(rng.uniform(0.2, 10))
        assert wrong is None
