"""Hostile and hard-to-run programs: each ends with its reason, leaves no process, changes no file, harms no other."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import signal
import stat
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from autofix import doctor
from autofix.model import Outcome
from autofix.probe import landlock
from autofix.prove import launch, server
from autofix.prove.fence import Limits, shadowed
from autofix.prove.server import ForkServer, Request, ServerError
from tests.corpus import mend

HOSTILE = Path(__file__).parent / "hostile"
SMALL = Limits(memory=1 << 30, processes=32, files=256, output=8 << 20, disk=64 << 20)
TIMEOUT = 2.0
WRITES = r"^writes .*{}: not without --allow-write$"

# Program: what its reason must match ("" for a normal end), and what it must have printed (None: anything).
ENDINGS: dict[str, tuple[str, str | None]] = {
    "alarm": (r"killed by its own alarm", ""),
    "alarm_handled": (r"^TimeoutError: slow$", ""),
    "asks": (r"reads from the keyboard", "name? "),
    "asks_the_web": (r"^connects to 127.0.0.1: not without --allow-network$", ""),
    "asks_the_web_by_shell": ("", "1\n-1\n"),
    "at_exit": ("", "good bye\n"),
    "bad_excepthook": (r"^ValueError: the real one$", ""),
    "bottomless_recursion": (r"crashed \(SIGSEGV\)|RecursionError", ""),
    "c_exit": (r"exit code 7", ""),
    "changes_directory": ("", "/\n"),
    "child_stays": ("", "done\n"),
    "closes_everything": ("", None),
    "comet": ("", ""),
    "daemon_thread_stays": ("", "done\n"),
    "deep_recursion": (r"^RecursionError: maximum recursion depth", ""),
    "deletes_itself": (WRITES.format("deletes_itself.py"), ""),
    "deletes_itself_by_shell": (r"CalledProcessError.*rm", ""),
    "double_fork": ("", "parent done\n"),
    "dumps_core": (r"crashed \(SIGSEGV\)", None),
    "endless_loop": (r"^still running after 2 s", ""),
    "execs": (r"left without a word", ""),
    "exit_in_thread": ("", "done\n"),
    "fifty_gigabytes": (r"^wants more than the 1 GB of memory", ""),
    "fifty_gigabytes_numpy": (r"^wants more than the 1 GB of memory", ""),
    "forges_its_answer": ("", ""),
    "fills_the_project": (WRITES.format("log.bin"), ""),
    "fills_the_project_in_parts": (WRITES.format("epoch_1.bin"), ""),
    "fork_bomb": (r"^had more than 32 processes alive$", ""),
    "forks_a_pool": ("", "[1, 2]\nhello\n"),
    "gigabytes_of_output": (r"^printed more than 8 MB$", None),
    "illegal_instruction": (r"crashed \(SIGILL\)", ""),
    "interrupt": (r"^KeyboardInterrupt$", ""),
    "killed_itself": (r"^killed \(SIGKILL\)", ""),
    "keeps_a_database": (r"unable to open database file .*--allow-write", ""),
    "kills_parent": (r"^sends a signal to process \d+, which it did not start$", ""),
    "kills_parent_by_shell": ("", "1\n1\n"),
    "loses_directory": (r"^does not find x", ""),
    "makes_folder": (WRITES.format("runs"), ""),
    "many_files": (r"^wrote more than 64 MB into the scratch folder$", ""),
    "not_a_subreaper": ("", "parent done\n"),
    "odd_exception": (r"^Odd$", ""),
    "one_big_file": (r"^wrote a file of more than 64 MB$", ""),
    "opens_many_files": (r"Too many open files", ""),
    "os_abort": (r"^aborted \(SIGABRT\)$", ""),
    "os_exit": (r"^left with os\._exit\(3\)$", "here\n"),
    "os_exit_zero": ("", "tensor([1., 1.])\n"),
    "output_from_child": (r"^printed more than 8 MB$", None),
    "package/inner/relative": ("", "__main__ package.inner tensor([2., 2.])\n"),
    "patches_backward": ("", "no\n"),
    "patches_everything": ("", "done\n"),
    "raises_its_limits": (r"not allowed to raise maximum limit", ""),
    "reads_stdin": ("", "0\n"),
    "replaces_stdout": ("", ""),
    "saves_checkpoint": (WRITES.format("checkpoint.pt"), ""),
    "says_why": (r"^exit code 1: no data: run prepare.py first$", ""),
    "segfault": (r"^crashed \(SIGSEGV\)$", ""),
    "segfault_with_faulthandler": (r"^crashed \(SIGSEGV\)$", ""),
    "sets_threads": ("", "1\n"),
    "shared_memory": (r"^used more than 1 GB of memory$", ""),
    "sigterm_ignored": (r"^still running after 2 s", ""),
    "slow_memory": (r"^wants more than the 1 GB of memory", ""),
    "spawns": ("", "[1, 4, 9]\n"),
    "stopped": (r"^still running after 2 s", ""),
    "syntax_error": (r"^SyntaxError: invalid syntax", ""),
    "thread_stays": (r"^still running after 2 s", ""),
    "traces_parent": ("", "-1\nPermissionError\nPermissionError\nPermissionError\n"),
    "trains_and_saves": (WRITES.format("runs"), ""),
    "training_in_thread": ("", "worked\n"),
    "uses_temporary_files": ("", "['b']\n"),
    "wants_a_file": (r"^does not find data/points.csv", ""),
    "wants_a_gpu": (r"^wants a GPU, and there is none", ""),
    "wants_a_package": (r"has no package surely_not_installed: install it there", ""),
    "wants_arguments": (r"^wants arguments .*required: --data.*--args$", ""),
    "workers_stay": ("", "done\n"),
    "writes_by_ctypes": ("", "-1\n-1 -1 -1\n"),
    "writes_into_repo": (WRITES.format("written.txt"), ""),
}
# The same where writes are kept apart: they succeed, as far as the program sees.
APART: dict[str, tuple[str, str | None]] = {
    "deletes_itself": ("", ""),
    "deletes_itself_by_shell": ("", ""),
    "fills_the_project": (r"^wrote a file of more than 64 MB$", ""),
    "fills_the_project_in_parts": (r"^wrote more than 64 MB", ""),
    "keeps_a_database": ("", "[(1, 0.5)]\n"),
    "makes_folder": ("", ""),
    "saves_checkpoint": ("", ""),
    "trains_and_saves": ("", "tensor([4., 4.]) tensor([2., 2.]) [1. 1.] ['first', 'train.log', 'w.npy']\n"),
    "uses_temporary_files": ("", "['b']\n"),
    "writes_by_ctypes": ("", None),
    "writes_into_repo": ("", ""),
}
HAVE_RECORD = (
    "os_exit_zero",
    "closes_everything",
    "patches_everything",
    "changes_directory",
    "workers_stay",
    "exit_in_thread",
)
# These end by another limit than time, however slow the machine is.
LONGER = (
    "many_files",
    "shared_memory",
    "slow_memory",
    "one_big_file",
    "fork_bomb",
    "gigabytes_of_output",
    "output_from_child",
)
HEALTHY = """
import numpy, torch
x = torch.ones(3, requires_grad=True)
y = (x * torch.rand(3)).sum()
y.backward()
print(x.grad, numpy.random.rand())
"""

pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or landlock.abi() < 6, reason="needs a Linux with Landlock ABI 6"
)


class Yard:
    """A server, a copy of the hostile programs to run in, and a healthy program to compare with."""

    def __init__(self, folder: Path, **options):
        self.tree = folder / "tree"
        shutil.copytree(HOSTILE, self.tree, ignore=shutil.ignore_patterns("__pycache__"))
        self.healthy = self.tree / "healthy.py"
        self.healthy.write_text(HEALTHY)
        self.server = ForkServer(sys.executable, limits=SMALL, **options)
        self.can_keep_apart, self.server.shadows = self.server.shadows, False
        self.sound = self.run("healthy")

    def run(self, name: str, timeout: float = 0, **options):
        timeout = timeout or (20 if name in LONGER or not ENDINGS.get(name, ("",))[0] else TIMEOUT)
        script = self.tree / f"{name}.py"
        cwd = "" if name.startswith("package/") else str(self.tree)
        return self.server.run(Request(script=str(script), root=str(self.tree), cwd=cwd, timeout=timeout, **options))

    def is_sound(self) -> bool:
        """The healthy program still gives what it gave at first."""
        again = self.run("healthy", timeout=20)
        return (again.stdout, again.record, again.reason) == (self.sound.stdout, self.sound.record, "")

    def prints(self) -> dict[str, str]:
        """Every file's content and mode, and the time of its last change."""
        found = {}
        for path in sorted(self.tree.rglob("*")):
            state = path.lstat()
            content = path.read_bytes() if path.is_file() else b""
            found[str(path)] = f"{hashlib.sha256(content).hexdigest()} {state.st_mode:o} {state.st_mtime_ns}"
        return found

    def left_over(self) -> list[str]:
        """Processes that a run left behind: all inherit the server's mark."""
        mine = {os.getpid(), self.server._link._process.pid}
        return [line for pid, line in marked(self.server.scratch) if pid not in mine]


def nothing_new(folder: str, before: list[str], patience: float = 15) -> bool:
    """Whether what appeared in a folder is gone again: tests of other processes use ``/dev/shm``, too."""
    deadline = time.monotonic() + patience
    while set(os.listdir(folder)) - set(before) and time.monotonic() < deadline:
        time.sleep(0.2)
    return not set(os.listdir(folder)) - set(before)


def marked(mark: str) -> list[tuple[int, str]]:
    found = []
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            environment = Path("/proc", name, "environ").read_bytes()
            if f"AUTOFIX_SCRATCH={mark}".encode() in environment:
                found.append((int(name), Path("/proc", name, "cmdline").read_bytes().decode()))
        except OSError:
            pass
    return found


@pytest.fixture(scope="module")
def yard(tmp_path_factory):
    made = Yard(tmp_path_factory.mktemp("fence"))
    with made.server:
        assert made.sound.reason == "" and made.sound.record
        yield made
    assert not os.path.exists(made.server.scratch)


@pytest.fixture(scope="module")
def fresh_yard(tmp_path_factory):
    made = Yard(tmp_path_factory.mktemp("fresh"), fork=False)
    with made.server:
        yield made


def test_every_hostile_program_is_in_the_table():
    files = {str(path.relative_to(HOSTILE).with_suffix("")) for path in HOSTILE.rglob("*.py")}
    helpers = {"package/__init__", "package/inner/__init__", "package/settings"}
    assert files - helpers == set(ENDINGS) and len(ENDINGS) >= 40


@pytest.mark.parametrize("name", sorted(ENDINGS))
def test_ending(yard, name):
    reason, printed = ENDINGS[name]
    before, shared = yard.prints(), os.listdir("/dev/shm")
    started = time.monotonic()
    answer = yard.run(name)
    assert time.monotonic() - started < 25
    assert re.search(reason, answer.reason) if reason else answer.reason == "", answer
    assert "\n" not in answer.reason and len(answer.reason) <= 300
    assert printed is None or answer.stdout.decode() == printed
    assert yard.left_over() == []
    assert yard.prints() == before
    assert nothing_new("/dev/shm", shared)
    if name in HAVE_RECORD:
        assert answer.record["roots"] or name == "patches_backward"
    assert yard.is_sound()


@pytest.mark.parametrize("fork", [True, pytest.param(False, marks=pytest.mark.slow)])
@pytest.mark.parametrize("name", sorted(APART))
def test_writes_are_kept_apart(request, name, fork):
    yard = request.getfixturevalue("yard" if fork else "fresh_yard")
    reason, printed = APART[name]
    before = yard.prints()
    yard.server.shadows = yard.can_keep_apart or pytest.skip("no namespaces of mounts here")
    try:
        answers = [yard.run(name, timeout=20) for _ in range(2 if not reason else 1)]
    finally:
        yard.server.shadows = False
    for answer in answers:
        assert re.search(reason, answer.reason) if reason else answer.reason == "", answer
        assert printed is None or answer.stdout.decode() == printed
        assert answer.refused == ()
    assert yard.left_over() == [] and yard.prints() == before and yard.is_sound()


def test_outer_folders_are_covered_first(tmp_path):
    inner = tmp_path / "project" / "scripts"
    inner.mkdir(parents=True)
    folders = shadowed(str(inner), str(tmp_path))
    assert folders.index(str(tmp_path)) < folders.index(str(inner)) and "/" not in shadowed("/", "/")


def test_side_by_side(yard):
    names = ["fork_bomb", "healthy", "gigabytes_of_output", "comet", "healthy", "double_fork", "healthy"]
    with ThreadPoolExecutor(len(names)) as pool:
        answers = dict(zip(range(len(names)), pool.map(lambda name: yard.run(name, timeout=10), names)))
    assert [answers[i].stdout == yard.sound.stdout for i, name in enumerate(names) if name == "healthy"] == [True] * 3
    assert "32 processes" in answers[0].reason and yard.left_over() == []


def test_a_killed_server_is_replaced(yard):
    with ThreadPoolExecutor(2) as pool:
        waiting = pool.submit(yard.run, "daemon_thread_stays", 20)
        victim = yard.server._link._process.pid
        os.kill(victim, signal.SIGKILL)
        assert waiting.result().stdout == b"done\n"
    assert yard.is_sound() and yard.server._link._process.pid != victim
    assert yard.left_over() == []


@pytest.mark.slow
def test_a_program_that_kills_its_server_where_the_kernel_lets_it(tmp_path):
    yard = Yard(tmp_path, isolate="hook")
    with yard.server:
        script = yard.tree / "kills_server.py"
        script.write_text("import os, subprocess\nsubprocess.run(['sh', '-c', f'kill -KILL {os.getppid()}'])\n")
        answer = yard.run("kills_server")
        assert answer.reason == "ended the server that runs the programs"
        assert yard.is_sound() and yard.left_over() == []


def test_nothing_survives_autofix(yard, tmp_path):
    code = (
        "import sys\nfrom autofix.prove.server import *\n"
        "server = ForkServer()\nprint(server.scratch, flush=True)\n"
        f"server.run(Request(script={str(yard.tree / 'sigterm_ignored.py')!r}, root={str(yard.tree)!r}))\n"
    )
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    scratch = process.stdout.readline().strip()
    time.sleep(1)
    assert len(marked(scratch)) == 2
    process.kill()
    process.wait()
    process.stdout.close()
    deadline = time.monotonic() + 5
    while (marked(scratch) or os.path.exists(scratch)) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert marked(scratch) == [] and not os.path.exists(scratch)
    with process.stderr:
        assert process.stderr.read() == ""


def test_what_a_scratch_folder_lies_in_keeps_its_mode(tmp_path, monkeypatch):
    def busy(*where, **how):
        raise OSError("busy")

    scratch = tmp_path / "scratch"
    scratch.mkdir()
    tmp_path.chmod(0o1777)
    monkeypatch.setattr(os, "rmdir", busy)
    server.remove(str(scratch))
    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o1777


@pytest.mark.slow
@pytest.mark.parametrize("name", ["saves_checkpoint", "double_fork"])
def test_fresh_processes_end_the_same_way(fresh_yard, name):
    before = fresh_yard.prints()
    assert re.search(ENDINGS[name][0] or "^$", fresh_yard.run(name).reason)
    assert fresh_yard.prints() == before and marked(fresh_yard.server.scratch) == []


def test_writing_is_allowed_by_name(yard):
    script = yard.tree / "may_write.py"
    script.write_text(
        "import os\nopen('out.txt', 'w').write('x')\nos.chmod('out.txt', 0o600)\nos.remove('out.txt')\nprint('done')\n"
    )
    assert yard.run("may_write").refused == ({"what": "write", "name": "out.txt"},)
    assert yard.run("may_write", allow_write=True).stdout == b"done\n"
    script.write_text("open('/autofix-was-here', 'w')\n")
    assert "PermissionError" in yard.run("may_write", allow_write=True).stderr.decode()
    script.unlink()


def test_the_network_is_allowed_by_name(yard):
    assert "refused" in yard.run("asks_the_web", allow_network=True).reason


def test_a_record_is_left_when_time_is_up(yard):
    script = yard.tree / "trains_on.py"
    script.write_text("import torch, time\nw = torch.ones(2, requires_grad=True)\nw.sum().backward()\ntime.sleep(60)\n")
    answer = yard.run("trains_on", timeout=TIMEOUT)
    assert answer.timed_out and answer.end["how"] == "stopped" and len(answer.record["roots"]) == 1
    script.unlink()


def test_an_interpreter_that_does_not_exist():
    with pytest.raises(ServerError, match="--python"):
        ForkServer("/no/such/python")


def test_a_folder_that_does_not_exist(yard):
    answer = yard.server.run(Request(script=str(yard.healthy), root=str(yard.tree), cwd=str(yard.tree / "gone")))
    assert answer.reason.startswith("cannot enter") and yard.is_sound()


@pytest.mark.parametrize(
    "source, found",
    [
        ("import os\nos.environ['OMP_NUM_THREADS'] = '1'\nimport torch", {"OMP_NUM_THREADS": "1"}),
        ("import os\nos.environ.setdefault('A', '1')\nfrom torch import nn", {"A": "1"}),
        ("import os\nos.environ.update(A='1', **more)\nimport torch", {"A": "1"}),
        ("from os import environ\nenviron['A'] = str(1)\nimport numpy", {"A": None}),
        ("import os\nos.environ['CUDA_VISIBLE_DEVICES'] = ''\nimport torch", {}),
        ("import torch, os\nos.environ['A'] = '1'\nimport numpy", {}),
        ("import os\nos.environ['A'] = '1'", {}),
    ],
)
def test_early_environment(source, found):
    early = launch.early_environment(launch.parse(source))
    assert {name: value for name, value in early.items() if name != "?"} == found


def test_package_module():
    script = str(HOSTILE / "package" / "inner" / "relative.py")
    tree = launch.parse(Path(script).read_bytes())
    assert launch.package_module(script, tree) == ("package.inner.relative", str(HOSTILE))
    assert launch.package_module(str(HOSTILE / "asks.py"), tree) == ("", "")


def test_doctor_says_what_was_reached():
    text = doctor.report(sys.executable)
    stopped, _, open_ = text.partition("NOT stopped")
    assert "forked children" in stopped and "writing to files outside" in stopped and "TCP" in stopped
    assert "reading any file" in open_ and "writes of a program" in stopped


def test_public_names():
    assert server.ServerError is ServerError


SAVES_AND_LOSES = """
import os
import torch
os.makedirs("checkpoints", exist_ok=True)
log = open("train.log", "a")
model = torch.nn.Linear(3, 1)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
inputs = torch.randn(8, 3)
for epoch in range(4):
    optimizer.zero_grad()
    loss = model(inputs).detach().square().mean()
    loss.backward()
    optimizer.step()
    print(epoch, loss.item(), file=log, flush=True)
    torch.save(model.state_dict(), f"checkpoints/{epoch}.pt")
"""


def test_a_program_that_saves_its_work_is_mended(server, tmp_path, monkeypatch):
    if not server.shadows:
        pytest.skip("no namespaces of mounts here")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "train.py").write_text(SAVES_AND_LOSES)
    verdict = mend(server, tmp_path / "train.py").result.verdict
    assert (verdict.outcome, verdict.derivative) == (Outcome.PROVED, "agrees")
    assert os.listdir(tmp_path) == ["train.py"]
