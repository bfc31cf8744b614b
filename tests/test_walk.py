import os
import subprocess
from pathlib import Path

import pytest

from autofix import walk
from autofix.source import SourceError

TREE = [
    "a.py",
    "b.txt",
    "pkg/c.py",
    "pkg/c_pb2.py",
    "pkg/build/d.py",
    "ignored/e.py",
    ".hidden/f.py",
    "venv/g.py",
    "env2/pyvenv.cfg",
    "env2/lib/site-packages/h.py",
    "env2/i.py",
    "node_modules/j.py",
    "ünï code/k.py",
]


@pytest.fixture
def tree(tmp_path, monkeypatch):
    for name in TREE:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("")
    (tmp_path / "link.py").symlink_to("a.py")
    (tmp_path / "pkg" / "loop").symlink_to("..")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    return tmp_path


def git(folder: Path, *command: str) -> None:
    identity = ("-c", "user.name=n", "-c", "user.email=e@example.org")
    subprocess.run(["git", *identity, *command], cwd=folder, check=True, capture_output=True)


@pytest.fixture
def repository(tree):
    git(tree, "init", "-q")
    (tree / ".gitignore").write_text("ignored/\n")
    git(tree, "add", "a.py", "pkg", ".gitignore")
    git(tree, "commit", "-q", "-m", "one")
    return tree


def names(paths, **how) -> list[str]:
    here = Path.cwd()
    return [path.relative_to(here).as_posix() for path in walk.files(paths, **how)]


PLAIN = ["a.py", "pkg/build/d.py", "pkg/c.py", "pkg/c_pb2.py", "ünï code/k.py"]


def test_without_git(tree):
    assert walk.top(".") is None and walk.dirty(".") is None
    assert names(["ignored", "."]) == ["a.py", "ignored/e.py", *PLAIN[1:]]


def test_as_git_sees_it(repository):
    assert names(["."]) == [".hidden/f.py", *PLAIN]
    assert names(["pkg", "pkg/c.py"]) == PLAIN[1:4]
    assert walk.top("pkg") == repository.resolve()


def test_a_deleted_file_is_not_listed(repository):
    (repository / "a.py").unlink()
    assert "a.py" not in names(["."])


def test_a_folder_git_ignores_is_walked_when_named(repository):
    assert names(["ignored"]) == ["ignored/e.py"]


def test_a_hooks_environment_does_not_mislead(repository, monkeypatch):
    monkeypatch.setenv("GIT_DIR", "nowhere")
    monkeypatch.setenv("GIT_INDEX_FILE", "nowhere/index")
    assert ".hidden/f.py" in names(["."]) and walk.dirty(".") is False


def test_the_repositorys_own_commands_are_not_run(repository):
    spy = repository / "spy"
    spy.write_text("#!/bin/sh\ntouch ran\n")
    spy.chmod(0o755)
    git(repository, "config", "core.fsmonitor", str(spy))
    list(walk.files(["."]))
    walk.dirty(".")
    assert not list(repository.rglob("ran"))


def test_without_the_git_command(repository, monkeypatch):
    monkeypatch.setenv("PATH", "")
    assert names(["."]) == ["a.py", "ignored/e.py", *PLAIN[1:]]
    assert walk.dirty(".") is None


def test_a_submodule_is_another_repository(repository):
    inner = repository / "inner"
    inner.mkdir()
    git(inner, "init", "-q")
    (inner / "x.py").write_text("")
    assert not any(name.startswith("inner") for name in names(["."]))
    assert names(["inner"]) == ["inner/x.py"]


def test_a_file_named_is_always_taken_and_once(repository):
    assert names(["b.txt", "./b.txt", "venv/g.py"], exclude=["b.txt", "venv"]) == ["b.txt", "venv/g.py"]
    assert names(["link.py"]) == ["link.py"]
    assert names(["a.py", "link.py"]) == ["a.py"]


@pytest.mark.parametrize(
    ("pattern", "gone"),
    [
        ("*_pb2.py", ["pkg/c_pb2.py"]),
        ("build", ["pkg/build/d.py"]),
        ("pkg/build/", ["pkg/build/d.py"]),
        ("./pkg", PLAIN[1:4]),
        ("pkg/*", PLAIN[1:4]),
        ("**/c.py", ["pkg/c.py"]),
        ("**/a.py", ["a.py"]),
        ("other/pkg", []),
        ("", []),
    ],
)
def test_exclude(tree, pattern, gone):
    assert set(names(["."])) - set(names(["."], exclude=[pattern])) == set(gone)


def test_exclude_counts_from_the_root(tree, monkeypatch):
    monkeypatch.chdir(tree / "pkg")
    assert names(["."], exclude=["pkg/build"], root="..") == ["c.py", "c_pb2.py"]
    assert names(["."], exclude=["pkg/build"]) == ["build/d.py", "c.py", "c_pb2.py"]


def test_what_is_not_there(tree):
    (tree / "dangling.py").symlink_to("nowhere")
    os.mkfifo(tree / "pipe")
    for path, kind in {"gone.py": "missing", "dangling.py": "missing", "pipe": "special"}.items():
        with pytest.raises(SourceError) as caught:
            walk.files([path])
        assert caught.value.kind == kind and path in str(caught.value)
    assert "dangling.py" not in names(["."])


def test_dirty(repository):
    assert walk.dirty(".") is False
    (repository / "new.py").write_text("")
    assert walk.dirty(".") is False
    (repository / "pkg" / "c.py").write_text("x = 1\n")
    assert walk.dirty(".") is True and walk.dirty("pkg") is True and walk.dirty("venv") is False
    git(repository, "add", "pkg")
    assert walk.dirty(".") is True
