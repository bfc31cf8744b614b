"""Which frameworks a program imports, and a fork server for each set of them, started when first wanted."""

from __future__ import annotations

import re
import threading

from autofix.prove.server import ForkServer

IMPORTS = re.compile(rb"^[ \t]*(?:import|from)[ \t]+(?:[\w.]+[ \t]*(?:as[ \t]+\w+)?,[ \t]*)*(torch|tensorflow|keras)\b", re.MULTILINE)
MENTIONS = re.compile(rb"\b(torch|tensorflow|keras)\b")


def frameworks(source: bytes) -> tuple[str, ...]:
    """The frameworks that a script imports (or only mentions, where it imports none itself)."""
    found = set(IMPORTS.findall(source)) or set(MENTIONS.findall(source))
    names = [name for name, words in (("torch", {b"torch"}), ("tensorflow", {b"tensorflow", b"keras"})) if found & words]
    return ("numpy", *(names or ["torch"]))


class Servers:
    """Fork servers in one interpreter. Nobody waits for a framework that none of his programs imports."""

    def __init__(self, python: str, **fence):
        """``fence``: what ``ForkServer`` takes for it (``isolate``, ``allow_write``, ``allow_network``)."""
        self.python, self.fence = python, fence
        self._lock = threading.Lock()
        self._locks: dict[tuple[str, ...], threading.Lock] = {}
        self._servers: dict[tuple[str, ...], ForkServer] = {}

    def server_for(self, source: bytes) -> ForkServer:
        """The server for a script. Raises ``ServerError``."""
        names = frameworks(source)
        with self._lock:
            lock = self._locks.setdefault(names, threading.Lock())
        with lock:
            if names not in self._servers:
                self._servers[names] = ForkServer(self.python, names, **self.fence)
            return self._servers[names]

    def close(self) -> None:
        for server in self._servers.values():
            server.close()

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.close()
