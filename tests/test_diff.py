"""Every patch is applied by the real git and the real patch, and has to give the new bytes."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest
import unidiff
from hypothesis import given, settings
from hypothesis import strategies as st

from autofix.mend.diff import unified
from autofix.source import Source

LONG = b"".join(b"line%d = %d\n" % (i, i) for i in range(400))

CASES = {
    "lf": (b"a = 1\nb = 2\n", b"a = 1\nb = 3\n"),
    "crlf": (b"a = 1\r\nb = 2\r\n", b"a = 1\r\nb = 3\r\n"),
    "mixed": (b"a = 1\r\nb = 2\nc = 3\r\nd = 4\re = 5\n", b"a = 1\r\nb = 9\nc = 3\r\nd = 4\re = 6\n"),
    "cr only": (b"a = 1\rb = 2\r", b"a = 1\rb = 3\r"),
    "form feed": (b"a = 1\n\x0c\nb = 2\x0b\n\x0cc = 3\n", b"a = 2\n\x0c\nb = 2\x0b\n\x0cc = 4\n"),
    "nel": ("a = '\x85'\nb = 2\n".encode(), "a = '\x85'\nb = 3\n".encode()),
    "u+2028": ("a = '\u2028'\nb = 2\n".encode(), "a = '\u2028'\nb = '\u2029'\n".encode()),
    "fs": (b"a = 1\n\x1c\x1d\x1e\nb = 2\n", b"a = 1\n\x1c\x1d\x1e\nb = 3\n"),
    "bom": (b"\xef\xbb\xbfa = 1\n", b"\xef\xbb\xbfa = 2\n"),
    "latin-1": (b"# coding: latin-1\na = '\xe9'\n", b"# coding: latin-1\na = '\xfc'\n"),
    "tabs": (b"if 1:\n\ta = 1 \t\n", b"if 1:\n\ta = 2 \t\n"),
    "looks like a patch": (b"-- a/x\n++ b/x\n@@ -1 +1 @@\n\\ No\n", b"-- a/y\n++ b/x\n@@ -1 +1 @@\n\\ No newline\n"),
    "final newline missing in both": (b"a = 1\nb = 2", b"a = 1\nb = 3"),
    "final newline missing, far change": (b"a = 0\n" + LONG + b"z = 1", b"a = 1\n" + LONG + b"z = 1"),
    "final newline gained": (b"a = 1\nb = 2", b"a = 1\nb = 2\n"),
    "final newline lost": (b"a = 1\nb = 2\n", b"a = 1\nb = 2"),
    "hunks far apart": (LONG, LONG.replace(b" 3\n", b" x\n").replace(b"line200 = 200\n", b"").replace(b"399", b"y\ny")),
    "lines added at both ends": (b"a\n", b"0\na\nb\n"),
    "one line": (b"a = 1", b"b = 2"),
    "all lines gone": (b"a = 1\nb = 2\n", b""),
    "many blank lines": (b"\n" * 500 + b"a\n" + b"\n" * 500, b"\n" * 499 + b"b\n" + b"\n" * 502),
}

NAMES = [
    "plain.py",
    "pkg/sub/deep.py",
    "with space.py",
    "a b/c d.py",
    "ünïcode_中.py",
    'quote".py',
    "back\\slash.py",
    'sp "q" \\ü.py',
    "tab\there.py",
    "new\nline.py",
    "bell\a\x01.py",
    "it's.py",
    "-dash.py",
    os.fsdecode(b"latin\xe9.py"),
    os.fsdecode(b'latin\xe9 ".py'),
]

ENV = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull, "GIT_CEILING_DIRECTORIES": "/"}
TOOLS = {
    "git apply": ["git", "apply", "-"],
    "git apply in a repository": ["git", "apply", "--index", "-"],
    "patch": ["patch", "-p1", "--force", "--no-backup-if-mismatch", "--fuzz=0"],
    "patch --binary": ["patch", "-p1", "--force", "--no-backup-if-mismatch", "--fuzz=0", "--binary"],
}


def patch_of(folder: Path, name: str, old: bytes, new: bytes) -> bytes:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(old)
    return unified(Source(str(path), old, "", "utf-8"), Source(str(path), new, "", "utf-8"), folder)


def check(folder: Path, tool: str, name: str, old: bytes, new: bytes) -> None:
    patch = patch_of(folder, name, old, new)
    if tool.endswith("repository"):
        subprocess.run(["git", "init", "-q"], cwd=folder, env=ENV, check=True)
        subprocess.run(["git", "add", "."], cwd=folder, env=ENV, check=True)
    done = subprocess.run(TOOLS[tool], input=patch, cwd=folder, env=ENV, capture_output=True, check=False)
    assert done.returncode == 0, (done.stderr, done.stdout, patch)
    assert b"corrupt" not in done.stderr and b"fuzz" not in done.stdout and b"offset" not in done.stdout
    after = folder / name
    assert (after.read_bytes() if after.exists() else b"") == new
    assert [p for p in folder.rglob("*") if p.is_file() and ".git" not in p.parts] == [after]


@pytest.mark.parametrize("tool", TOOLS)
@pytest.mark.parametrize("case", CASES)
def test_contents(tmp_path, tool, case):
    check(tmp_path, tool, "a.py", *CASES[case])


@pytest.mark.parametrize("tool", TOOLS)
@pytest.mark.parametrize("name", NAMES)
def test_names(tmp_path, tool, name):
    check(tmp_path, tool, name, *CASES["crlf"])


LINE = st.sampled_from([b"a", b"b", b"", b"\r", b"\x0c", b" ", b"\t", b"-", b"+", b"\\", b"@@", b"\xe9"])
RAW = st.builds(lambda lines, end: b"\n".join(lines) + end, st.lists(LINE, max_size=40), st.sampled_from([b"", b"\n"]))


@settings(max_examples=40, deadline=None)
@given(RAW.filter(bool), RAW.filter(bool))
def test_any_two_files(tmp_path_factory, old, new):
    folder = tmp_path_factory.mktemp("any")
    if old != new:
        check(folder, "git apply", "a.py", old, new)
        check(folder, "patch --binary", "a.py", old, new)
    shutil.rmtree(folder)


def test_same_names_as_git_writes(tmp_path):
    """The header, byte for byte, against ``git diff`` (names that need no quoting are shown raw by both)."""
    for number, name in enumerate(NAMES):
        folder = tmp_path / str(number)
        patch = patch_of(folder, name, b"a\n", b"b\n")
        subprocess.run(["git", "init", "-q"], cwd=folder, env=ENV, check=True)
        subprocess.run(["git", "add", "."], cwd=folder, env=ENV, check=True)
        (folder / name).write_bytes(b"b\n")
        command = ["git", "-c", "core.quotePath=false", "diff"]
        said = subprocess.run(command, cwd=folder, env=ENV, capture_output=True, check=True).stdout
        assert patch == b"".join(line for line in said.splitlines(True) if not line.startswith(b"index ")), name


def test_unidiff_counts_the_same(tmp_path):
    patch = patch_of(tmp_path, "a.py", *CASES["hunks far apart"])
    (file,) = unidiff.PatchSet(patch.decode())
    assert (file.path, len(file), file.added, file.removed) == ("a.py", 3, 4, 3)


def test_ranges(tmp_path):
    for old, new, head in (
        (b"a\nb\n", b"", b"@@ -1,2 +0,0 @@"),
        (b"a", b"a\nb", b"@@ -1 +1,2 @@"),
        (b"a\n" * 9, b"a\n" * 8 + b"b\n", b"@@ -6,4 +6,4 @@"),
    ):
        assert head in patch_of(tmp_path, "a.py", old, new).split(b"\n")


def test_git_apply_in_a_subfolder_wants_names_from_the_top(tmp_path):
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, env=ENV, check=True)
    patch = patch_of(tmp_path, "pkg/a.py", b"a\n", b"b\n")
    subprocess.run(["git", "apply"], input=patch, cwd=tmp_path / "pkg", env=ENV, check=True)
    assert (tmp_path / "pkg/a.py").read_bytes() == b"b\n"


def test_equal_files_have_no_patch(tmp_path):
    assert patch_of(tmp_path, "a.py", b"a\n", b"a\n") == b""


def test_a_link_is_named_by_its_target(tmp_path):
    (tmp_path / "real.py").write_bytes(b"a\n")
    (tmp_path / "link.py").symlink_to("real.py")
    link = str(tmp_path / "link.py")
    patch = unified(Source(link, b"a\n", "a\n", "utf-8"), Source(link, b"b\n", "b\n", "utf-8"), tmp_path)
    assert b"+++ b/real.py\n" in patch


def test_a_file_outside_cannot_be_named(tmp_path):
    (tmp_path / "in").mkdir()
    with pytest.raises(ValueError, match="not below"):
        unified(Source(str(tmp_path / "inside.py"), b"a", "", ""), Source("", b"b", "", ""), tmp_path / "in")
