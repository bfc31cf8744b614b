"""Many files without running: the screen, the cache, the command line."""

from __future__ import annotations

import json
import subprocess
import sys
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pytest
from click.testing import CliRunner

from autofix import cache as caching
from autofix import cli, scan
from autofix.find import flow
from autofix.model import Certainty
from autofix.source import digest

BROKEN = """import torch
from torch import nn

net = nn.Linear(2, 1)
opt = torch.optim.SGD(net.parameters(), lr=0.1)
for step in range(3):
    loss = net(torch.ones(4, 2)).pow(2).mean().detach()
    opt.zero_grad()
    loss.backward()
    opt.step()
"""
SOUND = BROKEN.replace(".detach()", "")


@pytest.fixture
def project(tmp_path, monkeypatch):
    (tmp_path / "broken.py").write_text(BROKEN)
    (tmp_path / "sound.py").write_text(SOUND)
    (tmp_path / "other.py").write_text("print('no framework here')\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def files(folder: Path) -> list[str]:
    return sorted(map(str, folder.glob("*.py")))


def test_screen():
    assert scan.screened(BROKEN.encode())
    assert not scan.screened(b"import torch\nprint(torch.ones(2))\n")
    assert not scan.screened(b"loss.backward()\n")


def test_scan_finds_and_remembers(project, monkeypatch):
    first = scan.scan(files(project), 1, project)
    assert [b.op for b in first[str(project / "broken.py")]] == ["torch.Tensor.detach"]
    assert first[str(project / "sound.py")] == [] and str(project / "other.py") not in first
    monkeypatch.setattr(flow, "breaks", lambda *_: pytest.fail("looked again"))
    assert scan.scan(files(project), 1, project) == first


def test_a_changed_file_is_looked_at_again(project):
    scan.scan(files(project), 1, project)
    (project / "sound.py").write_text(BROKEN)
    assert scan.scan(files(project), 1, project)[str(project / "sound.py")]


def test_the_same_content_elsewhere_speaks_of_its_own_path(project):
    scan.scan(files(project), 1, project)
    copy = project / "copy.py"
    copy.write_text(BROKEN)
    found = scan.scan([str(copy)], 1, project)[str(copy)]
    assert {b.span.path for b in found} == {str(copy)}


@pytest.mark.parametrize("damage", [b"", b"{", b"[]", b'{"entries": 3}', b"\xff\xfe", b'{"entries": {"k": [{"op": 1}]}}'])
def test_a_damaged_cache_is_built_anew(project, damage):
    first = scan.scan(files(project), 1, project)
    file = next((project / caching.FOLDER).glob("*.json"))
    file.write_bytes(damage.replace(b'"k"', json.dumps(digest(BROKEN.encode())).encode()))
    assert scan.scan(files(project), 1, project) == first
    assert scan.scan(files(project), 1, project) == first


def test_the_cache_hides_itself_from_git(project):
    scan.scan(files(project), 1, project)
    subprocess.run(["git", "init", "-q"], cwd=project, check=True)
    shown = subprocess.run(["git", "status", "--porcelain"], cwd=project, check=True, capture_output=True, text=True).stdout
    assert caching.FOLDER not in shown


def test_a_folder_that_cannot_be_written_is_no_error(project):
    (project / caching.FOLDER).write_text("a file stands in the way")
    assert scan.scan(files(project), 1, project)[str(project / "broken.py")]


def _put(arguments) -> None:
    root, number = arguments
    memory = caching.Cache(root).load()
    memory.put(f"key{number}", [], "x")
    memory.save()


def test_parallel_writers_leave_a_whole_file(tmp_path):
    with ProcessPoolExecutor(4) as pool:
        list(pool.map(_put, [(str(tmp_path), n) for n in range(24)]))
    _put((str(tmp_path), 99))
    memory = caching.Cache(tmp_path).load()
    assert memory.get("key99", "x") == []
    assert not list((tmp_path / caching.FOLDER).glob(".writing-*"))


def test_two_processes_find_what_one_finds(project):
    for number in range(40):
        (project / f"more{number}.py").write_text((BROKEN if number % 2 else SOUND) + "\n" * 3000 + f"# {number}\n" * 1500)
    assert scan.scan(files(project), 2) == scan.scan(files(project), 1)


def test_a_file_that_does_not_parse_is_an_error_and_stops_nobody(project):
    (project / "bad.py").write_text("import torch\nloss.backward(\n")
    found = scan.scan(files(project), 1, project)
    assert "does not parse" in found[str(project / "bad.py")]
    assert found[str(project / "broken.py")]


# -- the command line -----------------------------------------------------------------------------


def run(*arguments: str):
    return CliRunner().invoke(cli.main, list(arguments))


def test_no_run_reports_and_executes_nothing(project):
    (project / "broken.py").write_text(BROKEN + "open('trace', 'w')\n")
    done = run("--no-run", ".")
    assert done.exit_code == 1 and "AF101" in done.stdout and "(proved)" not in done.stdout
    assert not (project / "trace").exists()


def test_no_run_is_content_with_sound_files(project):
    assert run("--no-run", "sound.py").exit_code == 0


def test_no_run_write_applies_safe_fixes_and_marks_them(project):
    done = run("--no-run", "--write", "--allow-dirty", "broken.py")
    assert "unproved" in done.stdout
    assert (project / "broken.py").read_text() == SOUND


def test_no_run_goes_on_where_a_fix_brings_the_next_break_to_light(project):
    (project / "two.py").write_text(
        "import torch\n\nslope = torch.ones(3) * 2\noffset = torch.ones(3, requires_grad=True) * 0.5\n"
        "(slope + offset).sum().backward()\nprint(offset.grad.norm(), slope.grad.norm())\n"
    )
    run("--no-run", "--write", "--allow-dirty", "two.py")
    text = (project / "two.py").read_text()
    assert "offset = (torch.ones(3) * 0.5).requires_grad_()" in text and "slope = (torch.ones(3) * 2).requires_grad_()" in text


def test_no_run_writes_nothing_that_leads_to_another_failure(project):
    (project / "scipy.py").write_text(
        "import torch\nfrom scipy.special import erf\n\nw = torch.ones(3, requires_grad=True)\n"
        "p = torch.as_tensor(erf((w * 2).detach()))\np.sum().backward()\nprint(w.grad)\n"
    )
    before = (project / "scipy.py").read_text()
    run("--no-run", "--write", "--allow-dirty", "scipy.py")
    after = (project / "scipy.py").read_text()
    assert after == before or "torch.erf" in after or "torch.special.erf" in after


def test_no_run_diff_prints_a_patch(project):
    done = run("--no-run", "--diff", "broken.py")
    assert "-    loss = net(torch.ones(4, 2)).pow(2).mean().detach()" in done.stdout
    assert (project / "broken.py").read_text() == BROKEN


USED_ELSEWHERE = """import torch
from torch import nn


class Probe(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.inner = nn.Linear(width, 4)
        self.outer = nn.Linear(4, 1)

    def forward(self, x):
        return self.outer(self.inner(x).tanh().detach())


class Stack(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.rungs = [nn.Linear(width, width) for _ in range(3)]
        self.last = nn.Linear(width, 1)

    def forward(self, x):
        for rung in self.rungs:
            x = rung(x).relu()
        return self.last(x)


def overlap_loss(guess, truth):
    both = (guess.detach().cpu().numpy() * 2).sum()
    return torch.tensor(1.0 - both / len(truth))
"""
SOUND_ELSEWHERE = """import torch
from torch import nn


class Frozen(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.inner = nn.Linear(width, 4)

    @torch.no_grad()
    def forward(self, x):
        return self.inner(x)


class Quantiser(nn.Module):
    def __init__(self, codes):
        super().__init__()
        self.codes = nn.Parameter(torch.randn(codes, 3))

    def forward(self, x):
        nearest = torch.cdist(x, self.codes).argmin(dim=1)
        picked = self.codes[nearest]
        return x + (picked - x).detach(), nearest, (picked - x.detach()).pow(2).mean()


class Standard(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.inner = nn.Linear(width, 4)

    def forward(self, x):
        h = self.inner(x)
        return h / h.abs().max().detach()


def log_loss(guess):
    return torch.tensor(guess.mean().item())
"""


def test_modules_and_losses_that_others_train_are_likely_at_best(project):
    (project / "elsewhere.py").write_text(USED_ELSEWHERE)
    (project / "fine.py").write_text(SOUND_ELSEWHERE)
    assert scan.scan([str(project / "elsewhere.py")], 1, project) == {}
    found = scan.scan(files(project), 1, project, likely=True)
    likely = [b for b in found[str(project / "elsewhere.py")] if b.certainty == Certainty.LIKELY]
    assert {"torch.Tensor.detach", "module:list", "torch.Tensor.numpy"} <= {b.op for b in likely}
    assert {b.span.line for b in likely} == {12, 18, 28, 29}
    assert found[str(project / "fine.py")] == []


def test_what_is_likely_is_shown_on_request_and_never_applied(project):
    (project / "elsewhere.py").write_text(USED_ELSEWHERE)
    assert run("--no-run", "elsewhere.py").exit_code == 0
    assert "AF101 likely: " in run("--no-run", "--likely", "elsewhere.py").stdout
    run("--no-run", "--likely", "--write", "--allow-dirty", "elsewhere.py")
    assert (project / "elsewhere.py").read_text() == USED_ELSEWHERE


def test_statistics(project):
    done = run("--no-run", "--statistics", ".")
    assert done.stdout.split() == ["1", "AF101", "detach"]


def test_a_comment_silences(project):
    (project / "broken.py").write_text(BROKEN.replace(".detach()\n", ".detach()  # autofix: ignore[AF101]\n"))
    assert run("--no-run", "broken.py").exit_code == 0


def test_the_command_starts_without_what_it_does_not_need():
    code = "import sys, autofix.cli; print([m for m in ('libcst', 'rich', 'ast', 'torch', 'autofix.batch') if m in sys.modules])"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    heavy = [name for name in ("libcst", "rich", "torch", "autofix.batch") if name in shown]
    assert heavy == []
