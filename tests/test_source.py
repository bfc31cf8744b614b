import ast
import os
import pickle
import shutil
import stat
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autofix import source
from autofix.model import Edit
from autofix.source import Source, SourceError


def put(path: Path, raw: bytes) -> Path:
    path.write_bytes(raw)
    return path


def edit(src: Source, old: str, new: str) -> Edit:
    start = src.text.index(old)
    return Edit(src.path, start, start + len(old), new)


KEPT = {
    "lf": b"x = 1\ny = 2\n",
    "crlf": b"x = 1\r\ny = 2\r\n",
    "cr": b"x = 1\ry = 2\r",
    "mixed": b"x = 1\r\ny = 2\nz = 3\r",
    "no final newline": b"x = 1\ny = 2",
    "form feed": b"x = 1\n\x0c\ndef f(): pass\n",
    "bom": b"\xef\xbb\xbfx = 1\n",
    "bom crlf cookie": b"\xef\xbb\xbf# coding: utf-8\r\nx = 1\r\n",
    "latin-1": b"# -*- coding: latin-1 -*-\nx = '\xe9'\n",
    "gbk": "# coding: gbk\nx = '中文'\n".encode("gbk"),
    "nel and u+2028": "x = 'a\x85b\u2028c'\n".encode(),
    "tabs": b"if 1:\n\tx = 1\n",
    "spaces at the end": b"x = 1  \n\n\n",
}


@pytest.mark.parametrize("raw", KEPT.values(), ids=KEPT)
def test_every_byte_comes_back(tmp_path, raw):
    path = put(tmp_path / "a.py", raw)
    src = source.read(path)
    assert src.path == str(path) and src.raw == raw
    assert not src.text.startswith("\ufeff")
    assert ast.dump(src.tree) == ast.dump(ast.parse(raw))
    same = source.apply(src, [])
    assert same == src
    source.write(same, src)
    assert path.read_bytes() == raw
    longer = source.apply(src, [edit(src, "x", "xx")])
    assert longer.raw == raw.replace(b"x", b"xx", 1) and longer.encoding == src.encoding


BAD = {
    "syntax": (b"x = 1\ny = (\n", "syntax", "line 2"),
    "python 2": (b"print 'a'\n", "syntax", "line 1"),
    "not utf-8": (b"x = 1\ny = 2\nx = '\xe9'\n", "encoding", "byte 0xe9 in line 3"),
    "not ascii as said": (b"# coding: ascii\n\nx = '\xe9'\n", "encoding", "line 3"),
    "unknown encoding": (b"# coding: klingon\n", "encoding", "unknown encoding: klingon"),
    "not a text encoding": (b"# coding: rot13\nk = 1\n", "encoding", "rot13"),
    "bom against cookie": (b"\xef\xbb\xbf# coding: latin-1\n", "encoding", "encoding"),
    "utf-16": ("x = 1\n".encode("utf-16"), "encoding", "UTF-16"),
    "not one-to-one": (b"# coding: utf-7\nx = '+AGE-'\n", "lossy", "utf-7"),
    "nul": (b"x = 1\0\n", "binary", "NUL"),
    "empty": (b"", "empty", "is empty"),
    "deep": (b"x = " + b"-" * 50000 + b"1\n", "syntax", "deep"),
}


@pytest.mark.parametrize(("raw", "kind", "says"), BAD.values(), ids=BAD)
def test_what_cannot_be_read_says_why(tmp_path, raw, kind, says):
    path = put(tmp_path / "a.py", raw)
    with pytest.raises(SourceError) as caught:
        source.read(path)
    assert caught.value.kind == kind
    assert says in str(caught.value) and str(path) in str(caught.value)


def test_what_is_no_file(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "dangling").symlink_to("nowhere")
    (tmp_path / "loop").symlink_to("loop")
    kinds = {"gone": "missing", "": "directory", "pipe": "special", "dangling": "missing", "loop": "unreadable"}
    kinds["nul\0"] = "unreadable"
    for name, kind in kinds.items():
        with pytest.raises(SourceError) as caught:
            source.read(tmp_path / name)
        assert caught.value.kind == kind, name


def test_error_survives_pickling(tmp_path):
    with pytest.raises(SourceError) as caught:
        source.read(put(tmp_path / "a.py", b"("))
    copy = pickle.loads(pickle.dumps(caught.value))
    assert (str(copy), copy.kind, copy.line) == (str(caught.value), "syntax", 1)


def test_libcst_gate():
    source.check_libcst(source.decode("a.py", b"\xef\xbb\xbfx = 1\r\ny = 2\nz = 3"))
    for raw in (b"x = 1\ry = 2\r", b"x = 1\n\x0cdef f(): pass\n"):
        with pytest.raises(SourceError) as caught:
            source.check_libcst(source.decode("a.py", raw))
        assert caught.value.kind == "lossy"


# -- apply ----------------------------------------------------------------------------------------


def test_edits_in_any_order_and_identical_ones_once():
    src = source.decode("a.py", b"y = x.detach()\n")
    drop, name = edit(src, ".detach()", ""), edit(src, "y", "yy")
    line = Edit(src.path, 0, 0, "import torch\n")
    assert source.apply(src, [drop, line, name, drop, line]).text == "import torch\nyy = x\n"


def test_overlap_is_refused():
    src = source.decode("a.py", b"y = x.detach()\n")
    for other in (edit(src, "x.detach", "z"), edit(src, "detach()", "clone()"), Edit(src.path, 7, 7, "z")):
        with pytest.raises(ValueError, match="overlap"):
            source.apply(src, [edit(src, ".detach()", ""), other])
    with pytest.raises(ValueError, match="outside"):
        source.apply(src, [Edit(src.path, 3, 99, "")])
    with pytest.raises(ValueError, match="cannot be applied to"):
        source.apply(src, [Edit("/other.py", 0, 0, "")])


def test_neighbours_do_not_overlap():
    src = source.decode("a.py", b"a = b\n")
    edits = [Edit(src.path, 4, 5, "c"), Edit(src.path, 5, 5, ")"), Edit(src.path, 4, 4, "f(")]
    assert source.apply(src, edits).text == "a = f(c)\n"


def test_lines_at_one_place_keep_their_order():
    src = source.decode("a.py", b"a = b\n")
    edits = [Edit(src.path, 0, 0, "import z\n"), Edit(src.path, 0, 0, "import a\n")]
    assert source.apply(src, edits).text == "import z\nimport a\na = b\n"


def test_wraps_that_end_at_one_place():
    src = source.decode("a.py", b"y = a + b\n")
    outer = [Edit(src.path, 4, 4, "f("), Edit(src.path, 9, 9, ")")]
    inner = [Edit(src.path, 8, 8, "g("), Edit(src.path, 9, 9, ")")]
    assert source.apply(src, [*outer, *inner]).text == "y = f(a + g(b))\n"
    assert source.apply(src, [*outer, *inner, *outer, *inner]).text == "y = f(a + g(b))\n"
    assert source.apply(src, [*outer, *outer]).text == "y = f(a + b)\n"
    with pytest.raises(ValueError, match="line 1, column 10"):
        source.apply(src, [*outer, inner[0], Edit(src.path, 9, 9, ", dim=0)")])


@pytest.mark.parametrize(
    ("raw", "after"),
    [
        (b"a = 1\r\nb = 2\r\n", b"a = 1\r\nnew\r\nb = 2\r\n"),
        (b"a = 1\rb = 2\r", b"a = 1\rnew\rb = 2\r"),
        (b"a = 1\r\nb = 2", b"a = 1\r\nnew\r\nb = 2"),
        (b"a = 1\r\nb = 2\nc = 3\n", b"a = 1\r\nnew\nb = 2\nc = 3\n"),
    ],
)
def test_inserted_lines_end_as_their_neighbours(raw, after):
    src = source.decode("a.py", raw)
    assert source.apply(src, [Edit(src.path, src.text.index("b"), src.text.index("b"), "new\n")]).raw == after


def test_insertion_between_cr_and_lf():
    src = source.decode("a.py", b"a = 1\r\nb = 2\r\n")
    assert source.apply(src, [Edit(src.path, 5, 5, "\nc = 3")]).raw == b"a = 1\r\nc = 3\r\nb = 2\r\n"


def test_the_encoding_is_kept_or_the_fix_refused():
    src = source.decode("a.py", KEPT["latin-1"])
    assert source.apply(src, [edit(src, "é", "ü")]).raw == b"# -*- coding: latin-1 -*-\nx = '\xfc'\n"
    with pytest.raises(SourceError, match="'→'.*iso-8859-1"):
        source.apply(src, [edit(src, "é", "→")])
    with pytest.raises(SourceError):
        source.apply(src, [Edit(src.path, 0, 0, "import a\nimport b\n")])
    other = source.decode("a.py", b"# coding: latin-1\nx = '\xc3\xa9'\n")  # valid, and another text, as UTF-8
    with pytest.raises(SourceError, match="first two lines"):
        source.apply(other, [Edit(other.path, 0, 0, "import a\nimport b\n")])


def test_a_fix_that_breaks_the_syntax_is_refused():
    src = source.decode("a.py", b"x = f(1)\n")
    with pytest.raises(SourceError) as caught:
        source.apply(src, [edit(src, ")", "")])
    assert caught.value.kind == "syntax"


@given(st.text(alphabet="a1 \n\r\t\x0c\x85\u2028é中"), st.data())
def test_apply_is_slicing(noise, data):
    """Against the plainest model there is: edit from the end backwards."""
    text = '"""' + noise + '"""\n'
    src = source.decode("a.py", text.encode())
    bounds = data.draw(st.lists(st.integers(3, 3 + len(noise)), max_size=8).map(sorted))
    pairs = dict.fromkeys(zip(bounds[::2], bounds[1::2]))
    edits = [Edit(src.path, start, end, "é") for start, end in pairs]
    expected = text
    for one in reversed(edits):
        expected = expected[: one.start] + one.text + expected[one.end :]
    assert source.apply(src, data.draw(st.permutations(edits))).text == expected


@given(st.text(alphabet="ab\r\n\x0c\u2028"))
def test_places(text):
    starts = source.line_starts(text)
    for offset in range(len(text) + 1):
        line, column = source.place(starts, offset)
        assert starts[line - 1] + column == offset
        assert len(starts) == line or offset < starts[line]


# -- write ----------------------------------------------------------------------------------------


@pytest.fixture
def pair(tmp_path):
    """A file and what is to replace it."""
    old = source.read(put(tmp_path / "a.py", b"x = 1\n"))
    return old, source.apply(old, [edit(old, "1", "2")])


def test_write_keeps_the_mode_and_leaves_nothing_behind(pair, tmp_path):
    old, new = pair
    os.chmod(old.path, 0o750)
    source.write(new, old)
    assert Path(old.path).read_bytes() == b"x = 2\n"
    assert stat.S_IMODE(os.stat(old.path).st_mode) == 0o750
    assert os.listdir(tmp_path) == ["a.py"]


def test_write_goes_through_a_link(pair, tmp_path):
    old, _ = pair
    link = tmp_path / "sub" / "link.py"
    link.parent.mkdir()
    link.symlink_to("../a.py")
    through = source.read(link)
    source.write(source.apply(through, [edit(through, "1", "3")]), through)
    assert os.readlink(link) == "../a.py" and Path(old.path).read_bytes() == b"x = 3\n"
    assert os.listdir(link.parent) == ["link.py"]


def test_write_refuses_a_file_that_changed(pair, tmp_path):
    old, new = pair
    put(Path(old.path), b"x = 9\n")
    with pytest.raises(SourceError, match="changed while autofix was working"):
        source.write(new, old)
    assert Path(old.path).read_bytes() == b"x = 9\n"
    os.unlink(old.path)
    with pytest.raises(SourceError) as caught:
        source.write(new, old)
    assert caught.value.kind == "missing" and os.listdir(tmp_path) == []


def test_write_refuses_a_file_that_changes_at_the_last_moment(pair, tmp_path, monkeypatch):
    old, new = pair
    monkeypatch.setattr(source, "_copy_status", lambda target, temporary: put(Path(target), b"x = 9\n"))
    with pytest.raises(SourceError, match="changed"):
        source.write(new, old)
    assert os.listdir(tmp_path) == ["a.py"] and Path(old.path).read_bytes() == b"x = 9\n"


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_a_write_that_fails_changes_nothing(pair, tmp_path, monkeypatch, error):
    old, new = pair

    def fail(_):
        raise error

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises((SourceError, KeyboardInterrupt)) as caught:
        source.write(new, old)
    assert isinstance(caught.value, KeyboardInterrupt) or "No space left" in str(caught.value)
    assert os.listdir(tmp_path) == ["a.py"] and Path(old.path).read_bytes() == b"x = 1\n"


@pytest.fixture
def open_folder():
    """A folder that another user may enter (pytest's own are private)."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o777)
    yield folder
    folder.chmod(0o777)
    shutil.rmtree(folder)


@pytest.fixture
def nobody():
    """Without root's rights: root may write to read-only files."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    yield
    os.seteuid(0)


def as_owner(do, *arguments):
    user = os.geteuid()
    os.seteuid(os.getuid())
    do(*arguments)
    os.seteuid(user)


@pytest.mark.parametrize("what", ["file", "folder"])
def test_read_only(open_folder, nobody, what):
    path = put(open_folder / "a.py", b"x = 1\n")
    old = source.read(path)
    new = source.apply(old, [edit(old, "1", "2")])
    if what == "file":
        path.chmod(0o444)
    else:
        as_owner(open_folder.chmod, 0o555)
    with pytest.raises(SourceError) as caught:
        source.write(new, old)
    assert caught.value.kind == "unwritable"
    assert os.listdir(open_folder) == ["a.py"] and path.read_bytes() == b"x = 1\n"


def test_unreadable(open_folder, nobody):
    path = put(open_folder / "a.py", b"x = 1\n")
    path.chmod(0)
    with pytest.raises(SourceError, match="Permission denied"):
        source.read(path)
