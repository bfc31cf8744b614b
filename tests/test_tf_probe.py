"""TensorFlow under the probe: it changes nothing, and nobody pays for a framework that he does not use."""

from __future__ import annotations

import random
import re
from pathlib import Path

import pytest

from autofix.prove.server import ForkServer, Request
from autofix.servers import Servers, frameworks
from tests import corpus

DOCUMENT = Path("/work/shared/seeds")


# -- invisible ------------------------------------------------------------------------------------

UNARY = ["tf.square", "tf.tanh", "tf.nn.relu", "tf.exp", "tf.abs", "np.tanh", "np.abs", "tf.round", "tf.stop_gradient", "tf.identity", "tf.convert_to_tensor"]
BINARY = ("{a} + {b}", "{a} * {b}", "{a} - {b}", "tf.maximum({a}, {b})", "np.multiply({a}, {b})", "{b} / (1.5 + tf.abs({a}))")
WHOLE = (
    "tf.reduce_mean({a})", "np.sum({a})", "float(tf.reduce_max({a}))", "tf.reduce_sum({a}).numpy()", "tf.norm({a})",
    "tf.argmax({a})", "tf.cast({a}, tf.int32)", "tf.stack([{a}, {b}])", "{a}[0] * 2", "tf.concat([{a}, {b}], 0)",
    "np.float32(2.0) * {a}", "array * {a}", "{a} * array", "array @ tf.reshape({a}, (-1, 1))", "len({a})", "{a} > 0.1",
    "[float(v) for v in {a}]", "tf.Variable({a}).numpy()", "'%.3f' % tf.reduce_sum({a}).numpy()", "f'{{tf.reduce_sum({a}):.4f}}'",
    "array < {a}", "np.where({a} > 0, {a}, {b})", "tf.constant(np.array({a}))", "math.exp(tf.reduce_mean({a}))",
)  # fmt: skip


def random_program(seed: int) -> str:
    rng = random.Random(seed)
    lines = [
        "import math", "import numpy as np", "import tensorflow as tf", f"tf.random.set_seed({seed})",
        "w = tf.Variable(tf.random.normal((4,)))", "x = tf.constant([0.3, -0.7, 1.1, 0.2])",
        "array = np.array([0.5, 1.0, -0.5, 2.0], dtype=np.float32)", "names = [w, x]", "with tf.GradientTape(persistent=True) as tape:",
    ]  # fmt: skip
    known = ["w", "x"]
    for number in range(rng.randint(3, 7)):
        name = f"v{number}"
        a, b = rng.choice(known), rng.choice(known)
        form = f"{rng.choice(UNARY)}({{a}})" if rng.random() < 0.5 else rng.choice(BINARY)
        lines.append(f"    {name} = {form.format(a=a, b=b)}")
        known.append(name)
    shown = rng.choice(WHOLE).format(a=known[-1], b=rng.choice(known))
    lines += [
        f"shown = {shown}", "print(type(shown), shown)", f"last = tf.convert_to_tensor({known[-1]})",
        "print(type(last).__name__, last.dtype, last.numpy())", "for source in names:",
        "    print(tape.gradient(tf.reduce_sum(last), source))",
        f"print(tape.gradient({known[-1]}, names))",
    ]  # fmt: skip
    return "\n".join(lines) + "\n"


def run(server: ForkServer, folder: Path, text: str, probe: bool):
    path = folder / "program.py"
    path.write_text(text)
    answer = server.run(Request(script=str(path), root=str(folder), cwd=str(folder), probe=probe, limit=99))
    said = [line for line in answer.stderr.strip().splitlines() if not re.match(rb"[EWI]\d{4} |[EWI]0000", line)]
    return answer.code, answer.stdout, said[-1:], answer.record


@pytest.mark.parametrize("block", range(10))
def test_a_hundred_random_programs_are_not_disturbed(tf_server, tmp_path, block):
    for seed in range(block * 10, block * 10 + 10):
        text = random_program(seed)
        plain, watched = run(tf_server, tmp_path, text, False), run(tf_server, tmp_path, text, True)
        assert watched[:3] == plain[:3], text
        assert not [note for note in watched[3]["notes"] if note["what"] == "internal"], text


# -- the document ---------------------------------------------------------------------------------


@pytest.mark.parametrize(("number", "code"), [(0, "AF502"), (1, "AF502"), (2, "AF511")])
def test_the_blocks_of_the_document_end_as_the_design_says(tf_server, tmp_path, number, code):
    found = sorted(DOCUMENT.glob("004*")) if DOCUMENT.is_dir() else []
    if not found:
        pytest.skip("the seed documents are not here")
    path = tmp_path / "block.py"
    path.write_text(re.findall(r"```python\n(.*?)```", found[0].read_text(), re.DOTALL)[number])
    mended = corpus.mend(tf_server, path)
    assert [fix.code for fix in mended.result.fixes] == [code]
    assert mended.result.verdict.outcome == "proved"


# -- who pays for what ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "names"),
    [
        (b"import torch\n# unlike tensorflow\n", ("numpy", "torch")),
        (b"import tensorflow as tf\n", ("numpy", "tensorflow")),
        (b"from keras import layers\n", ("numpy", "tensorflow")),
        (b"import os, torch\nimport tensorflow as tf\n", ("numpy", "torch", "tensorflow")),
        (b"def f():\n    import torch.nn as nn\n", ("numpy", "torch")),
        (b"import helper\n", ("numpy", "torch")),
    ],
)
def test_a_server_has_what_the_program_imports(text, names):
    assert frameworks(text) == names


def test_servers_start_when_they_are_wanted():
    with Servers("/nonexistent/python") as servers:
        assert servers._servers == {}
