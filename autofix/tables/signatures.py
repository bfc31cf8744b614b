"""Signatures as a table writes them: which parameters a function has and what becomes of each.

One word per parameter, in order::

    a           stays as it stands
    axis>dim    the keyword is renamed; given by position it stays so
    ddof>correction=   always given by keyword
    out!        no counterpart: with it, the row does not apply (None or False is simply left out)
    order~      no meaning there: left out
    x2@         must be a tensor: a number is wrapped
    dtype:      names a dtype
    *xs         takes the rest
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from autofix.tables import Change, Delete, Keyword, Use

_WORD = re.compile(r"(?P<star>\*?)(?P<name>\w+)(?P<mark>[!~@:]?)(?:>(?P<to>\w+)(?P<forced>=?))?$")


@dataclass(frozen=True, slots=True)
class Parameter:
    name: str
    mark: str = ""
    to: str = ""
    forced: bool = False
    star: bool = False


@cache
def parse(signature: str) -> tuple[Parameter, ...]:
    """The parameters of a signature text."""
    found = []
    for word in signature.split():
        m = _WORD.match(word)
        if m is None:
            raise ValueError(f"not a parameter: {word!r}")
        found.append(Parameter(m["name"], m["mark"], m["to"] or "", bool(m["forced"]), bool(m["star"])))
    return tuple(found)


def fill(signature: str, positional: int, keywords: list[str]) -> list[str] | None:
    """The parameter that each argument fills: positional ones, then keywords. None where they do not fit."""
    parameters = parse(signature)
    names, spots = [], iter(parameters)
    for i in range(positional):
        spot = next(spots, None)
        if spot is None:
            return None
        if spot.star:
            names.extend(f"{spot.name}{k}" for k in range(positional - i))
            break
        names.append(spot.name)
    known = {p.name for p in parameters}
    if any(k not in known or k in names for k in keywords):
        return None
    return names + keywords


def carried_over(signature: str, use: Use, settled: set[str]) -> list[Change] | None:
    """The arguments left out and the keywords renamed, of those not ``settled``; None where one has no counterpart."""
    changes: list[Change] = []
    gone = False
    for parameter in parse(signature):
        argument = use.arguments.get(parameter.name)
        if argument is None or parameter.name in settled:
            continue
        if parameter.mark in ("!", "~"):
            if parameter.mark == "!" and argument.literal not in (None, False):
                return None
            changes.append(Delete(parameter.name))
            gone = gone or not argument.keyword
            continue
        target = parameter.to or parameter.name
        if not argument.keyword and (parameter.forced or gone) or argument.keyword and target != parameter.name:
            changes.append(Keyword(parameter.name, target))
    return changes
