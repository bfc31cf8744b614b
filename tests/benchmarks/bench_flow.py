"""What finding without running costs, beside parsing and beside the linters of the field, in one run on one tree.

    python -m tests.benchmarks.bench_flow FOLDER [--torchfix PYTHON] [--libcst]

Prints files per second, the ratio to a bare ``ast.parse`` of each file, and the peak memory of each; then how time
grows with the size of a file. ``--torchfix`` names an interpreter that has TorchFix. Every figure is a process of its
own; ratios hold on a busy machine, seconds do not.
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from autofix import walk

PARSE = "import ast, sys, warnings\nwarnings.simplefilter('ignore')\nfor p in sys.stdin.read().split('\\0'):\n try: ast.parse(open(p, 'rb').read())\n except (SyntaxError, ValueError): pass"
LIBCST = "import libcst, sys\nfor p in sys.stdin.read().split('\\0'):\n try: libcst.parse_module(open(p, 'rb').read())\n except Exception: pass"
AUTOFIX = [sys.executable, "-m", "autofix", "--no-run", "--statistics"]
BLOCK = "h{0} = torch.tanh(w * h{1}) + {0}\n"
GENERATED = {
    "straight": lambda n: "h0 = x\n" + "".join(BLOCK.format(i, i - 1) for i in range(1, n)) + f"h{n - 1}.sum().backward()\n",
    "functions": lambda n: "".join(f"def f{i}(h):\n    h = torch.sin(h) * {i}\n    return h\n" for i in range(n // 4))
    + "h = x\n"
    + "".join(f"h = f{i}(h)\n" for i in range(n // 4))
    + "h.sum().backward()\n",
    "classes": lambda n: "".join(
        f"class N{i}(nn.Module):\n    def __init__(self):\n        super().__init__()\n        self.l = nn.Linear(2, 2)\n    def forward(self, x):\n        return self.l(x)\n"
        for i in range(n // 6)
    )
    + "N0()(x).sum().backward()\n",
}


def measured(command: list[str], text: str | None = None) -> tuple[float, float, float]:
    """Wall seconds, processor seconds and peak megabytes of a command and its children."""
    script = (
        "import resource, subprocess, sys, time\n"
        "start = time.perf_counter()\n"
        "subprocess.run(sys.argv[1:], stdin=sys.stdin, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)\n"
        "used = resource.getrusage(resource.RUSAGE_CHILDREN)\n"
        "print(time.perf_counter() - start, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)\n"
    )
    done = subprocess.run([sys.executable, "-c", script, *command], input=text, capture_output=True, text=True, check=True)
    wall, cpu, peak = map(float, done.stdout.split())
    return wall, cpu, peak


def tree(folder: str, torchfix: str | None, libcst: bool) -> None:
    names = [str(path) for path in walk.files([folder])]
    lines = sum(Path(name).read_bytes().count(b"\n") for name in names)
    print(f"{folder}: {len(names)} files, {lines:,} lines\n")
    listed = "\0".join(names)
    rows = [("ast.parse of each file", measured([sys.executable, "-c", PARSE], listed))]
    with tempfile.TemporaryDirectory() as here:
        (Path(here) / "pyproject.toml").write_text("[tool.autofix]\n")
        for jobs in ("1", "2"):
            for state in ("cold", "warm"):
                if state == "cold":
                    shutil.rmtree(Path(here) / ".autofix_cache", ignore_errors=True)
                command = ["env", "-C", here, *AUTOFIX, "--jobs", jobs, folder]
                rows.append((f"autofix --no-run, {jobs} process{'es' * (jobs == '2')}, {state}", measured(command)))
    ruff = shutil.which("ruff", path=os.path.dirname(sys.executable)) or shutil.which("ruff")
    if ruff:
        rows.append(("ruff check --select E,F", measured([ruff, "check", "--no-cache", "--isolated", "--select", "E,F", "--quiet", folder])))
    if libcst:
        rows.append(("libcst parse of each file", measured([sys.executable, "-c", LIBCST], listed)))
    if torchfix:
        rows.append(("TorchFix", measured([torchfix, "-m", "torchfix", folder])))
    _print(rows, len(names))


def _print(rows, count: int) -> None:
    base = rows[0][1]
    print(f"{'':<38}{'wall s':>8}{'cpu s':>9}{'files/s':>10}{'cpu / ast.parse':>17}{'peak MB':>9}")
    for name, (wall, cpu, peak) in rows:
        print(f"{name:<38}{wall:>8.2f}{cpu:>9.2f}{count / wall:>10.0f}{cpu / base[1]:>17.2f}{peak:>9.0f}")


def growth() -> None:
    """Seconds for generated files of growing size."""
    import ast

    from autofix.find import flow

    print(f"\n{'generated file':<14}" + "".join(f"{n:>12,}" for n in (1_000, 10_000, 50_000)) + "   lines: ast.parse s / flow s")
    for name, make in GENERATED.items():
        cells = []
        for size in (1_000, 10_000, 50_000):
            text = "import torch\nfrom torch import nn\nx = torch.ones(2, 2)\nw = torch.ones(2, requires_grad=True)\n" + make(size)
            start = time.process_time()
            parsed = ast.parse(text)
            middle = time.process_time()
            flow.breaks("/nowhere/generated.py", text, parsed)
            cells.append(f"{middle - start:.2f}/{time.process_time() - middle:.2f}")
        print(f"{name:<14}" + "".join(f"{cell:>12}" for cell in cells))
    print(f"peak of this process {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    options.add_argument("folders", nargs="*")
    options.add_argument("--torchfix", help="an interpreter that has TorchFix")
    options.add_argument("--libcst", action="store_true", help="also libcst's parser (slow)")
    chosen = options.parse_args()
    for folder in chosen.folders:
        tree(os.path.abspath(folder), chosen.torchfix, chosen.libcst)
    growth()


if __name__ == "__main__":
    main()
