"""A file on its way from the baseline to its mended text, one set of edits after another.

Later edits are written against the text that earlier ones left; a draft knows where each character of it
comes from, so that all of them can be said as edits of the baseline.
"""

from __future__ import annotations

from dataclasses import dataclass

from autofix.model import Edit


@dataclass(frozen=True, slots=True)
class _Piece:
    text: str
    origin: int
    """Offset in the baseline of a kept piece, -1 for new text."""


class Draft:
    """The text of one file and its way from the baseline."""

    def __init__(self, path: str, baseline: str):
        self.path = path
        self.baseline = baseline
        self._pieces: tuple[_Piece, ...] = (_Piece(baseline, 0),)

    @property
    def text(self) -> str:
        return "".join(piece.text for piece in self._pieces)

    def edited(self, edits) -> Draft:
        """A new draft with these edits of ``self.text`` applied (sorted and not overlapping, see ``source.merge``)."""
        draft = Draft(self.path, self.baseline)
        pieces, at = [], 0
        for edit in edits:
            pieces += self._cut(at, edit.start)
            if edit.text:
                pieces.append(_Piece(edit.text, -1))
            at = max(at, edit.end)
        pieces += self._cut(at, len(self.text))
        draft._pieces = tuple(pieces)
        return draft

    def _cut(self, start: int, end: int) -> list[_Piece]:
        found, at = [], 0
        for piece in self._pieces:
            low, high = max(start, at), min(end, at + len(piece.text))
            if low < high:
                origin = piece.origin + low - at if piece.origin >= 0 else -1
                found.append(_Piece(piece.text[low - at : high - at], origin))
            at += len(piece.text)
        return found

    def origin(self, offset: int) -> int:
        """The baseline's offset that corresponds to an offset of the text."""
        at, last = 0, 0
        for piece in self._pieces:
            if piece.origin >= 0 and at <= offset < at + len(piece.text):
                return piece.origin + offset - at
            if at > offset:
                break
            if piece.origin >= 0:
                last = piece.origin + len(piece.text)
            at += len(piece.text)
        return last

    def is_new(self, offset: int) -> bool:
        """Whether an edit wrote this character."""
        return bool(self._cut(offset, offset + 1)) and self._cut(offset, offset + 1)[0].origin < 0

    def edits(self) -> tuple[Edit, ...]:
        """All changes so far, as edits of the baseline."""
        found, expected, new = [], 0, ""
        for piece in (*self._pieces, _Piece("", len(self.baseline))):
            if piece.origin < 0:
                new += piece.text
                continue
            if new or piece.origin > expected:
                found.append(Edit(self.path, expected, piece.origin, new))
            expected, new = piece.origin + len(piece.text), ""
        return tuple(found)
