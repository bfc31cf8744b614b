"""Hold the values behind stop-gradients that stay.

A gradient that is right in a program with a legitimate ``detach`` is the derivative of the loss with the
detached value held fixed. The first run of a finite difference writes those values down, the shifted runs
put them back in their place.
"""

from __future__ import annotations

import os
import pickle
from copy import copy


class Holding:
    """``places``: ``[path, line, column, end_line, end_column, op]`` of the calls to hold; ``path``: where the values
    of an earlier run lie, or empty to write them."""

    def __init__(self, watch, places, path: str, scratch: str):
        self.watch = watch
        self.places = {tuple(place) for place in places}
        self.writes = os.path.join(scratch, "held.pt") if not path else ""
        self.values: list = []
        self._next = 0
        if path:
            with open(path, "rb") as file:
                self.values = pickle.load(file)

    def __call__(self, op: str, site: int, out):
        """What the program goes on with in place of ``out``."""
        if not self.places or site < 0 or (*self.watch.places.sites[site], op) not in self.places:
            return out
        if self.writes:
            self.values.append(out.detach().clone() if hasattr(out, "detach") else copy(out))
            return out
        if self._next >= len(self.values):
            return out
        value = self.values[self._next]
        self._next += 1
        if hasattr(out, "detach"):
            return value.clone() if value.shape == out.shape else out
        return value

    def save(self) -> None:
        """Leave the values for the shifted runs."""
        if self.places and self.writes:
            with open(self.writes, "wb") as file:
                pickle.dump(self.values, file)
