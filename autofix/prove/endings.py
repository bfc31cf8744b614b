"""Why a run ended as it did: one line for the user, empty where the program ended as programs should."""

from __future__ import annotations

import re
import signal

from autofix.prove.fence import Limits

ROOM = 300
MEMORY = re.compile(r"can't allocate memory|Cannot allocate memory|std::bad_alloc|Unable to allocate")
GPU = re.compile(
    r"not compiled with CUDA|NVIDIA driver|No CUDA GPUs|CUDA-capable device|re-initialize CUDA|without CUDA|MPS backend"
)
KERNEL_REFUSED = re.compile(
    r"Permission denied|Operation not permitted|unable to open|failed to open|open file failed"
    r"|readonly database|Read-only file"
)
USAGE = re.compile(r"^\S*usage:", re.MULTILINE | re.IGNORECASE)
CRASHES = {"SIGSEGV": "crashed", "SIGBUS": "crashed", "SIGILL": "crashed", "SIGFPE": "crashed", "SIGABRT": "aborted"}


def reason(
    outcome: dict, end: dict, refused, stderr: bytes, limits: Limits, timeout: float, python: str, cwd: str
) -> str:
    """One line. ``outcome`` is the server's answer, ``end`` what the child left in end.json (empty: nothing)."""
    text = (
        _beyond_a_limit(outcome.get("cause", ""), limits, timeout)
        or _killed(outcome["signal"])
        or _ended(end, outcome["code"], refused, stderr.decode("utf-8", "replace"), limits, python, cwd)
    )
    line = " ".join(text.split())
    return line if len(line) <= ROOM else line[: ROOM - 1] + "…"


def _beyond_a_limit(cause: str, limits: Limits, timeout: float) -> str:
    return {
        "": "",
        "timeout": f"still running after {timeout:g} s: an endless loop, a wait, or much work; --timeout gives it longer",
        "output": f"printed more than {_size(limits.output)}",
        "disk": f"wrote more than {_size(limits.disk)} into the scratch folder",
        "memory": f"used more than {_size(limits.memory)} of memory",
        "processes": f"had more than {limits.processes} processes alive",
        "server": "ended the server that runs the programs",
    }.get(cause, cause)


def _killed(number: int) -> str:
    if not number:
        return ""
    try:
        name = signal.Signals(number).name
    except ValueError:
        return f"killed by signal {number}"
    if name == "SIGXCPU":
        return "used up its CPU time; --timeout gives it more"
    if name == "SIGALRM":
        return "killed by its own alarm (SIGALRM)"
    if name == "SIGKILL":
        return "killed (SIGKILL): by itself, or by the system for want of memory"
    return f"{CRASHES.get(name, 'killed')} ({name})"


def _ended(end: dict, code: int, refused, stderr: str, limits: Limits, python: str, cwd: str) -> str:
    how = end.get("how")
    if how is None and code == 70 and "Traceback" in stderr:
        return f"autofix's own probe failed, please report it: {_last_line(stderr)}"
    if how is None:
        return f"left without a word (exit code {code}): by os.exec, or by an exit that skips Python's own"
    if end.get("lost"):
        return f"the record of the run is lost: {end['lost']}"
    if how == "setup":
        return end["message"]
    if how == "exception":
        return _exception(end, refused, limits, python, cwd)
    if how == "left" and code:
        return f"left with os._exit({code})"
    if how == "exit" and end.get("code"):
        return _exit_code(end["code"], refused, stderr)
    return ""


def _exit_code(code: int, refused, stderr: str) -> str:
    if code == 2 and USAGE.search(stderr):
        return f"wants arguments ({_last_line(stderr)}); pass them with --args"
    return (_refusal(refused) if refused else "") or f"exit code {code}: {_last_line(stderr) or 'it does not say why'}"


def _exception(end: dict, refused, limits: Limits, python: str, cwd: str) -> str:
    kind, message = end["exception"], end["message"]
    said = f"{kind}: {message}" if message else kind
    if end.get("refused") and refused:
        return _refusal(refused)
    if kind == "ModuleNotFoundError" and end.get("name"):
        package = end["name"].partition(".")[0]
        return (
            f"{python} has no package {package}: install it there, or name the program's own interpreter with --python"
        )
    if kind == "FileNotFoundError":
        missing = end.get("filename") or message.removesuffix(".").removesuffix(" not found")
        if message.startswith("[Errno") and not end.get("filename"):
            return said
        return f"does not find {missing} (it ran in {cwd}); run autofix in the folder that the program expects"
    if kind == "EOFError":
        return "reads from the keyboard, and autofix gives it nothing; give it defaults, or pass --args"
    if "[Errno 27]" in message:
        return f"wrote a file of more than {_size(limits.disk)}"
    if "[Errno 28]" in message or "No space left on device" in message:
        return f"wrote more than {_size(limits.disk)}, or the disk is full ({said})"
    if kind in ("MemoryError", "_ArrayMemoryError") or MEMORY.search(message):
        return f"wants more than the {_size(limits.memory)} of memory that it may use ({said})"
    if GPU.search(message):
        fall_back = "torch.device('cuda' if torch.cuda.is_available() else 'cpu')"
        return f"wants a GPU, and there is none: {fall_back} falls back ({said})"
    if KERNEL_REFUSED.search(message):
        return f"{said} (outside the scratch folder nothing may be written; --allow-write permits it)"
    return said


def _refusal(refused) -> str:
    what, name = refused[-1]["what"], refused[-1]["name"]
    return {
        "write": f"writes {name}: not without --allow-write",
        "connect": f"connects to {name}: not without --allow-network",
        "signal": f"sends a signal to process {name}, which it did not start",
    }[what]


def _last_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else ""


def _size(count: int) -> str:
    for unit, size in (("GB", 1 << 30), ("MB", 1 << 20), ("kB", 1 << 10)):
        if count >= size:
            return f"{count / size:g} {unit}"
    return f"{count} bytes"
