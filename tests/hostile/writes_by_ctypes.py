"""The same through C, then goes on."""
import ctypes
import os

libc = ctypes.CDLL(None)
path = os.path.join(os.path.dirname(__file__), "written.txt").encode()
print(libc.open(path, os.O_CREAT | os.O_WRONLY, 0o644))
print(libc.unlink(__file__.encode()), libc.rename(__file__.encode(), path), libc.truncate(__file__.encode(), 0))
libc.chmod(__file__.encode(), 0)
libc.symlink(b"/etc/passwd", path)
libc.mkdir(path, 0o755)
