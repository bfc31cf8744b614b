"""One run of one program, in a process of its own: a forked child of the server, or a fresh one."""

from __future__ import annotations

import atexit
import os
import random
import signal
import sys
import threading

from autofix.probe import fence, program
from autofix.probe.places import Places
from autofix.probe.record import write_json
from autofix.probe.refusals import MARK

SEED = 20_240_917
# The server's last call: leave a record, then end. Programs have no use for this signal.
LAST_CALL = signal.SIGRTMAX - 2 if hasattr(signal, "SIGRTMAX") else None
_leave, _getpid = os._exit, os.getpid


class Run:
    """One run: sets the process up, runs the program, leaves ``end.json`` and ``record.json`` in the scratch folder."""

    def __init__(self, request: dict):
        self.request = request
        self.watch = None
        self.ended = False
        self.pid = _getpid()
        self.refusals = None
        self.streams = (sys.stdout, sys.stderr)
        self.record_path = os.path.join(request["scratch"], "record.json")
        self.end_path = os.path.join(request["scratch"], "end.json")

    def go(self) -> int:
        request = self.request
        script = request["script"]
        places = Places(request["root"], script)
        overlay = request.get("overlay", {})
        sys.argv = [script, *request.get("args", [])]
        sys.path[:] = [request.get("import_root") or os.path.dirname(script), *request["sys_path"]]
        probe = request.get("probe", True)
        program.hide_probe()
        program.install_loader(places.is_users, overlay, probe)
        self._seed()
        if probe:
            self._start_probe(places)
        self._mind_exits()
        return self._run(script, overlay, probe)

    def _seed(self) -> None:
        random.seed(SEED)
        if "numpy" in sys.modules:
            sys.modules["numpy"].random.seed(SEED % 2**32)
        if "torch" in sys.modules:
            sys.modules["torch"].manual_seed(SEED)
        if "tensorflow" in sys.modules and "keras" in sys.modules:
            sys.modules["keras"].utils.set_random_seed(SEED % 2**32)

    def _start_probe(self, places: Places) -> None:
        from autofix.probe.start import start

        self.watch = start(self.request, places, self.enough)

    def _mind_exits(self) -> None:
        """Leaving by ``os._exit`` or because the server calls time must not lose the record."""

        def leave(status):
            self.finish(ending("left", message=f"os._exit({status})"))
            _leave(status)

        def time_is_up(number, frame):
            self.finish(ending("stopped"))
            _leave(75)

        os._exit = leave
        if LAST_CALL is not None:
            signal.signal(LAST_CALL, time_is_up)

    def _run(self, script: str, overlay: dict, probe: bool) -> int:
        end = ending("exit")
        code = 0
        try:
            if self.request.get("module"):
                program.run_module(self.request["module"], probe)
            else:
                program.run_script(script, program.read_source(script, overlay), probe)
        except SystemExit as error:
            code = _exit_code(error)
        except BaseException as error:
            end = self._failed(error)
            code = 1
        _wind_up()
        end["code"] = code
        self.finish(end)
        return code

    def _failed(self, error: BaseException) -> dict:
        end = ending("exception", type(error).__name__, _text(error), refused=_was_refused(error))
        for key in ("name", "filename"):
            value = getattr(error, key, None)
            end[key] = value if isinstance(value, str) else ""
        if self.watch is not None:
            try:
                end["site"] = self.watch.places.of_traceback(error.__traceback__)
            except OSError:  # the current folder is gone
                pass
        program.strip(error)
        try:
            sys.excepthook(type(error), error, error.__traceback__)
        except BaseException:
            sys.__excepthook__(type(error), error, error.__traceback__)
        return end

    def enough(self) -> None:
        """The run has shown what it can: leave at once, whatever the program would still do."""
        self.finish(ending("enough"))
        _leave(0)

    def finish(self, end: dict) -> None:
        """Flush what the program printed and write the record; a process that the program forked writes none."""
        if self.ended or _getpid() != self.pid:
            return
        self.ended = True
        if self.refusals is not None:
            self.refusals.over = True
        for stream in (sys.stdout, sys.stderr, *self.streams):
            try:
                stream.flush()
            except BaseException:
                pass
        if self.watch is not None:
            try:
                self.watch.mute = True
                record = self.watch.as_record()
                record["end"] = end
                write_json(self.record_path, record)
            except Exception as error:
                end["lost"] = f"{type(error).__name__}: {_text(error)}"
        write_json(self.end_path, end)


def ending(how: str, exception: str = "", message: str = "", **more) -> dict:
    """How a program ended: exit, exception, enough (it has shown all), stopped (a limit), left (``os._exit``)."""
    return {"how": how, "exception": exception, "message": message, "site": -1, **more}


def _text(error: BaseException) -> str:
    try:
        return str(error)[:500]
    except BaseException:
        return ""


def _was_refused(error: BaseException | None) -> bool:
    for _ in range(20):
        if error is None:
            return False
        if MARK in _text(error):
            return True
        error = error.__cause__ or error.__context__
    return False


def _exit_code(error: SystemExit) -> int:
    if error.code is None or isinstance(error.code, int):
        return error.code or 0
    print(error.code, file=sys.stderr)
    return 1


def _wind_up() -> None:
    """What the interpreter does at its end: wait for threads, call what was registered with ``atexit``."""
    for step in (threading._shutdown, atexit._run_exitfuncs):
        try:
            step()
        except BaseException as error:
            program.strip(error)
            sys.__excepthook__(type(error), error, error.__traceback__)


def redirect(scratch: str) -> None:
    """Standard input is empty; what the program prints goes to files in the scratch folder."""
    empty = os.open(os.devnull, os.O_RDONLY)
    os.dup2(empty, 0)
    if empty > 2:
        os.close(empty)
    for number, name in ((1, "stdout"), (2, "stderr")):
        handle = os.open(os.path.join(scratch, name), os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND, 0o600)
        os.dup2(handle, number)
        os.close(handle)
    sys.stdin = sys.__stdin__ = open(0, encoding="utf-8", closefd=False)
    sys.stdout = sys.__stdout__ = open(1, "w", encoding="utf-8", closefd=False)
    sys.stderr = sys.__stderr__ = open(2, "w", encoding="utf-8", errors="backslashreplace", closefd=False)


def set_up(request: dict) -> None:
    """Make this process the program's: streams, the kernel's fence, folder, environment. Single-threaded still."""
    redirect(request["scratch"])
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.makedirs(os.path.join(request["scratch"], "tmp"), exist_ok=True)
    os.environ.update(fence.environment(request["scratch"], request["allow_network"]))
    try:
        fence.lend_matplotlib(os.environ["MPLCONFIGDIR"])
    except OSError:
        pass
    if "tempfile" in sys.modules:
        sys.modules["tempfile"].tempdir = None
    fence.enter(request)
    try:
        os.chdir(request["cwd"])
    except OSError as error:
        write_json(
            os.path.join(request["scratch"], "end.json"),
            ending("setup", message=f"cannot enter {request['cwd']}: {error.strerror}"),
        )
        raise


def run_request(request: dict) -> int:
    """Run in this process, after ``set_up``; gives the exit code. The caller must end the process with it."""
    run = Run(request)
    fence.limit(request["limits"], request["timeout"])
    run.refusals = fence.watch(request)
    return run.go()
