"""The command as a user meets it: patches that git and patch take, exit codes, files that cannot be read."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("torch")

BROKEN = """\
import torch

w = torch.tensor([0.5, -1.5], requires_grad=True)
y = (w * w).detach()
loss = (y * 3).sum()
print("loss", loss.item())
loss.backward()
print(w.grad)
"""
SOUND = BROKEN.replace("(w * w).detach()", "w * w")


def autofix(*args, cwd, **options) -> subprocess.CompletedProcess:
    """Run the command as a process of its own."""
    env = {key: value for key, value in os.environ.items() if key not in ("FORCE_COLOR", "VIRTUAL_ENV")}
    command = [sys.executable, "-m", "autofix", *map(str, args)]
    return subprocess.run(command, cwd=cwd, capture_output=True, timeout=180, env=env, **options)


def git(folder: Path, *args: str) -> str:
    command = ["git", "-c", "user.name=t", "-c", "user.email=t@example.org", *args]
    return subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout


@pytest.fixture
def repository(tmp_path):
    """A git repository with broken programs in every dress a file can wear, and a sound one."""
    git(tmp_path, "init", "-q")
    git(tmp_path, "config", "core.autocrlf", "false")
    dressed = {
        "plain.py": BROKEN.encode(),
        "crlf.py": BROKEN.replace("\n", "\r\n").encode(),
        "no_newline.py": BROKEN.rstrip("\n").encode(),
        "bom.py": b"\xef\xbb\xbf" + BROKEN.encode(),
        "latin.py": ("# -*- coding: latin-1 -*-\n# caf\xe9\n" + BROKEN).encode("latin-1"),
        "größe und maß.py": ("größe = '\u2028'\n" + BROKEN).encode(),
        "tabs.py": b"if True:\n" + "".join(f"\t{line}\n" for line in BROKEN.splitlines()).encode(),
        "form_feed.py": b"\x0c\n" + BROKEN.encode(),
        "sound.py": SOUND.encode(),
    }
    for name, raw in dressed.items():
        (tmp_path / name).write_bytes(raw)
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-qm", "start")
    return tmp_path


def test_patch_is_taken_by_git_and_by_patch(repository, tmp_path_factory):
    run = autofix("--diff", ".", cwd=repository)
    assert run.returncode == 1, run.stderr.decode()
    assert b"sound.py" not in run.stdout
    other = tmp_path_factory.mktemp("patched") / "copy"
    shutil.copytree(repository, other)
    subprocess.run(["git", "apply", "-"], input=run.stdout, cwd=repository, check=True)
    subprocess.run(["patch", "-p1", "--binary", "-s"], input=run.stdout, cwd=other, check=True)
    for name in sorted(p.name for p in repository.glob("*.py")):
        old = subprocess.run(["git", "show", f"HEAD:{name}"], cwd=repository, capture_output=True, check=True).stdout
        expected = old if name == "sound.py" else old.replace(b"(w * w).detach()", b"w * w")
        assert (repository / name).read_bytes() == expected, name
        assert (other / name).read_bytes() == expected, name
    again = autofix("--diff", ".", cwd=repository)
    assert (again.returncode, again.stdout) == (0, b"")


def test_write_refuses_a_dirty_tree(repository):
    (repository / "plain.py").write_text(BROKEN + "# more\n")
    refused = autofix("--write", ".", cwd=repository)
    assert refused.returncode == 2
    assert b"--allow-dirty" in refused.stderr
    named = autofix("--write", "plain.py", cwd=repository)
    assert named.returncode == 0, named.stderr.decode()
    assert (repository / "plain.py").read_text() == BROKEN.replace("(w * w).detach()", "w * w") + "# more\n"
    allowed = autofix("--write", "--allow-dirty", "--jobs", "2", ".", cwd=repository)
    assert allowed.returncode == 0, allowed.stderr.decode()
    assert b".detach()" not in (repository / "crlf.py").read_bytes()


def test_bad_files_do_not_stop_the_others(tmp_path):
    (tmp_path / "good.py").write_text(BROKEN)
    (tmp_path / "broken.py").write_text("import torch\nloss.backward(\n")
    (tmp_path / "bytes.py").write_bytes(b"import torch\n# \xff\xfe\n.backward()")
    (tmp_path / "empty.py").write_bytes(b"")
    (tmp_path / "deep.py").write_text(BROKEN.replace("w * w", "w * w" + " + w" * 700))
    run = autofix("--diff", "good.py", "broken.py", "bytes.py", "empty.py", "deep.py", cwd=tmp_path)
    assert run.returncode == 2
    assert b"+y = w * w" in run.stdout
    errors = run.stderr.decode()
    for name in ("broken.py", "bytes.py", "empty.py", "deep.py"):
        assert sum(name in line for line in errors.splitlines()) == 1, errors
    assert "Traceback" not in errors
    missing = autofix("nowhere.py", cwd=tmp_path)
    assert missing.returncode == 2
    assert len(missing.stderr.splitlines()) == 1


def test_report_and_json(tmp_path):
    (tmp_path / "program.py").write_text(BROKEN)
    report = autofix("program.py", cwd=tmp_path)
    assert report.returncode == 1
    assert b"program.py:4:5: AF101" in report.stdout
    assert b"agrees" in report.stdout
    found = json.loads(autofix("--format", "json", "program.py", cwd=tmp_path).stdout)
    assert [f["code"] for f in found] == ["AF101"]
    assert found[0]["fix"]["applicability"] == "safe"
    assert found[0]["proof"]["outcome"] == "proved"


def test_select_ignore_and_comments(tmp_path):
    (tmp_path / "program.py").write_text(BROKEN)
    assert autofix("--ignore", "AF101", "program.py", cwd=tmp_path).returncode == 0
    assert autofix("--select", "AF102", "program.py", cwd=tmp_path).returncode == 0
    (tmp_path / "program.py").write_text(BROKEN.replace("detach()", "detach()  # autofix: ignore[AF101]"))
    assert autofix("program.py", cwd=tmp_path).returncode == 0
    assert (tmp_path / "program.py").read_text().count("ignore") == 1


def test_quickfix_from_an_editors_buffer(tmp_path):
    (tmp_path / "program.py").write_text(SOUND)
    options = ("quickfix", "-", "--stdin-filename", "program.py", "--line", "4")
    found = json.loads(autofix(*options, "--column", "12", cwd=tmp_path, input=BROKEN.encode()).stdout)
    lines = BROKEN.splitlines()
    for edit in reversed(found[0]["fix"]["edits"]):
        start, end = edit["location"], edit["end_location"]
        assert start["row"] == end["row"] == 4
        lines[3] = lines[3][: start["column"] - 1] + edit["content"] + lines[3][end["column"] - 1 :]
    assert "\n".join(lines) + "\n" == BROKEN.replace("(w * w).detach()", "w * w")
    nothing = autofix("quickfix", "-", "--stdin-filename", "program.py", "--line", "1", "--column", "1", cwd=tmp_path, input=BROKEN.encode())
    assert json.loads(nothing.stdout) == []
    assert (tmp_path / "program.py").read_text() == SOUND


def test_rules_are_documented(tmp_path):
    listing = autofix("rule", cwd=tmp_path).stdout.decode()
    assert "AF101" in listing
    text = autofix("rule", "AF101", cwd=tmp_path).stdout.decode()
    assert "What breaks" in text and "Why the fix is right" in text and "When to leave it alone" in text
    assert autofix("rule", "AF999", cwd=tmp_path).returncode == 2


def test_a_program_that_fails_or_hangs(tmp_path):
    (tmp_path / "hangs.py").write_text("import torch\nloss = torch.zeros(1)\nwhile True:\n    pass\nloss.backward()\n")
    run = autofix("--timeout", "3", "hangs.py", cwd=tmp_path)
    assert run.returncode == 2
    assert b"--timeout" in run.stdout + run.stderr
    assert b"Traceback" not in run.stderr
