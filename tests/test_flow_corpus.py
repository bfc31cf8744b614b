"""The two finders agree: what the flow is certain of, a run shows as the same record."""

from __future__ import annotations

import pytest

from tests.corpus import observe, programs
from tests.flow_recall import certain_breaks, key

LEAST = 0.7


@pytest.mark.slow
def test_certain_findings_are_the_runs_own(server):
    wrong, found, broken = [], 0, 0
    for path in (*programs("before.py"), *programs("leave.py")):
        said = {key(b) for b in certain_breaks(path)}
        shown = {key(b) for b in observe(server, path).breaks}
        wrong += [(path.parent.name, path.name, *extra) for extra in said - shown]
        if path.name == "before.py":
            broken += bool(shown)
            found += bool(said & shown)
    assert not wrong
    assert found >= LEAST * broken


@pytest.mark.parametrize("name", ["leave.py", "after.py"])
def test_sound_programs_have_no_certain_finding(name):
    assert [path for path in programs(name) if certain_breaks(path)] == []
