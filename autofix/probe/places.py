"""Where in the user's own files are we? From a running frame to an exact span."""

from __future__ import annotations

import os
import sys

FOREIGN = (f"{os.sep}site-packages{os.sep}", f"{os.sep}dist-packages{os.sep}")
OURS = os.path.dirname(os.path.abspath(__file__)) + os.sep


class Places:
    """Numbers the places (``sites``) of the user's code; equal expressions get equal numbers.

    A site is ``(file, line, column, end_line, end_column)``, columns in UTF-8 bytes as ``ast`` counts them.
    """

    def __init__(self, root: str, script: str):
        self.root = os.path.abspath(root) + os.sep
        self.script = script
        self.sites: list[tuple] = []
        self._ids: dict[tuple, int] = {}
        self._by_instruction: dict[tuple, int] = {}
        self._own: dict[str, bool] = {}

    def is_users(self, filename: str) -> bool:
        """Whether a code object's file belongs to the user's project."""
        own = self._own.get(filename)
        if own is None:
            path = os.path.abspath(filename)
            own = path == self.script or (
                path.startswith(self.root)
                and not path.startswith((OURS, sys.prefix + os.sep + "lib"))
                and not any(part in path for part in FOREIGN)
                and not filename.startswith("<")
            )
            self._own[filename] = own
        return own

    def users_files(self) -> list[str]:
        """The user's files that have run so far."""
        return [os.path.abspath(name) for name, own in self._own.items() if own]

    def frame(self, start=None):
        """The innermost frame that runs the user's code, or None."""
        frame = start or sys._getframe(1)
        while frame is not None and not self.is_users(frame.f_code.co_filename):
            frame = frame.f_back
        return frame

    def here(self, start=None) -> int:
        """The site that is being executed, -1 where no user's frame is on the stack."""
        frame = self.frame(start or sys._getframe(1))
        return -1 if frame is None else self.of(frame.f_code, frame.f_lasti)

    def stack(self) -> list[int]:
        """The sites being executed in all of the user's frames, innermost first."""
        sites, frame = [], sys._getframe(1)
        while frame is not None:
            if self.is_users(frame.f_code.co_filename):
                sites.append(self.of(frame.f_code, frame.f_lasti))
            frame = frame.f_back
        return sites

    def of(self, code, instruction: int) -> int:
        key = (code, instruction)
        site = self._by_instruction.get(key)
        if site is None:
            site = self._by_instruction[key] = self._number(code, instruction)
        return site

    def of_traceback(self, traceback) -> int:
        """The innermost place of the user's in a traceback."""
        site = -1
        while traceback is not None:
            code = traceback.tb_frame.f_code
            if self.is_users(code.co_filename):
                site = self.of(code, traceback.tb_lasti)
            traceback = traceback.tb_next
        return site

    def _number(self, code, instruction: int) -> int:
        positions = list(code.co_positions())
        line, end_line, column, end_column = positions[instruction // 2]
        place = (os.path.abspath(code.co_filename), line or 1, column or 0, end_line or line or 1, end_column or 0)
        if place not in self._ids:
            self._ids[place] = len(self.sites)
            self.sites.append(place)
        return self._ids[place]
