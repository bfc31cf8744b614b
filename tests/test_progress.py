import io
import subprocess
import sys

from autofix.progress import progress


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_no_terminal_no_output():
    stream = io.StringIO()
    with progress(3, "files", stream) as advance:
        advance("a.py")
        advance()
    assert stream.getvalue() == ""


def test_a_terminal(monkeypatch):
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "80")
    stream = Terminal()
    with progress(3, "files", stream) as advance:
        advance("[x]/a.py")
        advance("b.py")
    assert "2/3" in stream.getvalue() and "b.py" in stream.getvalue()


def test_an_exception_passes_through():
    try:
        with progress(3, "files", io.StringIO()):
            raise ZeroDivisionError
    except ZeroDivisionError:
        return
    raise AssertionError


def test_without_a_terminal_rich_is_not_imported():
    code = "import sys; from autofix.progress import progress\nwith progress(9) as a: a('')\nsys.exit('rich' in sys.modules)"
    environment = {"PYTHONPATH": ":".join(sys.path)}
    subprocess.run([sys.executable, "-c", code], check=True, stderr=subprocess.PIPE, env=environment)
