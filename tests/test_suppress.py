import pytest

from autofix.model import Span
from autofix.suppress import comment_row, suppressed


def span(line, end_line=None):
    return Span("/a.py", line, 0, end_line or line, 1)


@pytest.mark.parametrize(
    ("comment", "silent"),
    [
        ("# autofix: ignore", True),
        ("#autofix:ignore", True),
        ("# Autofix: Ignore", True),
        ("# autofix: ignore[AF101]", True),
        ("# autofix: ignore[AF102, AF101]", True),
        ("# autofix: ignore [af101]", True),
        ("# autofix: ignore, the table is fixed", True),
        ("# type: ignore  # autofix: ignore[AF101]  # noqa", True),
        ("# autofix: ignore[AF102]", False),
        ("# autofix: ignore[AF1011]", False),
        ("# autofix: ignore[]", False),
        ("# autofix: ignore[AF101", False),
        ("# autofix: ignore [AF102", False),
        ("# autofix: ignored", False),
        ("# autofix: ignore-file", False),
        ("'# autofix: ignore'", False),
        ("# nothing", False),
    ],
)
def test_comments(comment, silent):
    assert suppressed(f"x = 1; {comment}\n", span(1), "AF101") is silent


MANY = """\
x = f(
    a,  # autofix: ignore[AF2]
    b.detach(),
    c,
)  # autofix: ignore[AF5]
y = '''
'''  # autofix: ignore[AF7]
with (
    no_grad()
):  # autofix: ignore[AF10]
    z = 1
    z = 2  # autofix: ignore[AF12]
"""


@pytest.mark.parametrize(
    ("where", "code", "silent"),
    [
        (span(3), "AF5", True),
        (span(3), "AF2", False),
        (span(2, 4), "AF2", True),
        (span(1, 2), "AF2", True),
        (span(6), "AF7", True),
        (span(6), "AF5", False),
        (span(8, 12), "AF10", True),
        (span(8, 12), "AF12", True),
        (span(9), "AF10", True),
        (span(11), "AF12", False),
        (span(99), "AF12", False),
    ],
)
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_lines(where, code, silent, newline):
    assert suppressed(MANY.replace("\n", newline), where, code) is silent


def test_the_row_for_a_new_comment():
    assert [comment_row(MANY, span(line)) for line in (1, 3, 6, 8, 11)] == [5, 5, 7, 10, 11]


def test_text_that_does_not_tokenize():
    assert suppressed("x = 1  # autofix: ignore\ny = (\n", span(1), "AF1")
