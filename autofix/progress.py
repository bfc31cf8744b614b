"""A progress bar on stderr, for people only: nothing is printed where stderr is no terminal."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TextIO


@contextmanager
def progress(total: int, what: str = "files", stream: TextIO | None = None) -> Iterator[Callable[[str], None]]:
    """Gives a function to call, with a label to show, whenever one of ``total`` is done."""
    stream = stream or sys.stderr
    if total < 2 or not stream.isatty() or os.environ.get("TERM") == "dumb":
        yield lambda label="": None
        return

    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    label_column = TextColumn("{task.fields[label]}", markup=False)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), label_column)
    with Progress(*columns, console=Console(file=stream), transient=True) as bar:
        task = bar.add_task(what, total=total, label="")
        yield lambda label="": bar.update(task, advance=1, label=label)
