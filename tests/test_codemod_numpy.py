"""The numpy codemod on small programs: what it writes, and what the patched program computes.

Each program takes its leaf's values from ``W`` and leaves a number (or tensor) in ``loss``. The records are
made by hand, as a run would leave them; the gradient is held to the central difference of the *original*.
"""

import textwrap

import numpy as np
import pytest
import torch

from autofix.model import Break, Span, Step, Target, Value
from autofix.region.twins import apply
from autofix.tree import Tree
from codemods import numpy as codemod

PATH = "/program.py"


def arr(*shape, on=True, dtype="float64"):
    return Value("array", dtype, shape, on)


def off(*shape, dtype="float64"):
    return arr(*shape, on=False, dtype=dtype)


def ten(*shape, on=True, dtype="float64"):
    return Value("tensor", dtype, shape, on)


def num(dtype="float", on=False):
    return Value("number", dtype, (), on)


def sca(on=True, dtype="float64"):
    return Value("scalar", dtype, (), on)


class Program:
    """A source with a record of its run."""

    def __init__(self, source):
        self.text = textwrap.dedent(source).lstrip("\n")
        self.steps = []

    def span(self, text, nth=0):
        """The place of the ``nth`` occurrence of this text."""
        at = -1
        for _ in range(nth + 1):
            at = self.text.index(text, at + 1)
        head, tail = self.text[:at], self.text[: at + len(text)]
        return Span(
            PATH, head.count("\n") + 1, at - head.rfind("\n") - 1, tail.count("\n") + 1, at + len(text) - tail.rfind("\n") - 1
        )

    def step(self, op, text, inputs, output, on_path=True, nth=0):
        self.steps.append(Step(self.span(text, nth), op, tuple(inputs), output, on_path))
        return self

    def leaves(self, text, *shape, dtype="float64", nth=0):
        """``x.detach().numpy()``: two steps."""
        inner = text.removesuffix(".numpy()")
        self.step("torch.Tensor.detach", inner, [ten(*shape, on=False, dtype=dtype)], ten(*shape, dtype=dtype), nth=nth)
        return self.step("torch.Tensor.numpy", text, [ten(*shape, dtype=dtype)], arr(*shape, dtype=dtype), nth=nth)

    def fixes(self, op, text):
        break_ = Break(op, self.span(text), text, (Target("w", "leaf"),), steps=tuple(self.steps))
        return list(codemod.mend(break_, lambda path: Tree(path, self.text)))

    def mended(self, op, text):
        fixes = self.fixes(op, text)
        assert fixes, "no fix"
        return apply(self.text, list(fixes[0].edits))


def number(value):
    return float(value.detach()) if isinstance(value, torch.Tensor) else float(value)


def loss_at(text, values):
    scope = {"W": torch.tensor(values, dtype=torch.float64)}
    exec(compile(text, PATH, "exec"), scope)
    return scope["loss"], scope.get("w")


def check(program, text, values, rtol=1e-6):
    """Same loss as before, and the gradient is the derivative of the original."""
    before, _ = loss_at(program.text, values)
    after, w = loss_at(text, values)
    assert number(after) == pytest.approx(number(before), rel=1e-9), text
    after.backward()
    step, expected = 1e-6, []
    for k in range(len(values)):
        moved = [list(values), list(values)]
        moved[0][k] += step
        moved[1][k] -= step
        up, down = (number(loss_at(program.text, m)[0]) for m in moved)
        expected.append((up - down) / (2 * step))
    np.testing.assert_allclose(w.grad.numpy(), expected, rtol=rtol, atol=1e-7, err_msg=text)


BCE = """
import numpy as np
import torch

y = torch.tensor([0.0, 1.0, 1.0], dtype=torch.float64)
w = W.clone().requires_grad_()

z_np = w.detach().numpy() * 2  # leave the graph
p_np = 1 / (1 + np.exp(-z_np))
loss = -(y.numpy() * np.log(p_np)).mean()
"""


def bce():
    p = Program(BCE).leaves("w.detach().numpy()", 3)
    p.step("numpy.ndarray.__mul__", "w.detach().numpy() * 2", [arr(3), num("int")], arr(3))
    p.step("numpy.ndarray.__neg__", "-z_np", [arr(3)], arr(3))
    p.step("numpy.exp", "np.exp(-z_np)", [arr(3)], arr(3))
    p.step("numpy.ndarray.__radd__", "1 + np.exp(-z_np)", [arr(3), num("int")], arr(3))
    p.step("numpy.ndarray.__rtruediv__", "1 / (1 + np.exp(-z_np))", [arr(3), num("int")], arr(3))
    p.step("numpy.log", "np.log(p_np)", [arr(3)], arr(3))
    p.step("numpy.multiply", "y.numpy() * np.log(p_np)", [off(3), arr(3)], arr(3))
    p.step("numpy.ndarray.mean", "(y.numpy() * np.log(p_np)).mean()", [arr(3)], sca())
    p.step("numpy.ndarray.__neg__", "-(y.numpy() * np.log(p_np)).mean()", [sca()], sca())
    return p


def test_the_whole_region_in_torch():
    p = bce()
    text = p.mended("torch.Tensor.detach", "w.detach()")
    assert "z_np = w * 2  # leave the graph\n" in text
    assert "p_np = 1 / (1 + torch.exp(-z_np))\n" in text
    assert "loss = -(y * torch.log(p_np)).mean()\n" in text
    assert "numpy" not in text
    check(p, text, [0.3, -0.4, 0.9])


def test_either_break_of_the_chain_gives_the_same_fix():
    p = bce()
    assert p.mended("torch.Tensor.detach", "w.detach()") == p.mended("torch.Tensor.numpy", "w.detach().numpy()")


def test_code_beside_the_path_gets_what_it_got():
    p = Program(
        BCE
        + """
print(f"loss {loss} {loss:.3f}", p_np, p_np.shape)
history = []
history.append(loss)
spread = np.ptp(p_np)
"""
    )
    p.steps = bce().steps
    p.step("format", 'f"loss {loss} {loss:.3f}"', [sca()], Value("other"), on_path=False)
    p.step("numpy.ptp", "np.ptp(p_np)", [arr(3)], sca(), on_path=False)
    text = p.mended("torch.Tensor.detach", "w.detach()")
    assert 'print(f"loss {loss.item()} {loss:.3f}", p_np.detach().numpy(), tuple(p_np.shape))' in text
    assert "history.append(loss.item())" in text
    assert "np.ptp(p_np.detach().numpy())" in text
    assert text.startswith("import numpy as np\n")
    check(p, text, [0.3, -0.4, 0.9])


def test_coming_back_to_torch_is_dropped():
    p = Program("""
        import numpy as np
        import torch
        w = W.clone().requires_grad_()
        p_np = np.tanh(w.detach().numpy())
        p = torch.tensor(p_np, dtype=torch.float32, requires_grad=True)  # back
        loss = (p * p).sum()
        """).leaves("w.detach().numpy()", 2)
    p.step("numpy.tanh", "np.tanh(w.detach().numpy())", [arr(2)], arr(2))
    p.step("torch.tensor", "torch.tensor(p_np, dtype=torch.float32, requires_grad=True)", [arr(2)], ten(2, dtype="float32"))
    p.step("torch.Tensor.mul", "p * p", [ten(2, dtype="float32")] * 2, ten(2, dtype="float32"))
    p.step("torch.Tensor.sum", "(p * p).sum()", [ten(2, dtype="float32")], ten(dtype="float32"))
    text = p.mended("torch.Tensor.detach", "w.detach()")
    assert "p_np = torch.tanh(w)\n" in text
    assert "p = p_np.float()  # back\n" in text
    after, w = loss_at(text, [0.2, 0.4])
    after.backward()
    assert w.grad is not None


def test_names_imported_from_numpy():
    p = Program("""
        import torch
        from numpy import exp, log
        w = W.clone().requires_grad_()
        scale = log(2.0)
        loss = (exp(w.detach().numpy()) * scale).sum()
        """).leaves("w.detach().numpy()", 2)
    p.step("numpy.exp", "exp(w.detach().numpy())", [arr(2)], arr(2))
    p.step("numpy.ndarray.__mul__", "exp(w.detach().numpy()) * scale", [arr(2), sca(on=False)], arr(2))
    p.step("numpy.ndarray.sum", "(exp(w.detach().numpy()) * scale).sum()", [arr(2)], sca())
    text = p.mended("torch.Tensor.detach", "w.detach()")
    assert "from numpy import log\n" in text
    assert "loss = (torch.exp(w) * scale).sum()" in text
    check(p, text, [0.3, 0.5])


HELPER = """
import numpy as np
import torch


def energy(v, ref):
    # squared distance
    return np.sum((v - ref) ** 2)


w = W.clone().requires_grad_()
ref = np.array([1.0, 2.0])
loss = energy(w.detach().numpy(), ref)
"""


def helper(source=HELPER):
    p = Program(source).leaves("w.detach().numpy()", 2)
    p.step("numpy.ndarray.__sub__", "v - ref", [arr(2), off(2)], arr(2))
    p.step("numpy.ndarray.__pow__", "(v - ref) ** 2", [arr(2), num("int")], arr(2))
    p.step("numpy.sum", "np.sum((v - ref) ** 2)", [arr(2)], sca())
    return p


def test_a_helper_of_the_path_is_rewritten_in_place():
    p = helper()
    text = p.mended("torch.Tensor.detach", "w.detach()")
    assert "    # squared distance\n    return torch.sum((v - ref) ** 2)\n" in text
    assert "loss = energy(w, torch.as_tensor(ref))\n" in text
    check(p, text, [0.3, 0.5])


def test_a_shared_helper_gets_a_twin():
    p = helper(HELPER + "base = energy(np.zeros(2), ref)\nprint(base)\n")
    text = p.mended("torch.Tensor.detach", "w.detach()")
    assert "def energy(v, ref):\n    # squared distance\n    return np.sum((v - ref) ** 2)\n" in text
    assert "def energy_torch(v, ref):\n    # squared distance\n    return torch.sum((v - ref) ** 2)\n" in text
    assert "loss = energy_torch(w, torch.as_tensor(ref))\nbase = energy(np.zeros(2), ref)\n" in text
    check(p, text, [0.3, 0.5])


def test_a_buffer_filled_element_by_element():
    p = Program("""
        import numpy as np
        import torch
        w = W.clone().requires_grad_()
        h = np.zeros(4)
        for t in range(3):
            h[t + 1] = w[0].item() * h[t] + w[1].item()
        loss = np.sum(h ** 2)
        """)
    p.step("torch.Tensor.item", "w[0].item()", [ten(on=False)], num(on=True))
    p.step("torch.Tensor.item", "w[1].item()", [ten(on=False)], num(on=True))
    p.step("numpy.ndarray.__getitem__", "h[t]", [arr(4), num("int")], sca())
    p.step("float.__mul__", "w[0].item() * h[t]", [num(on=True), sca()], sca())
    p.step("float.__add__", "w[0].item() * h[t] + w[1].item()", [sca(), num(on=True)], sca())
    p.step("numpy.ndarray.__setitem__", "h[t + 1]", [arr(4), sca()], arr(4))
    p.step("numpy.ndarray.__pow__", "h ** 2", [arr(4), num("int")], arr(4))
    p.step("numpy.sum", "np.sum(h ** 2)", [arr(4)], sca())
    text = p.mended("torch.Tensor.item", "w[0].item()")
    assert "h = torch.zeros(4, dtype=torch.float64)\n" in text
    assert "h[t + 1] = w[0] * h[t].clone() + w[1]\n" in text
    check(p, text, [0.9, 0.4])


def test_a_list_of_losses():
    p = Program("""
        import numpy as np
        import torch
        w = W.clone().requires_grad_()
        losses = []
        for k in range(2):
            losses.append(np.square(w.detach().numpy()[k]))
        loss = np.mean(losses)
        """).leaves("w.detach().numpy()", 2)
    p.step("numpy.ndarray.__getitem__", "w.detach().numpy()[k]", [arr(2), num("int")], sca())
    p.step("numpy.square", "np.square(w.detach().numpy()[k])", [sca()], sca())
    p.step("numpy.mean", "np.mean(losses)", [Value("list", "float64", (2,))], sca())
    text = p.mended("torch.Tensor.detach", "w.detach()")
    assert "losses.append(torch.square(w[k]))\n" in text
    assert "loss = torch.mean(torch.stack(losses))\n" in text
    check(p, text, [0.3, 0.5])


def test_products_get_one_dtype():
    p = Program("""
        import numpy as np
        import torch
        w = W.float().requires_grad_()
        A = np.arange(6.0).reshape(3, 2)
        r = A @ w.detach().numpy() - 1
        loss = r.dot(r)
        """).leaves("w.detach().numpy()", 2, dtype="float32")
    p.step("numpy.matmul", "A @ w.detach().numpy()", [off(3, 2), arr(2, dtype="float32")], arr(3))
    p.step("numpy.ndarray.__sub__", "A @ w.detach().numpy() - 1", [arr(3), num("int")], arr(3))
    p.step("numpy.ndarray.dot", "r.dot(r)", [arr(3), arr(3)], sca())
    text = p.mended("torch.Tensor.detach", "w.detach()")
    assert "r = torch.as_tensor(A) @ w.double() - 1\n" in text
    assert "loss = r.dot(r)\n" in text
    after, w = loss_at(text, [0.5, 0.25])
    after.backward()
    np.testing.assert_allclose(w.grad.numpy(), 2 * np.arange(6.0).reshape(3, 2).T @ (np.arange(6.0).reshape(3, 2) @ [0.5, 0.25] - 1))


def test_precise_candidate_keeps_float64():
    p = Program("""
        import numpy as np
        import torch
        w = W.float().requires_grad_()
        loss = (w.detach().numpy() / np.sqrt(2.0)).sum()
        """).leaves("w.detach().numpy()", 2, dtype="float32")
    p.step("numpy.ndarray.__truediv__", "w.detach().numpy() / np.sqrt(2.0)", [arr(2, dtype="float32"), sca(on=False)], arr(2))
    p.step("numpy.ndarray.sum", "(w.detach().numpy() / np.sqrt(2.0)).sum()", [arr(2)], sca())
    plain, precise = (apply(p.text, list(f.edits)) for f in p.fixes("torch.Tensor.detach", "w.detach()"))
    assert "loss = (w / np.sqrt(2.0)).sum()" in plain
    assert "loss = (w.double() / np.sqrt(2.0)).sum()" in precise


def test_comments_and_layout_survive():
    p = Program("""
        import numpy as np
        import torch
        w = W.clone().requires_grad_()
        loss = np.sum(
            np.maximum(  # hinge
                0,
                1 - w.detach().numpy(),  # margin
            ),
            axis = 0,
        )
        """).leaves("w.detach().numpy()", 2)
    p.step("numpy.ndarray.__rsub__", "1 - w.detach().numpy()", [arr(2), num("int")], arr(2))
    inner = "np.maximum(  # hinge\n        0,\n        1 - w.detach().numpy(),  # margin\n    )"
    p.step("numpy.maximum", inner, [num("int"), arr(2)], arr(2))
    whole = p.text[p.text.index("np.sum(") :].rstrip()
    p.step("numpy.sum", whole, [arr(2), num("int")], sca())
    text = p.mended("torch.Tensor.detach", "w.detach()")
    assert "torch.clamp(  # hinge\n        1 - w, min=0,  # margin\n    ),\n    dim = 0,\n)" in text
    check(p, text, [0.3, 0.5])


def test_writing_in_place_becomes_a_new_value():
    p = Program("""
        import numpy as np
        import torch
        w = W.clone().requires_grad_()
        v = w.detach().numpy().copy()
        v *= 1 + v
        loss = v.sum()
        """).leaves("w.detach().numpy()", 2)
    p.step("numpy.ndarray.copy", "w.detach().numpy().copy()", [arr(2)], arr(2))
    p.step("numpy.ndarray.__radd__", "1 + v", [arr(2), num("int")], arr(2))
    p.step("numpy.ndarray.__imul__", "v *= 1 + v", [arr(2), arr(2)], arr(2))
    p.step("numpy.ndarray.sum", "v.sum()", [arr(2)], sca())
    text = p.mended("torch.Tensor.detach", "w.detach()")
    assert "v = w.clone()\nv = v * (1 + v)\nloss = v.sum()\n" in text
    check(p, text, [0.3, 0.5])


def test_a_branch_that_did_not_run():
    p = Program("""
        import numpy as np
        import torch

        def reduce(v, how="mean"):
            if how == "sum":
                return np.sum(np.abs(v))
            return np.mean(v)

        w = W.clone().requires_grad_()
        loss = reduce(w.detach().numpy())
        """).leaves("w.detach().numpy()", 2)
    p.step("numpy.mean", "np.mean(v)", [arr(2)], sca())
    text = p.mended("torch.Tensor.detach", "w.detach()")
    assert "return torch.sum(torch.abs(v))" in text
    assert "numpy" not in text
    check(p, text, [0.3, 0.5])


@pytest.mark.parametrize(
    "expression, op",
    [
        ("np.apply_along_axis(np.sum, 0, v)", "numpy.apply_along_axis"),
        ("np.interp(0.5, [0.0, 1.0], v)", "numpy.interp"),
        ("np.sum(v, where=[True, False])", "numpy.sum"),
        ("np.exp(v, out=buffer)", "numpy.exp"),
        ("np.dot(*pair)", "numpy.dot"),
        ("v[::-2]", "numpy.ndarray.__getitem__"),
        ("v.byteswap()", "numpy.ndarray.byteswap"),
    ],
)
def test_no_fix_where_a_step_has_no_counterpart(expression, op):
    p = Program(f"import numpy as np\nimport torch\nv = w.detach().numpy()\nloss = {expression}\n").leaves("w.detach().numpy()", 2)
    p.step(op, expression, [arr(2)], sca())
    assert p.fixes("torch.Tensor.detach", "w.detach()") == []


def test_a_value_that_stays_in_torch_is_not_ours():
    p = Program("import torch\nloss = w.detach().sum()\n")
    p.step("torch.Tensor.detach", "w.detach()", [ten(2, on=False)], ten(2))
    p.step("torch.Tensor.sum", "w.detach().sum()", [ten(2)], ten())
    assert p.fixes("torch.Tensor.detach", "w.detach()") == []


def test_the_crutch_goes():
    p = Program("""
        import torch
        w = W.clone().requires_grad_()
        loss = torch.from_numpy(w.detach().numpy()).sum()
        loss.requires_grad = True
        """).leaves("w.detach().numpy()", 2)
    p.step("torch.from_numpy", "torch.from_numpy(w.detach().numpy())", [arr(2)], ten(2))
    p.step("torch.Tensor.sum", "torch.from_numpy(w.detach().numpy()).sum()", [ten(2)], ten())
    text = p.mended("torch.Tensor.detach", "w.detach()")
    assert text.endswith("loss = w.sum()\n")
    check(p, text, [0.3, 0.5])


def test_the_break_itself_raised():
    p = Program("import numpy as np\nimport torch\nw = W.clone().requires_grad_()\nloss = np.exp(w).sum()\n")
    text = p.mended("torch.Tensor.__array__", "np.exp(w)")
    assert text == "import torch\nw = W.clone().requires_grad_()\nloss = torch.exp(w).sum()\n"
