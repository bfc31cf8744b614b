"""What the tests share: the corpus, and one fork server for the whole session."""

from __future__ import annotations

import sys

import pytest

from autofix.prove.server import ForkServer, ServerError


@pytest.fixture(scope="session")
def server():
    """A fork server with torch; skips where there is no torch."""
    try:
        running = ForkServer(sys.executable)
    except ServerError as error:
        pytest.skip(str(error))
    with running:
        yield running
