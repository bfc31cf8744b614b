"""The audit hook: a write or a connection that the fence refuses fails at once, says why, and is noted.

The kernel enforces (see ``fence``) where it can; this hook explains, and is all there is where it cannot.
"""

from __future__ import annotations

import errno
import os
import sys
from json.encoder import encode_basestring_ascii as quote

WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
MARK = "autofix refuses"
ADVICE = {
    "write": f"{MARK} to write outside the scratch folder; --allow-write permits it",
    "connect": f"{MARK} the network; --allow-network permits it",
    "signal": f"{MARK} signals to processes that the program did not start",
}
MOST_NOTES = 50
# Taken now: the program may replace them.
_open, _write, _close, _fspath, _fsdecode, _lexists = (
    os.open,
    os.write,
    os.close,
    os.fspath,
    os.fsdecode,
    os.path.lexists,
)
_realpath, _dirname, _isdir, _readlink, _join = (
    os.path.realpath,
    os.path.dirname,
    os.path.isdir,
    os.readlink,
    os.path.join,
)
_basename = os.path.basename


class Refusals:
    """What may be written, and what the program was refused.

    ``folders`` and ``files`` may be written; ``protected`` processes get no signal.
    """

    def __init__(self, log: str, folders, files, network: bool, protected):
        self.log = log
        self.folders = tuple(_realpath(folder) + os.sep for folder in folders)
        self.files = frozenset(files)
        self.protected = frozenset(protected)
        self.noted: set[tuple[str, str]] = set()
        self.over = False
        """True: the program has ended, and what writes now is the probe."""
        self.checks = dict(self._writes())
        if not network:
            self.checks.update(
                dict.fromkeys(("socket.connect", "socket.bind", "socket.sendto", "socket.sendmsg"), self._address)
            )
            self.checks.update(
                dict.fromkeys(("socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr"), self._name)
            )
        self.checks.update({"os.kill": self._kill, "os.killpg": self._kill})

    def install(self) -> None:
        """From now on and for good; forked children inherit it."""
        get = self.checks.get

        def hook(event, args):
            check = get(event)
            if check is not None and not self.over:
                check(args)

        sys.addaudithook(hook)

    def explain_torch_save(self, serialization) -> None:
        """``torch.save`` opens its file in C++, where no audit hook looks."""
        opener = getattr(serialization, "_open_zipfile_writer", None)
        if opener is None:
            return

        def open_writer(name_or_buffer):
            if isinstance(name_or_buffer, (str, os.PathLike)):
                self.write(name_or_buffer)
            return opener(name_or_buffer)

        serialization._open_zipfile_writer = open_writer

    def _writes(self):
        yield "open", self._opened
        for event in ("os.remove", "os.rmdir"):
            yield event, lambda args: self._removed(args[0], args[1])
        yield "os.mkdir", lambda args: self._made(args[0], args[2])
        yield "os.rename", lambda args: (self._removed(args[0], args[2]), self.write(args[1], args[3], follow=False))
        yield "os.link", lambda args: self._made(args[1], args[3])
        yield "os.symlink", lambda args: self._made(args[1], args[2])
        for event in ("os.truncate", "os.setxattr", "os.removexattr"):
            yield event, lambda args: self.write(args[0])
        yield "os.chmod", lambda args: self._removed(args[0], args[2])
        yield "os.chown", lambda args: self._removed(args[0], args[3])
        yield "os.utime", lambda args: self._removed(args[0], args[3])

    # -- files ------------------------------------------------------------------------------------

    def _opened(self, args) -> None:
        path, _, flags = args
        if isinstance(flags, int) and flags & WRITING:
            self.write(path)

    def _made(self, path, folder=-1) -> None:
        if not _lexists(_located(path, folder)):  # otherwise the system's own FileExistsError is the right answer
            self.write(path, folder)

    def _removed(self, path, folder=-1) -> None:
        if not isinstance(path, int) and _lexists(_located(path, folder)):
            self.write(path, folder, follow=False)

    def write(self, path, folder: int = -1, follow: bool = True) -> None:
        """Raise PermissionError unless ``path`` may be written (with ``follow``: what a link points to)."""
        if isinstance(path, int):
            return
        place = _located(path, folder)
        try:
            where = _realpath(place) if follow else _join(_realpath(_dirname(place)), _basename(place))
        except OSError:
            return  # no such place: the system's own answer is the right one
        if where in self.files or (where + os.sep).startswith(self.folders) or not _isdir(_dirname(where)):
            return
        self.refuse("write", place)

    # -- network and processes --------------------------------------------------------------------

    def _address(self, args) -> None:
        address = args[1] if len(args) > 1 else None
        if isinstance(address, (str, bytes)):  # a UNIX socket
            path = _fsdecode(address)
            if path and path[0] != "\0" and not _realpath(path).startswith(self.folders):
                self.refuse("connect", path)
        elif isinstance(address, tuple):
            self.refuse("connect", ":".join(str(part) for part in address[:2]))

    def _name(self, args) -> None:
        host = args[0]
        if host:
            self.refuse("connect", host.decode("ascii", "replace") if isinstance(host, bytes) else str(host))

    def _kill(self, args) -> None:
        if args[0] in self.protected:
            self.refuse("signal", str(args[0]))

    # -- the refusal ------------------------------------------------------------------------------

    def refuse(self, what: str, name: str) -> None:
        """Note it and raise PermissionError."""
        key = (what, name)
        if key not in self.noted and len(self.noted) < MOST_NOTES:
            self.noted.add(key)
            line = f'{{"what": {quote(what)}, "name": {quote(name)}}}\n'
            try:
                handle = _open(self.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
                _write(handle, line.encode())
                _close(handle)
            except OSError:
                pass
        raise PermissionError(errno.EACCES, ADVICE[what], name)


def _located(path, folder: int = -1) -> str:
    path = _fsdecode(_fspath(path))
    if isinstance(folder, int) and folder >= 0 and not path.startswith(os.sep):
        try:
            return _join(_readlink(f"/proc/self/fd/{folder}"), path)
        except OSError:
            return path
    return path
