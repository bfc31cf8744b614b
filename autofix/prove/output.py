"""Do two runs print the same, apart from what a mended gradient may change?"""

from __future__ import annotations

import re

NUMBER = r"[-+]?(?:\d+\.?\d*(?:[eE][-+]?\d+)?|\.\d+(?:[eE][-+]?\d+)?|inf|nan)"
_DRESS = re.compile(
    r"tf\.Tensor\(|<tf\.Tensor:|numpy=|,?\s*shape=\([^)]*\)|tensor\(|array\(|np\.float\d+\(|,?\s*grad_fn=<[^>]*>|,?\s*requires_grad=True|,?\s*dtype=[\w.]+|,?\s*size=\([^)]*\)"
)
_NUMBER = re.compile(rf"(?<![\w.]){NUMBER}(?![\w])")
_DIGITS = re.compile(r"\b0x[\da-f]+|\d+")
_PRESENT = re.compile(r"\bNone\b|\bTrue\b|\bFalse\b")
_PUNCTUATION = re.compile(r"[\s()\[\],>]+")


def same(before: str, after: str, tolerance: float = 1e-4, wavering: frozenset[str] = frozenset()) -> bool:
    """Whether two texts say the same: equal words, and numbers equal within ``tolerance`` (relative).

    How a number is dressed (``tensor(0.5, grad_fn=...)`` or ``0.5``) does not count, nor do numbers on wavering lines.
    """
    if before == after:
        return True
    if wavering:
        before, after = _steady(before, wavering), _steady(after, wavering)
    words, numbers = _split(before)
    other_words, other_numbers = _split(after)
    return words == other_words and len(numbers) == len(other_numbers) and all(
        close(a, b, tolerance) for a, b in zip(numbers, other_numbers)
    )


def wavers(one: str, other: str, tolerance: float) -> frozenset[str] | None:
    """The lines (without their numbers) on which two runs of one program print other numbers: times, addresses.

    None where they print other words.
    """
    lines, others = one.splitlines(), other.splitlines()
    pairs = [(a, b) for a, b in zip(lines, others) if not same(a, b, tolerance)]
    if len(lines) != len(others) or any(_plain(a) != _plain(b) for a, b in pairs):
        return None
    return frozenset(_plain(a) for a, _ in pairs)


def _plain(line: str) -> str:
    return _DIGITS.sub("#", _split(line)[0])


def _steady(text: str, wavering: frozenset[str]) -> str:
    return "\n".join(plain if (plain := _plain(line)) in wavering else line for line in text.splitlines())


def close(a: float, b: float, tolerance: float) -> bool:
    """Equal within a relative tolerance; NaN equals NaN."""
    if a != a or b != b:
        return a != a and b != b
    return a == b or abs(a - b) <= tolerance * max(abs(a), abs(b), 1e-6)


def _split(text: str) -> tuple[str, list[float]]:
    bare = _DRESS.sub("", text)
    numbers = [float(n) for n in _NUMBER.findall(bare)]
    return _PUNCTUATION.sub(" ", _NUMBER.sub("#", bare)).strip(), numbers


def shapes(text: str) -> list[str]:
    """The words of each line, without the numbers and values that a gradient may change; empty ones left out."""
    lines = (_NUMBER.sub(" ", _PRESENT.sub(" ", _DRESS.sub("", line))) for line in text.splitlines())
    return [words for line in lines if (words := _PUNCTUATION.sub(" ", line).strip()).strip(". ")]  # "..." in a long array


def adds_lines(before: str, after: str, open_ended: list[str] | tuple[str, ...] = ()) -> str | None:
    """A line of ``after`` whose like ``before`` does not print, or None.

    An ``open_ended`` line of before (its ``None`` is an array now) may have become several: a part of it is like it.
    """
    known = set(shapes(before))
    return next((line for line in shapes(after) if line not in known and not any(line in one for one in open_ended)), None)


def drops_lines(before: str, after: str, open_ended: list[str] | tuple[str, ...] = ()) -> str | None:
    """A line of ``before`` whose like ``after`` does not print, or None; those that are ``open_ended`` may go."""
    known = {*shapes(after), *open_ended}
    return next((line for line in shapes(before) if line not in known), None)
