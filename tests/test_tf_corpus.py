"""The TensorFlow half of the corpus: what is broken is mended as an expert would, what is sound stays."""

from __future__ import annotations

import pytest

from tests import corpus

BROKEN = corpus.programs("before.py", "tensorflow")
SOUND = [*corpus.programs("leave.py", "tensorflow"), *corpus.programs("after.py", "tensorflow")]
pytestmark = pytest.mark.slow


def named(path):
    return f"{path.parent.name}/{path.stem}"


@pytest.mark.parametrize("path", BROKEN, ids=named)
def test_mends_as_the_expert_does(tf_server, path):
    unsafe = corpus.kind(path) == "tf_partial" or corpus.is_unsafe(corpus.kind(path))
    mended = corpus.mend(tf_server, path, unsafe=unsafe)
    assert mended.changed, mended.result.verdict
    after = mended.observer.observe(mended.texts)
    expert = corpus.observe(tf_server, path.with_name("after.py"))
    assert corpus.shortfall(after.record, expert.record) is None


@pytest.mark.parametrize("path", SOUND, ids=named)
def test_leaves_sound_programs_alone(tf_server, path):
    mended = corpus.mend(tf_server, path, unsafe=True)
    assert not mended.changed
    assert not mended.result.findings and not mended.result.errors


@pytest.mark.parametrize("path", [*BROKEN, *SOUND], ids=named)
def test_the_probe_makes_no_mistake_of_its_own(tf_server, path):
    notes = corpus.observe(tf_server, path).record.notes
    assert [note for note in notes if note["what"] == "internal"] == []


def test_there_is_enough_of_it():
    assert len(BROKEN) >= 35 and len(corpus.programs("leave.py", "tensorflow")) >= 25
