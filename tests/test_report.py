import io
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from autofix import source
from autofix.model import (
    Break,
    Certainty,
    Edit,
    FileResult,
    Finding,
    Fix,
    Outcome,
    Row,
    Safety,
    Span,
    Step,
    Target,
    Value,
    Verdict,
)
from autofix.report import json as json_report
from autofix.report import sarif, text
from autofix.report.excerpt import excerpt, safe, width_of

SCHEMA = Path("/work/shared/data/sarif-schema-2.1.0.json")

TRAIN = """\
import torch

x = torch.ones(3, requires_grad=True)
y = x.detach() * 2
z = torch.tensor(y) + 1
z.sum().backward()
print(x.grad)
"""
PATH = "/repo/src/train.py"


def span(line: int, part: str, code: str = TRAIN, path: str = PATH) -> Span:
    column = code.split("\n")[line - 1].index(part)
    return Span(path, line, column, line, column + len(part))


def step(line: int, part: str, on_path: bool = True) -> Step:
    return Step(span(line, part), "torch.op", (), Value("tensor"), on_path)


X = Target("x", "read", span(3, "x"))
DETACH = Finding(
    "AF101",
    Break("torch.Tensor.detach", span(4, "x.detach()"), "x.detach()", (X,), steps=(step(4, "x.detach() * 2"),)),
    Fix("AF101", "drop the detach", (Edit(PATH, TRAIN.index(".detach"), TRAIN.index(" * 2"), ""),)),
)
REWRAP = Finding(
    "AF102",
    Break(
        "torch.tensor",
        span(5, "torch.tensor(y)"),
        "torch.tensor(y)",
        (X, Target("w", "optimizer")),
        partial=True,
        certainty=Certainty.LIKELY,
        related=(span(3, "x"),),
    ),
    None,
    "Use y itself",
)
ROWS = (Row("x", "None", "[3] norm 3.46", "agrees"),)
PROVED = Verdict(Outcome.PROVED, "", ROWS, "9.0", "9.0", "agrees")
RESULT = FileResult(PATH, (REWRAP, DETACH), (DETACH.fix,), PROVED)
BROKEN = FileResult("/repo/src/bad.py", errors=("/repo/src/bad.py: does not parse: '(' was never closed (line 3)",))
CLEAN = FileResult("/repo/src/fine.py")
SOURCES = {PATH: TRAIN}


def rendered(*results: FileResult, encoding: str = "utf-8", sources=SOURCES, **how) -> str:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding=encoding, newline="")
    text.render(results, sources, stream, root="/repo", **how)
    stream.flush()
    return raw.getvalue().decode(encoding)


@pytest.fixture(autouse=True)
def no_colour_by_accident(monkeypatch):
    for name in ("NO_COLOR", "FORCE_COLOR", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")


# -- text -----------------------------------------------------------------------------------------


def test_text():
    assert (
        rendered(RESULT, BROKEN, CLEAN)
        == """\
src/train.py:4:5: AF101 `x.detach()` stops the gradient of `x`
  |
4 | y = x.detach() * 2
  |     ^^^^^^^^^^
  = `x` starves: x → x.detach() (line 4) → x.detach() * 2 (line 4) → the loss
  = fix (proved): drop the detach

src/train.py:5:5: AF102 likely: `torch.tensor(y)` stops a part of the gradient of `x` and `w`
  |
5 | z = torch.tensor(y) + 1
  |     ^^^^^^^^^^^^^^^
  = `x` and `w` starve in part: x, w → torch.tensor(y) (line 5) → the loss
  = help: Use y itself

src/train.py: proved
  gradient of   before   after           derivative
  x             None     [3] norm 3.46   agrees
  the loss      9.0      9.0

error: /repo/src/bad.py: does not parse: '(' was never closed (line 3)
2 findings in 1 file, 1 file with errors, 1 proved fix: autofix --diff shows them
"""
    )


def test_text_where_nothing_is_wrong():
    assert rendered(CLEAN, CLEAN) == "no lost gradients in 2 files\n"


def test_text_for_a_fix_that_failed():
    fix = Fix("AF101", "use a surrogate", (), Safety.UNSAFE, "a sigmoid stands in for the step")
    finding = Finding("AF101", DETACH.break_, fix)
    said = rendered(FileResult(PATH, (finding,), (fix,), Verdict(Outcome.HARM, "the loss changes from 9 to 8")))
    assert "  = fix (unsafe): use a surrogate\n  = note: a sigmoid stands in for the step\n" in said
    assert "src/train.py: harm: the loss changes from 9 to 8\n" in said
    assert said.endswith("\n1 finding in 1 file\n")


@pytest.mark.parametrize(
    ("within", "said"),
    [(None, "agrees"), (0.0031, "agrees to 0.3 %"), (1e-9, "agrees to 0.01 %"), (0.12, "agrees to 12 %"), (2.0, "too small to tell")],
)
def test_text_says_what_the_derivative_check_may_have_missed(within, said):
    verdict = Verdict(Outcome.PROVED, "", (Row("x", "None", "norm 1", "agrees", within),), derivative="agrees")
    assert rendered(FileResult(PATH, verdict=verdict)).splitlines()[2].endswith(f"   {said}")


def test_text_says_when_the_derivative_was_not_checked():
    verdict = Verdict(Outcome.PROVED, "", ROWS, derivative="not checked: integer data")
    assert "\n  derivative: not checked: integer data\n" in rendered(FileResult(PATH, verdict=verdict))


def test_text_falls_back_to_ascii():
    said = rendered(RESULT, encoding="ascii")
    assert "x -> x.detach() (line 4) -> x.detach() * 2 (line 4) -> the loss" in said
    latin = Finding("AF101", Break("op", Span(PATH, 1, 4, 1, 5), "é→", (X,)), None)
    said = rendered(FileResult(PATH, (latin,)), encoding="latin-1", sources={PATH: "é → x\n"})
    assert "1 | é \\u2192 x\n  |          ^\n" in said


def test_text_in_a_string_stream():
    stream = io.StringIO()
    text.render([RESULT], SOURCES, stream)
    assert "→" in stream.getvalue()


def test_text_without_the_source():
    said = rendered(RESULT, sources={})
    assert "AF101" in said and "|" not in said
    assert "4 | " not in rendered(RESULT, sources={PATH: "x = 1\n"})


def test_a_long_road_is_shortened():
    places = [(3, "torch.ones"), (3, "requires_grad"), (4, "* 2"), (5, "torch.tensor(y)"), (5, "+ 1"), (6, "z.sum()"), (6, "backward")]
    steps = tuple(step(line, part, on_path=part != "+ 1") for line, part in places)
    finding = Finding("AF101", Break("op", span(4, "x"), "x", (X,), steps=steps), None)
    road = re.search("starves: (.*)", rendered(FileResult(PATH, (finding,))))[1]
    assert road.count("→") == 6 and "→ … →" in road and road.endswith("→ the loss")


class Terminal(io.StringIO):
    encoding = "utf-8"

    def isatty(self):
        return True


@pytest.mark.parametrize(
    ("tty", "environment", "colour"),
    [
        (True, {}, True),
        (False, {}, False),
        (True, {"NO_COLOR": "1"}, False),
        (True, {"NO_COLOR": ""}, True),
        (False, {"FORCE_COLOR": "1"}, True),
        (True, {"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
        (True, {"TERM": "dumb"}, False),
    ],
)
def test_colour(monkeypatch, tty, environment, colour):
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    stream = Terminal() if tty else io.StringIO()
    text.render([RESULT], SOURCES, stream, root="/repo")
    assert ("\x1b[" in stream.getvalue()) is colour
    if colour:
        plain = re.sub(r"\x1b\[[\d;]*m", "", stream.getvalue())
        assert "4 | y = x.detach() * 2\n  |     ^^^^^^^^^^\n" in plain
        assert re.search(r"x +│? *None +│? *\[3\] norm 3.46", plain)


def test_the_terminals_width_is_kept(monkeypatch):
    monkeypatch.setenv("COLUMNS", "60")
    long = "x = [" + "1, " * 100 + "y.detach(), " + "2, " * 100 + "]"
    at = long.index("y.detach()")
    finding = Finding("AF101", Break("op", Span(PATH, 1, at, 1, at + 10), "y.detach()", (X,)), None)
    stream = Terminal()
    text.render([FileResult(PATH, (finding,), (), PROVED)], {PATH: long}, stream)
    plain = re.sub(r"\x1b\[[\d;]*m", "", stream.getvalue()).split("\n")
    (line,) = (line for line in plain if line.startswith("1 | "))
    carets = plain[plain.index(line) + 1]
    assert len(line) <= 60 and line[carets.index("^") : carets.rindex("^") + 1] == "y.detach()"


def test_a_pipe_does_not_pay_for_rich():
    code = "import sys, autofix.report.text as t; t.render([], {}); sys.exit('rich' in sys.modules)"
    subprocess.run(
        [sys.executable, "-c", code], check=True, stdout=subprocess.PIPE, env={"PYTHONPATH": ":".join(sys.path)}
    )


# -- excerpt --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "line",
    [
        "\ty = x.detach()",
        "a\tb\ty = x.detach()",
        "s = '中文'; y = x.detach()",
        "é = 'e\u0301'; x.detach()",
        "'🎉'; x.detach()",
    ],
)
def test_carets_stand_below_the_span(line):
    column = line.index("x.detach()")
    shown, carets = excerpt([line], Span("", 1, column, 1, column + 10))
    assert "\t" not in shown and carets.strip() == "^" * 10
    assert width_of(shown[: shown.index("x.detach()")]) == carets.index("^")


def test_widths():
    assert [width_of(text) for text in ("a", "中文", "🎉", "e\u0301", "é")] == [1, 4, 2, 1, 1]


def test_a_span_of_several_lines_and_an_empty_one():
    assert excerpt(["f(", ")"], Span("", 1, 0, 2, 1)) == ("f(", "^^")
    assert excerpt(["f()  "], Span("", 1, 0, 2, 1)) == ("f()", "^^^")
    assert excerpt([""], Span("", 1, 0, 1, 0)) == ("", "^")
    assert excerpt([], Span("", 1, 0, 1, 0)) is None


def test_nothing_steers_the_terminal():
    assert safe("a\x1b[31m\u202eb\x85é") == "a\\x1b[31m\\u202eb\\x85é"
    shown, carets = excerpt(["s = '\x1b[2J'; x.y"], Span("", 1, 12, 1, 15))
    assert shown[carets.index("^") :] == "x.y"


def test_a_window_on_a_long_line():
    for column in (0, 5, 500, 990):
        line = "".join(chr(ord("a") + n % 26) for n in range(1000))
        shown, carets = excerpt([line], Span("", 1, column, 1, column + 10), 80)
        assert len(shown) <= 80 and shown[carets.index("^") : len(carets)] == line[column : column + 10]
    shown, carets = excerpt(["中" * 200], Span("", 1, 100, 1, 300), 41)
    assert width_of(shown) <= 41 and len(carets) <= 41


# -- json -----------------------------------------------------------------------------------------


def test_json_is_ruffs_and_the_proof():
    entries = json.loads(json_report.render([RESULT, BROKEN], SOURCES))
    rewrap, detach, error = entries
    assert detach["location"] == {"row": 4, "column": 5} and detach["end_location"] == {"row": 4, "column": 15}
    assert detach["fix"] == {
        "applicability": "safe",
        "message": "drop the detach",
        "note": "",
        "edits": [
            {"content": "", "location": {"row": 4, "column": 6}, "end_location": {"row": 4, "column": 15}},
        ],
    }
    assert detach["proof"]["outcome"] == "proved" and detach["proof"]["targets"][0]["after"] == "[3] norm 3.46"
    assert detach["filename"] == PATH and detach["noqa_row"] == 4
    assert rewrap["fix"] is None and rewrap["proof"] is None and rewrap["certainty"] == "likely"
    assert error["code"] is None and "does not parse" in error["message"]


def test_the_keys_are_those_of_the_real_ruff(tmp_path):
    (tmp_path / "a.py").write_text("import os\n")
    command = [sys.executable, "-m", "ruff", "check", "--isolated", "--no-cache", "--output-format=json", "a.py"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, check=False)
    if done.returncode != 1:
        pytest.skip("no ruff here")
    theirs = json.loads(done.stdout)[0]
    ours = json_report.document([RESULT], SOURCES)[1]
    assert set(theirs) <= set(ours)
    assert set(theirs["fix"]) <= set(ours["fix"]) and set(theirs["fix"]["edits"][0]) <= set(ours["fix"]["edits"][0])


def test_a_proof_speaks_of_the_fixes_in_the_patch_only():
    other = Finding("AF103", DETACH.break_, Fix("AF103", "another", ()))
    harm = Verdict(Outcome.HARM, "why")
    for verdict, outcome in ((PROVED, None), (harm, "harm"), (None, None)):
        (entry,) = json_report.document([FileResult(PATH, (other,), (DETACH.fix,), verdict)], SOURCES)
        assert (entry["proof"] or {"outcome": None})["outcome"] == outcome


def test_edits_in_another_file_name_it():
    fix = Fix("AF101", "t", (Edit(PATH, 0, 0, "a"), Edit("/repo/other.py", 3, 3, "b")))
    results = [FileResult(PATH, (Finding("AF101", DETACH.break_, fix),))]
    (entry,) = json_report.document(results, {**SOURCES, "/repo/other.py": "a\r\nb"})
    named = [edit.get("filename") for edit in entry["fix"]["edits"]]
    assert sorted(named, key=str) == ["/repo/other.py", None]
    assert json_report.document(results, SOURCES)[0]["fix"] is None


def test_the_edits_of_the_json_give_the_fixed_file():
    """Whoever applies the rows and columns gets what autofix would write."""
    src = source.decode(PATH, TRAIN.encode())
    (edit,) = json_report.document([RESULT], SOURCES)[1]["fix"]["edits"]
    starts = source.line_starts(TRAIN)
    start, end = (starts[at["row"] - 1] + at["column"] - 1 for at in (edit["location"], edit["end_location"]))
    assert TRAIN[:start] + edit["content"] + TRAIN[end:] == source.apply(src, DETACH.fix.edits).text


# -- sarif ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("results", [[], [CLEAN], [RESULT], [RESULT, BROKEN, CLEAN]])
def test_sarif_is_valid(results):
    jsonschema = pytest.importorskip("jsonschema")
    if not SCHEMA.exists():
        pytest.skip("no schema here")
    log = json.loads(sarif.render(results, SOURCES, "/repo", {"AF101": "a detach"}))
    schema = json.loads(SCHEMA.read_text())
    jsonschema.validators.validator_for(schema)(schema, format_checker=jsonschema.FormatChecker()).validate(log)


def test_the_validator_can_fail():
    jsonschema = pytest.importorskip("jsonschema")
    if not SCHEMA.exists():
        pytest.skip("no schema here")
    log = sarif.document([RESULT], SOURCES, "/repo")
    log["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["region"]["startLine"] = 0
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(log, json.loads(SCHEMA.read_text()))


def test_sarif_content():
    run = sarif.document([RESULT, BROKEN], SOURCES, "/repo", {"AF101": "a detach"})["runs"][0]
    rewrap, detach = run["results"]
    assert run["tool"]["driver"]["rules"][detach["ruleIndex"]]["shortDescription"]["text"] == "a detach"
    where = detach["locations"][0]["physicalLocation"]
    assert where["artifactLocation"] == {"uri": "src/train.py", "uriBaseId": "ROOT"}
    assert where["region"] == {"startLine": 4, "startColumn": 5, "endLine": 4, "endColumn": 15}
    (change,) = detach["fixes"][0]["artifactChanges"]
    assert change["replacements"][0]["deletedRegion"]["startColumn"] == 6
    assert len(detach["codeFlows"][0]["threadFlows"][0]["locations"]) == 2
    assert (detach["level"], rewrap["level"]) == ("error", "warning")
    assert "fixes" not in rewrap and rewrap["message"]["text"].endswith(". Use y itself")
    assert run["originalUriBaseIds"]["ROOT"]["uri"] == "file:///repo/"
    assert run["invocations"][0]["executionSuccessful"] is False


def test_sarif_names_are_uris():
    finding = Finding("AF101", Break("op", Span("/repo/a b/ü#.py", 1, 0, 1, 1), "x", (X,)), None)
    (entry,) = sarif.document([FileResult("/repo/a b/ü#.py", (finding,))], {}, "/repo")["runs"][0]["results"]
    assert entry["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "a%20b/%C3%BC%23.py"
