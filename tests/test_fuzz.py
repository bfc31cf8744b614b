"""Fuzzing: subsets of fixes in any order, and sources that nobody would write. Deterministic."""

from __future__ import annotations

import ast
import io
import os
import random
import tokenize
from itertools import chain

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from autofix import batch
from autofix import source as files
from autofix.batch import Wish
from autofix.mend import plan as planning
from autofix.model import Edit, Fix, Outcome
from autofix.observe import Observer, Program
from autofix.source import SourceError
from autofix.texts import Texts
from autofix.tree import Tree
from tests.corpus import ROOT, TIMEOUT, mend

QUIETLY = {
    "derandomize": True,
    "deadline": None,
    "database": None,
    "suppress_health_check": [HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
}
MANY_FIXES = [
    "multi--actor-critic",
    "multi--losses",
    "multi--two-encoders",
    "numpy--from-import",
    "numpy--scipy",
    "requires_grad--factors",
    "no_grad--leaked-switch",
    "intermediate_grad--cam",
    "detach--gan-shared",
    "rewrap--np-array-of-rows",
    "rebound_leaf--dict",
]
TANGLED = """\
import math
import numpy as np
import torch

torch.manual_seed(3)
a, b, c = (torch.randn(3, requires_grad=True) for _ in range(3))
d = torch.randn(3, requires_grad=True)
h1 = (a * 2).detach()
h2 = torch.tensor((b * 3).tolist())
h3 = torch.from_numpy(np.tanh((c * a).detach().numpy()))
with torch.no_grad():
    h4 = d.sin() + h1.data
h5 = b.data * h4.detach().clone()
h6 = torch.tensor([float(v) * math.exp(float(v)) for v in c])
h7 = torch.as_tensor(np.stack([h2.numpy(), torch.tensor(h3.detach().numpy()).numpy()]))
h8 = torch.tensor(np.array([h.item() for h in (h1.sum(), h2.sum(), d.sum())])).float()
loss = (h1 + h2 + h3 + h4 + h5 + h6).sum() + h7.sum() + (h8 * torch.tensor(a.detach().mean().item())).sum()
loss.requires_grad_()
loss.backward()
print(a.grad, b.grad, c.grad, d.grad)
"""
LOSING = ["detach", "no_grad", "scalar", "numpy", "rewrap", "rebound_leaf", "requires_grad", "module_list", "raw_parameter"]


# -- fixes ----------------------------------------------------------------------------------------


def offered(server, path: str, raw: bytes) -> tuple[Texts, tuple[Fix, ...]]:
    """A program's texts and every fix that any rule offers for its breaks, alternatives and unsafe ones included."""
    texts = Texts({path: files.decode(path, raw)})
    run = Observer(server, Program(path, os.path.dirname(path), timeout=TIMEOUT)).observe(texts)
    trees = {path: Tree(path, texts.text(path))}
    options = planning.options(run.breaks, trees.__getitem__, lambda code, break_: True, unsafe=True)
    return texts, tuple(dict.fromkeys(chain.from_iterable(option.fixes for option in options)))


@pytest.mark.parametrize("name", ["tangled", *MANY_FIXES])
def test_any_subset_of_fixes_in_any_order(server, name):
    path = ROOT / name / "before.py"
    texts, fixes = offered(server, str(path), TANGLED.encode() if name == "tangled" else path.read_bytes())
    assert len(fixes) > (8 if name == "tangled" else 1)

    @settings(max_examples=40, **QUIETLY)
    @given(st.lists(st.sampled_from(fixes), unique=True), st.randoms(use_true_random=False))
    def check(chosen: list[Fix], chance: random.Random):
        plan = planning.together(chosen)
        mended = texts.edited(plan.fixes)
        for path in texts.sources:
            ast.parse(mended.text(path))
        _none_is_lost(chosen, plan)
        shuffled = chance.sample(chosen, len(chosen))
        other = planning.together(shuffled)
        assert texts.edited(other.fixes).edits() == mended.edits()
        assert set(other.waiting) == set(plan.waiting)

    check()


def fix_of(spans: list[tuple[int, int, str]]) -> Fix:
    """A fix with these edits of one file, as far as they stand beside each other."""
    edits, end = [], 0
    for start, length, text in sorted(spans):
        if start >= end:
            edits.append(Edit("/program.py", start, start + length, text))
            end = start + length
    return Fix("AF000", "", tuple(edits))


FIXES = st.lists(st.tuples(st.integers(0, 12), st.integers(0, 4), st.sampled_from("xy")), min_size=1, max_size=3).map(fix_of)


@settings(max_examples=300, **QUIETLY)
@given(st.lists(FIXES, max_size=6, unique=True), st.randoms(use_true_random=False))
def test_conflicts_wait_and_order_does_not_matter(chosen, chance):
    plan = planning.together(chosen)
    other = planning.together(chance.sample(chosen, len(chosen)))
    assert {e for fix in plan.fixes for e in fix.edits} == {e for fix in other.fixes for e in fix.edits}
    assert set(plan.waiting) == set(other.waiting)
    _none_is_lost(chosen, plan)
    texts = Texts({"/program.py": files.decode("/program.py", b"a = 1; b = 2; c = 3\n")})
    try:
        texts.edited(plan.fixes)
    except SourceError as error:  # the texts are no Python; that they overlap would be another error
        assert error.kind == "syntax"


def _none_is_lost(chosen: list[Fix], plan: planning.Plan) -> None:
    """Each fix waits, or all that it changes is in the patch, by itself or within a larger change."""
    applied = {edit for fix in plan.fixes for edit in fix.edits}
    for fix in chosen:
        whole = all(
            any(other.path == e.path and other.start <= e.start and e.end <= other.end for other in applied) for e in fix.edits
        )
        assert fix in plan.waiting or whole


# -- sources --------------------------------------------------------------------------------------


def tokens(text: str) -> list[tuple[int, str]]:
    return [(token.type, token.string) for token in tokenize.generate_tokens(io.StringIO(text).readline)]


def spliced(name: str, chance: random.Random) -> str:
    """A corpus program with some lines and some tokens dropped, doubled, swapped or taken from another program."""
    lines = (ROOT / name / "before.py").read_text(encoding="utf-8").splitlines()
    others = (ROOT / chance.choice(LOSING) / "before.py").read_text(encoding="utf-8").splitlines()
    for _ in range(chance.randint(1, 3)):
        here = chance.randrange(len(lines))
        kind = chance.randrange(5)
        if kind == 0:
            del lines[here]
        elif kind == 1:
            lines.insert(here, chance.choice(lines))
        elif kind == 2:
            lines.insert(here, chance.choice(others))
        elif kind == 3:
            there = chance.randrange(len(lines))
            lines[here], lines[there] = lines[there], lines[here]
        else:
            words = lines[here].split(" ")
            at = chance.randrange(len(words))
            words[at : at + 1] = chance.choice([[], [words[at]] * 2, [chance.choice(chance.choice(others).split(" "))]])
            lines[here] = " ".join(words)
        lines = lines or [""]
    return "\n".join(lines) + "\n"


def reshuffled(name: str, chance: random.Random) -> str:
    """A corpus program whose tokens are shuffled within a stretch: most often no Python any more."""
    found = tokens((ROOT / name / "before.py").read_text(encoding="utf-8"))
    start = chance.randrange(len(found))
    stretch = found[start : start + chance.randint(2, 12)]
    chance.shuffle(stretch)
    try:
        return tokenize.untokenize(found[:start] + stretch + found[start + len(stretch) :])
    except (ValueError, IndexError):
        return " ".join(string for _, string in found)


CALL = "import torch\nw = torch.ones(3, requires_grad=True)\n"
END = "loss.backward()\nprint(w.grad)\n"
ODD = {
    "deep_parentheses": CALL + "loss = " + "(" * 150 + "w.detach()" + ")" * 150 + ".sum()\n" + END,
    "too_deep": CALL + "loss = " + "(" * 3000 + "w" + ")" * 3000 + "\n" + END,
    "deep_calls": CALL + "loss = " + "torch.sin(" * 80 + "w.detach()" + ")" * 80 + ".sum()\n" + END,
    "long_sum": CALL + "loss = (" + " + ".join(["w.detach()"] * 40) + ").sum()\n" + END,
    "deep_blocks": CALL + "".join(f"{'  ' * n}if True:\n" for n in range(90)) + "  " * 90 + "loss = w.detach().sum()\n" + END,
    "huge_number": CALL + f"n = {'9' * 4000}\nloss = w.detach().sum()\n" + END,
    "huger_number": CALL + f"n = {'9' * 100_000}\nloss = w.detach().sum()\n" + END,
    "huge_string": CALL + f"text = '{'x' * 1_000_000}'\nloss = w.detach().sum()\n" + END,
    "huge_list": CALL + f"numbers = [{'1.5, ' * 2_000}]\nloss = w.detach().sum()\n" + END,
    "long_line": CALL + "loss = w.detach().sum()" + "; x = 1" * 1_000 + "\n" + END,
    "nul": CALL + "loss = w.detach().sum()\n\0\n" + END,
    "form_feed": CALL + "\f\nloss = w.detach().sum()\n" + END,
    "line_separator": CALL + "text = '\u2028'\nloss = w.detach().sum()\n" + END,
    "no_newline": CALL + "loss = w.detach().sum()\nloss.backward(); print(w.grad)",
    "backslashes": CALL + "loss = w.\\\n  detach(\\\n  ).sum()\n" + END,
    "tabs": CALL + "if True:\n\tloss = w.detach().sum()\n" + END,
    "walrus": CALL + "(loss := (h := w.detach()).sum())\n" + END,
    "match": CALL + "match w.detach():\n    case h:\n        loss = h.sum()\n" + END,
    "star": CALL + "loss, *rest = w.detach().sum(), *()\n" + END,
    "lambda": CALL + "loss = (lambda *a, h=w.detach(), **k: h.sum())()\n" + END,
    "comprehension": CALL + "loss = sum([v for v in w.detach() if v is not None])\n" + END,
    "unicode_names": CALL + "ä = w.detach()\nℌ = ä\nloss = H.sum()\n" + END,
    "combining": CALL + "e\u0301 = '👩‍👩‍👧'; loss = w.detach().sum()\n" + END,
    "nested_f": CALL + "loss = w.detach().sum(); print(f'{loss:{4}.{2}} {w.detach()!r:>{10}} {{')\n" + END,
    "decorated": CALL + "@(lambda f: f)\ndef g(h=w.detach()): return h.sum()\nloss = g()\n" + END,
    "empty": "",
    "only_comment": "# torch backward",
    "shebang": "#!/usr/bin/env python\n# -*- coding: utf-8 -*-\n" + CALL + "loss = w.detach().sum()\n" + END,
}
RAW = {
    "bom": b"\xef\xbb\xbf" + ODD["tabs"].encode(),
    "latin": b"# -*- coding: latin-1 -*-\n# \xe9\xff\n" + ODD["tabs"].encode(),
    "gbk": "# coding: gbk\nt = '\u4e2d\u6587'\n".encode("gbk") + ODD["tabs"].encode(),
    "unknown_cookie": b"# coding: klingon\n" + ODD["tabs"].encode(),
    "false_cookie": b"# coding: ascii\n# \xff\n" + ODD["tabs"].encode(),
    "utf16": ODD["tabs"].encode("utf-16"),
    "not_utf8": ODD["tabs"].encode() + b"# \xff\xfe\n",
    "surrogates": ODD["tabs"].encode() + b"t = '\xed\xa0\x80'\n",
    "crlf": ODD["tabs"].replace("\n", "\r\n").encode(),
    "cr": ODD["tabs"].replace("\n", "\r").encode(),
    "mixed": ODD["tabs"].replace("sum()\n", "sum()\r\n").encode(),
    "control_z": ODD["tabs"].encode() + b"\x1a",
}


def write_without_running(path, raw: bytes) -> None:
    """``autofix --no-run --write``: a closed answer, and a file that is its old self or a whole new one."""
    path.write_bytes(raw)
    wish = Wish(mode="write", run=False, unsafe=True, allow_dirty=True, root=path.parent)
    harvest = batch.run((str(path),), wish)
    assert harvest.exit_code in (0, 1, 2)
    new = path.read_bytes()
    if new != raw:
        ast.parse(new)
        assert any(result.patch for result in harvest.results)


@settings(max_examples=150, **QUIETLY)
@given(st.sampled_from(LOSING), st.booleans(), st.randoms(use_true_random=False))
def test_sources_out_of_order_without_a_run(tmp_path, name, valid, chance):
    text = (spliced if valid else reshuffled)(name, chance)
    write_without_running(tmp_path / "odd.py", text.encode("utf-8", "surrogatepass"))


@settings(max_examples=60, **QUIETLY)
@given(st.sampled_from(LOSING), st.binary(min_size=1, max_size=6), st.randoms(use_true_random=False))
def test_bytes_anywhere_without_a_run(tmp_path, name, noise, chance):
    raw = (ROOT / name / "before.py").read_bytes()
    at = chance.randrange(len(raw))
    write_without_running(tmp_path / "odd.py", raw[:at] + noise + raw[at:])


@pytest.mark.parametrize("name", sorted({**ODD, **RAW}))
def test_odd_sources_without_a_run(tmp_path, monkeypatch, name):
    monkeypatch.setenv("AUTOFIX_DEBUG", "1")
    write_without_running(tmp_path / "odd.py", RAW[name] if name in RAW else ODD[name].encode())


def run_whole(server, path, raw: bytes) -> None:
    """The whole way, as far as the file is Python: a closed outcome, and a mended text that parses."""
    path.write_bytes(raw)
    try:
        source = files.read(str(path))
    except SourceError:
        return
    mended = mend(server, path, unsafe=True)
    assert path.read_bytes() == raw
    assert mended.result.verdict is None or mended.result.verdict.outcome in Outcome
    ast.parse(mended.texts.text(source.path))


@pytest.mark.parametrize("name", sorted({**ODD, **RAW}))
def test_odd_sources_with_runs(server, tmp_path, name):
    run_whole(server, tmp_path / "odd.py", RAW[name] if name in RAW else ODD[name].encode())


@settings(max_examples=25, **QUIETLY)
@given(st.sampled_from(LOSING), st.randoms(use_true_random=False))
def test_sources_out_of_order_with_runs(server, tmp_path, name, chance):
    run_whole(server, tmp_path / "odd.py", spliced(name, chance).encode())
