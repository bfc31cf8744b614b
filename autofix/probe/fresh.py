"""A process of its own for one program: ``python fresh.py SCRATCH``; the request is in SCRATCH/request.json.

For programs that set environment variables which the frameworks read when they are imported, and for
systems that cannot fork.
"""

from __future__ import annotations

import json
import os
import sys
from os import _exit  # the run replaces os._exit

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def main(scratch: str) -> int:
    users = sys.path[1:]
    sys.path[0] = ROOT
    with open(os.path.join(scratch, "request.json"), encoding="utf-8") as handle:
        request = json.load(handle)
    os.environ.update(request["env_first"])
    from autofix.probe.child import run_request, set_up
    from autofix.probe.serve import preload

    set_up(request)
    preload(request["frameworks"])
    request["sys_path"] = users
    os.close(os.open(os.path.join(scratch, "ready"), os.O_CREAT | os.O_WRONLY))
    return run_request(request)


if __name__ == "__main__":
    code = 70
    try:
        code = main(sys.argv[1])
    except BaseException:
        import traceback

        traceback.print_exc()
    sys.stderr.flush()
    _exit(code & 0xFF)
