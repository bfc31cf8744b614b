import pytest

from autofix.config import ConfigError, Settings, load


def write(folder, text):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "pyproject.toml").write_text(text)


def test_everything(tmp_path):
    write(
        tmp_path,
        """
        [tool.autofix]
        select = ["AF1", "AF2"]
        ignore = ["AF201"]
        exclude = ["build", "vendor/*"]
        unsafe-fixes = true
        python = ".venv/bin/python"
        timeout = 20
        jobs = 2
        args = ["--steps", "2"]
        """,
    )
    assert load(tmp_path / "a" / "b") == Settings(
        root=tmp_path,
        select=("AF1", "AF2"),
        ignore=("AF201",),
        exclude=("build", "vendor/*"),
        unsafe_fixes=True,
        python=str(tmp_path / ".venv/bin/python"),
        timeout=20.0,
        jobs=2,
        args=("--steps", "2"),
    )


def test_nothing(tmp_path):
    write(tmp_path, "[project]\nname = 'x'\n")
    assert load(tmp_path) == Settings()


def test_the_nearest_that_speaks_of_autofix(tmp_path):
    write(tmp_path, "[tool.autofix]\njobs = 3\n")
    write(tmp_path / "a", "[tool.ruff]\n")
    write(tmp_path / "a" / "b", "[tool.autofix]\n")
    assert load(tmp_path / "a").jobs == 3
    assert load(tmp_path / "a" / "b") == Settings(root=tmp_path / "a" / "b")


def test_an_interpreter_by_name(tmp_path):
    write(tmp_path, "[tool.autofix]\npython = 'python3.12'\n")
    assert load(tmp_path).python == "python3.12"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("unsafe_fixes = true", "unknown key 'unsafe_fixes'.*did you mean 'unsafe-fixes'"),
        ("zzz = 1", "unknown key 'zzz'.*known are select, ignore"),
        ("jobs = true", "jobs.*whole number above 0, not True"),
        ("jobs = 0", "jobs"),
        ("timeout = 'a'", "timeout.*seconds"),
        ("timeout = nan", "timeout"),
        ("timeout = inf", "timeout"),
        ("unsafe-fixes = 1", "unsafe-fixes.*true or false"),
        ("select = 'AF1'", "select.*list"),
        ("exclude = [1]", "exclude.*list"),
        ("args = '--steps 2'", "args.*list"),
        ("python = ''", "python"),
        ("jobs = ", "TOML"),
    ],
)
def test_errors_name_file_and_key(tmp_path, text, says):
    write(tmp_path, f"[tool.autofix]\n{text}\n")
    with pytest.raises(ConfigError, match=says) as caught:
        load(tmp_path)
    assert str(tmp_path / "pyproject.toml") in str(caught.value)


def test_no_table(tmp_path):
    write(tmp_path, "[tool]\nautofix = 1\n")
    with pytest.raises(ConfigError, match=r"write \[tool.autofix\]"):
        load(tmp_path)
