"""Write down how a run ended, whatever the program did to the interpreter it shares with us.

Everything used here is taken before the program starts: it may replace ``open``, ``json.dumps`` or ``os.replace``.
"""

from __future__ import annotations

import os
from json.encoder import c_make_encoder, encode_basestring_ascii

_open, _write, _close, _replace = os.open, os.write, os.close, os.replace
_flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_BINARY", 0)
_join, _len, _memoryview = "".join, len, memoryview


def _refuse(value):
    raise TypeError(f"no place for {type(value).__name__} in a record")


_encode = c_make_encoder(None, _refuse, encode_basestring_ascii, None, ": ", ", ", False, False, True)


def write_json(path: str, value) -> None:
    """The file is there whole, or not at all."""
    data = _memoryview(_join(_encode(value, 0)).encode())
    handle = _open(path + ".part", _flags, 0o600)
    while _len(data):
        data = data[_write(handle, data) :]
    _close(handle)
    _replace(path + ".part", path)
