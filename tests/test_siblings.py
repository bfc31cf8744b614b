"""Programs of several files: what the flow follows beyond the script, and what of it the cache keeps."""

from __future__ import annotations

import ast
import os
from pathlib import Path

import pytest
from click.testing import CliRunner

from autofix import cli, scan
from autofix.find import flow
from autofix.find.project import Project
from autofix.model import Certainty
from tests.corpus import observe
from tests.flow_recall import key

TRAIN = """import torch

from blocks import Funnel

torch.manual_seed(2)
net = Funnel(3)
opt = torch.optim.SGD(net.parameters(), lr=0.05)
x, y = torch.rand(8, 3), torch.rand(8, 1)
for _ in range(3):
    loss = ((net(x) - y) ** 2).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
"""
FUNNEL = """import torch
from torch import nn


class Funnel(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.wide = nn.Linear(width, 7)
        self.narrow = nn.Linear(7, 1)

    def forward(self, x):
        return self.narrow(torch.tanh(self.wide(x)))
"""
CUT = FUNNEL.replace("self.wide(x))", "self.wide(x)).detach()")
NUMPY_LOSS = """import numpy as np
import torch


def gap(guess, truth):
    rest = (guess - truth).detach().numpy()
    return torch.tensor(np.abs(rest).mean(), requires_grad=True)
"""
FITTING = """import torch
from torch import nn

import measures

torch.manual_seed(4)
layer = nn.Linear(2, 1)
opt = torch.optim.Adam(layer.parameters())
data, goal = torch.rand(6, 2), torch.rand(6, 1)
for _ in range(3):
    opt.zero_grad()
    measures.gap(layer(data), goal).backward()
    opt.step()
"""
CONSTANT = """import torch
from scales import FACTOR, smooth

w = torch.ones(4, requires_grad=True)
loss = smooth(w * FACTOR).sum()
loss.backward()
print(w.grad)
"""
SMOOTH = "import torch\n\nFACTOR = 3.0\n\n\ndef smooth(value):\n    return torch.{}(value) * FACTOR\n"


def project(folder: Path, **texts: str) -> Path:
    """Files by dotted module name; gives the script ``train``."""
    for name, text in texts.items():
        file = folder / (name.replace(".", "/") + ".py")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return folder / (next(iter(texts)).replace(".", "/") + ".py")


def certain(script: Path, around: bool = True):
    name, text = os.path.abspath(script), script.read_text()
    found = flow.breaks(name, text, ast.parse(text), Project(name, text) if around else None)
    return [b for b in found if b.certainty == Certainty.CERTAIN]


def places(found) -> list[tuple[str, str, int]]:
    return [(b.op, os.path.basename(b.span.path), b.span.line) for b in found]


BROKEN = {
    "a layer": {"train": TRAIN, "blocks": CUT},
    "a loss": {"train": FITTING, "measures": NUMPY_LOSS},
    "a package": {"train": TRAIN.replace("from blocks", "from parts.blocks"), "parts.__init__": "", "parts.blocks": CUT},
    "a plain folder": {"train": TRAIN.replace("from blocks", "from parts.blocks"), "parts.blocks": CUT},
    "through the package": {"train": TRAIN.replace("from blocks", "from parts"), "parts.__init__": "from .blocks import Funnel\n", "parts.blocks": CUT},
    "by the module": {"train": TRAIN.replace("from blocks import Funnel", "import blocks as b").replace("Funnel(3)", "b.Funnel(3)"), "blocks": CUT},
    "by the dotted module": {
        "train": TRAIN.replace("from blocks import Funnel", "import parts.blocks").replace("Funnel(3)", "parts.blocks.Funnel(3)"),
        "parts.__init__": "",
        "parts.blocks": CUT,
    },
    "a base class": {
        "train": TRAIN,
        "blocks": "from base import Funnel as Base\n\n\nclass Funnel(Base):\n    pass\n",
        "base": CUT,
    },
    "a constant and a helper": {"train": CONSTANT, "scales": SMOOTH.format("sign")},
    "a helper of the helper": {
        "train": CONSTANT,
        "scales": "from deeper import cut\n\nFACTOR = 2.0\n\n\ndef smooth(value):\n    return cut(value)\n",
        "deeper": "def cut(value):\n    return value.detach()\n",
    },
    "in a circle": {
        "train": TRAIN,
        "blocks": "import other\n" + CUT,
        "other": "import blocks\n\n\ndef make():\n    return blocks.Funnel(2)\n",
    },
    "beside a guarded main": {"train": TRAIN, "blocks": CUT + "\n\nif __name__ == '__main__':\n    print(Funnel(2)(torch.rand(1, 2)))\n"},
    "beside harmless switches": {"train": TRAIN, "blocks": "import warnings\n\nwarnings.filterwarnings('ignore')\n" + CUT},
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_stands_in_another_file_is_found_as_a_run_finds_it(name, tmp_path, server):
    script = project(tmp_path, **BROKEN[name])
    said, shown = {key(b) for b in certain(script)}, {key(b) for b in observe(server, script).breaks}
    assert said and said == shown
    assert all(span.path != str(script) for _, span, _ in said)
    assert certain(script, around=False) == []


def test_a_project_around_the_script(tmp_path):
    train = TRAIN.replace("from blocks", "from kit.blocks")
    project(tmp_path, **{"jobs.train": train, "src.kit.__init__": "", "src.kit.blocks": CUT})
    (tmp_path / "pyproject.toml").write_text("")
    assert places(certain(tmp_path / "jobs/train.py")) == [("torch.Tensor.detach", "blocks.py", 12)]


def test_relative_imports_of_a_package(tmp_path):
    texts = {"kit.jobs.train": TRAIN.replace("from blocks", "from ..parts.blocks"), "kit.jobs.__init__": "", "kit.__init__": "", "kit.parts.__init__": "", "kit.parts.blocks": CUT}
    script = project(tmp_path, **texts)
    assert places(certain(script)) == [("torch.Tensor.detach", "blocks.py", 12)]
    script.write_text(TRAIN.replace("from blocks import Funnel", "from ..parts import blocks").replace("Funnel(3)", "blocks.Funnel(3)"))
    assert places(certain(script)) == [("torch.Tensor.detach", "blocks.py", 12)]
    script.write_text(TRAIN.replace("from blocks", "from kit.parts.blocks"))
    assert places(certain(script)) == [("torch.Tensor.detach", "blocks.py", 12)]


SILENT = {
    "sound": {"train": TRAIN, "blocks": FUNNEL},
    "sound helper": {"train": CONSTANT, "scales": SMOOTH.format("sin")},
    "does not parse": {"train": TRAIN, "blocks": CUT + "def (\n"},
    "no such file": {"train": TRAIN},
    "bound twice": {"train": TRAIN, "blocks": CUT + "\n\nFunnel = torch.compile(Funnel)\n"},
    "defined perhaps": {"train": TRAIN, "blocks": "import sys\n\nif len(sys.argv) > 9:\n    from wide import Funnel\nelse:\n    from cut import Funnel\n", "wide": FUNNEL, "cut": CUT},
    "imported perhaps": {"train": TRAIN, "blocks": "try:\n    from cut import Funnel\nexcept ImportError:\n    Funnel = None\n", "cut": CUT},
    "patched by its file": {"train": TRAIN, "blocks": CUT + "\n\nFunnel.forward = lambda self, x: self.narrow(self.wide(x))\n"},
    "patched by the script": {"train": TRAIN.replace("torch.manual_seed(2)", "Funnel.forward = lambda self, x: self.narrow(self.wide(x))"), "blocks": CUT},
    "a function patched by the script": {
        "train": CONSTANT.replace("from scales import FACTOR, smooth", "import scales\n\nscales.bend = torch.sin").replace("smooth", "scales.smooth").replace("FACTOR", "scales.FACTOR"),
        "scales": SMOOTH.format("tanh").replace("torch.tanh", "bend") + "\n\ndef bend(value):\n    return value.detach()\n",
    },
    "a circle that never ends": {"train": TRAIN, "blocks": "from other import Funnel\n", "other": "from blocks import Funnel\n"},
    "by a star": {"train": TRAIN.replace("import Funnel", "import *"), "blocks": CUT},
    "passed on by a star": {"train": TRAIN, "blocks": "from cut import *\n", "cut": CUT},
    "overwritten by a star": {"train": TRAIN, "blocks": CUT + "\n\nfrom sound import *\n", "sound": FUNNEL},
    "a global that is set": {
        "train": CONSTANT,
        "scales": SMOOTH.format("tanh").replace("torch.tanh", "bend") + "\n\ndef bend(value):\n    return value.detach()\n\n\ndef choose():\n    global bend\n    bend = torch.sin\n",
    },
    "made as it runs": {"train": TRAIN, "blocks": CUT + "\n\nglobals()['Funnel'] = None\n"},
    "a module that does things": {"train": TRAIN, "blocks": CUT + "\n\ndef swap():\n    Funnel.forward = None\n\n\nswap()\n"},
    "a list that others fill": {
        "train": CONSTANT,
        "scales": "FACTOR = 1.0\nSTEPS = [lambda v: v.detach()]\n\n\ndef smooth(value):\n    for step in STEPS:\n        value = step(value)\n    return value\n",
    },
    "itself": {"train": TRAIN.replace("from blocks", "from train")},
    "folders put in front": {"train": "import sys\n\nsys.path.insert(0, 'elsewhere')\n" + TRAIN, "blocks": CUT},
    "a decorator nobody sees": {"train": CONSTANT, "scales": "from plug import hooked\n" + SMOOTH.format("sign").replace("def smooth", "@hooked\ndef smooth")},
}


@pytest.mark.parametrize("name", SILENT)
def test_what_is_not_certain_is_not_said(name, tmp_path):
    assert certain(project(tmp_path, **SILENT[name])) == []


def test_two_homes_for_one_name(tmp_path):
    """A script in a package may be run as a script or as a module: then different files are meant."""
    texts = {"kit.train": TRAIN, "kit.__init__": "", "kit.blocks": CUT, "blocks": FUNNEL}
    script = project(tmp_path, **texts)
    assert certain(script) == []
    (tmp_path / "blocks.py").unlink()
    assert len(certain(script)) == 1


def test_a_file_beside_the_script_goes_before_an_installed_package(tmp_path, server):
    script = project(tmp_path, train=TRAIN.replace("from blocks", "from click"), click=CUT)
    assert {key(b) for b in certain(script)} == {key(b) for b in observe(server, script).breaks} != set()
    script = project(tmp_path / "two", train=TRAIN.replace("from blocks", "from random"), random=CUT)
    assert places(certain(script)) == [("torch.Tensor.detach", "random.py", 12)]


def test_installed_packages_are_not_followed(tmp_path):
    script = project(tmp_path, **{"train": TRAIN.replace("from blocks", "from kit.blocks"), "site-packages.kit.blocks": CUT, "site-packages.kit.__init__": ""})
    (tmp_path / "kit").symlink_to(tmp_path / "site-packages/kit")
    assert Project(str(script)).find("torch") == ""
    assert Project(str(tmp_path / "site-packages/train.py")).find("kit.blocks") == ""


def test_many_files_and_deep_chains_end(tmp_path):
    links = {f"link{n}": f"from link{n + 1} import last\n" for n in range(80)}
    script = project(tmp_path, train="import torch\nfrom link0 import last\n\nlast(torch.ones(2, requires_grad=True)).sum().backward()\n", **links, link80="def last(v):\n    return v.detach()\n")
    assert certain(script) == []


# -- the scan -------------------------------------------------------------------------------------


@pytest.fixture
def two(tmp_path, monkeypatch):
    project(tmp_path, train=TRAIN, again=TRAIN.replace("seed(2)", "seed(3)"), blocks=CUT)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def scanned(folder: Path):
    return scan.scan(sorted(map(str, folder.glob("*.py"))), 1, folder)


def test_one_break_is_told_once(two):
    told = [b for breaks in scanned(two).values() for b in breaks]
    assert places(told) == [("torch.Tensor.detach", "blocks.py", 12)]
    (two / "blocks.py").write_text(CUT + "\n\nif __name__ == '__main__':\n    net = Funnel(3)\n    net(torch.rand(2, 3)).sum().backward()\n    print(net.wide.weight.grad)\n")
    found = scanned(two)
    assert [path for path, breaks in found.items() if breaks] == [str(two / "blocks.py")]


def test_a_changed_sibling_is_looked_at_again(two, monkeypatch):
    first = scanned(two)
    with monkeypatch.context() as patch:
        patch.setattr(flow, "breaks", lambda *_: pytest.fail("looked again"))
        assert scanned(two) == first
    (two / "blocks.py").write_text(FUNNEL)
    assert not any(scanned(two).values())
    (two / "blocks.py").write_text(CUT)
    assert scanned(two) == first


def test_a_sibling_that_comes_or_goes_counts(two):
    scanned(two)
    (two / "blocks").mkdir()
    (two / "blocks/__init__.py").write_text(FUNNEL)
    assert not any(scanned(two).values())
    (two / "blocks/__init__.py").unlink()
    (two / "blocks").rmdir()
    assert any(scanned(two).values())
    (two / "blocks.py").unlink()
    assert not any(scanned(two).values())


def test_the_same_script_elsewhere_speaks_of_its_own_siblings(two):
    scanned(two)
    other = two / "other"
    script = project(other, train=TRAIN, blocks=CUT)
    found = scan.scan([str(script)], 1, two)[str(script)]
    assert {b.span.path for b in found} == {str(other / "blocks.py")}
    assert scan.scan([str(script)], 1, two)[str(script)] == found
    (other / "blocks.py").write_text(FUNNEL)
    assert scan.scan([str(script)], 1, two)[str(script)] == []


def test_write_mends_the_sibling(two):
    done = CliRunner().invoke(cli.main, ["--no-run", "--write", "--allow-dirty", "."])
    assert "blocks.py" in done.stdout
    assert (two / "blocks.py").read_text() == FUNNEL and (two / "train.py").read_text() == TRAIN


def test_a_comment_in_the_sibling_silences(two):
    (two / "blocks.py").write_text(CUT.replace(".detach())", ".detach())  # autofix: ignore[AF101]"))
    assert CliRunner().invoke(cli.main, ["--no-run", "."]).exit_code == 0


# -- training that stands in another file ---------------------------------------------------------

FIT = """import torch


def fit(net, x, y):
    opt = torch.optim.SGD(net.parameters(), lr=0.05)
    for _ in range(4):
        opt.zero_grad()
        loss = ((net(x) - y) ** 2).mean()
        loss.backward()
        opt.step()
    return net
"""
START = """import torch

from blocks import Funnel
from loop import fit

torch.manual_seed(6)
fit(Funnel(3), torch.rand(8, 3), torch.rand(8, 1))
"""
GUARDED = """from blocks import Funnel
from work.loop import fit
from work import data


def main():
    x, y = data.pair()
    print(fit(Funnel(3), x, y))


if __name__ == "__main__":
    main()
"""
DATA = "import torch\n\n\ndef pair():\n    torch.manual_seed(1)\n    return torch.rand(8, 3), torch.rand(8, 1)\n"
STARTED = {
    "at the top": {"train": START, "blocks": CUT, "loop": FIT},
    "guarded, without a word of torch": {"train": GUARDED, "blocks": CUT, "work.loop": FIT, "work.data": DATA},
    "lost in the loop": {"train": START, "blocks": FUNNEL, "loop": FIT.replace("net(x)", "net(x).detach()")},
}


@pytest.mark.parametrize("name", STARTED)
def test_a_script_that_has_others_train(name, tmp_path, server):
    script = project(tmp_path, **STARTED[name])
    found = scan.scan(sorted(map(str, tmp_path.rglob("*.py"))), 1, tmp_path)
    said = {key(b) for breaks in found.values() for b in breaks}
    assert said and said == {key(b) for b in observe(server, script).breaks}
    assert scan.scan(sorted(map(str, tmp_path.rglob("*.py"))), 1, tmp_path) == found


def test_sound_scripts_that_have_others_train(tmp_path):
    for number, start in enumerate((START, GUARDED)):
        folder = tmp_path / str(number)
        project(folder, train=start, blocks=FUNNEL, loop=FIT, **{"work.loop": FIT, "work.data": DATA})
        assert not any(scan.scan(sorted(map(str, folder.rglob("*.py"))), 1).values())
