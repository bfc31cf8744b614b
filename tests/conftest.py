"""What the tests share: the corpus, and one fork server for the whole session."""

from __future__ import annotations

import sys

import pytest

from autofix.prove.server import ForkServer, ServerError
from tests import tf_python


@pytest.fixture(scope="session")
def server():
    """A fork server with torch; skips where there is no torch."""
    try:
        running = ForkServer(sys.executable)
    except ServerError as error:
        pytest.skip(str(error))
    with running:
        yield running


@pytest.fixture(scope="session")
def tf_server():
    """A fork server with TensorFlow; skips where no interpreter has it."""
    python = tf_python.interpreter()
    if python is None:
        pytest.skip(tf_python.REASON)
    with ForkServer(python, ("numpy", "tensorflow")) as running:
        yield running
