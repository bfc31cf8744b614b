"""The table numpy → TensorFlow: every row against numpy's values, ``tf.experimental.numpy`` and finite differences."""

from __future__ import annotations

import math

import libcst as cst
import numpy as np
import pytest

from autofix.model import Value
from autofix.tables import numpy_tf
from autofix.tables.patch import Patch
from autofix.tables.use import read
from autofix.tree import Tree
from tests import tf_python

if not tf_python.here():
    pytest.skip(tf_python.REASON, allow_module_level=True)

tf = pytest.importorskip("tensorflow")
pytest.importorskip("scipy")
import scipy.special  # noqa: E402
from tensorflow.experimental import numpy as tnp  # noqa: E402

HEAD = "import math\nimport numpy as np\nimport scipy\nimport tensorflow as tf\n"


def data() -> dict:
    rng = np.random.default_rng(0)
    x = rng.uniform(0.2, 0.9, size=(3, 4))
    square = rng.normal(size=(3, 3))
    return {
        "x": x,
        "y": rng.uniform(0.2, 0.9, size=(3, 4)),
        "m": rng.normal(size=(4, 2)),
        "v": rng.uniform(0.2, 0.9, size=4),
        "u": rng.uniform(0.2, 0.9, size=4),
        "r": rng.normal(size=(3, 4)),
        "t": rng.uniform(0.2, 0.9, size=(2, 3, 4)),
        "s": square,
        "pd": square @ square.T + 3.0 * np.eye(3),
        "big": rng.uniform(1.5, 2.5, size=(3, 4)),
        "z": np.float64(0.7),
        "k": np.float64(0.4),
    }


SMOOTH = """
np.exp(x) np.log(x) np.sqrt(x) np.square(x) np.abs(r) np.absolute(r) np.negative(x) np.sin(x) np.cos(x) np.tan(x) np.sinh(x)
np.cosh(x) np.tanh(x) np.arcsin(x) np.arccos(x) np.arctan(x) np.arcsinh(x) np.arccosh(big) np.arctanh(x) np.log1p(x)
np.expm1(x) np.reciprocal(x) np.log2(x) np.log10(x) np.deg2rad(x) np.rad2deg(x) np.radians(x)
np.add(x,y) np.subtract(x,y) np.multiply(2.0,x) np.divide(x,y) np.true_divide(x,y) np.power(x,2.0) np.power(x,y)
np.maximum(x,y) np.maximum(x,0.4) np.minimum(x,0.5) np.arctan2(x,y) np.mod(x,0.3) np.remainder(x,0.25)
np.clip(x,0.3,0.6) np.clip(x,a_min=0.3,a_max=0.6) np.clip(x,0.3,None) np.clip(x,None,0.6) x.clip(0.3,0.6) x.clip(min=0.3)
np.where(x>0.5,x,y) np.where(x>0.5,x,0.0)
np.sum(x) np.sum(x,0) np.sum(x,axis=1) np.sum(x,axis=1,keepdims=True) np.sum(t,axis=(0,2)) x.sum() x.sum(0) x.sum(axis=1)
np.mean(x) np.mean(x,0) np.mean(x,axis=(0,1)) x.mean() x.mean(axis=0) x.mean(-1,keepdims=True) np.prod(x,axis=1) x.prod()
np.max(x) np.max(x,axis=1) x.max() x.max(axis=1,keepdims=True) np.min(x,0) x.min() np.amax(x,axis=0) np.amin(x,1)
np.std(x) np.std(x,axis=0) x.std(axis=1) np.var(x) np.var(x,axis=1,keepdims=True) x.var() np.average(x) np.average(x,axis=0)
np.cumsum(v) np.cumsum(x,axis=1) x.cumsum(axis=0) np.cumprod(v)
np.concatenate([x,y]) np.concatenate((x,y),axis=1) np.stack([v,u]) np.stack([v,u],axis=1) np.vstack([x,y]) np.vstack((v,u))
np.hstack([v,u]) np.hstack([x,y])
np.reshape(x,(4,3)) np.reshape(x,-1) np.reshape(x,[2,-1]) x.reshape(4,3) x.reshape((4,3)) x.reshape(-1) x.reshape(-1,1)
np.ravel(x) x.ravel() x.flatten() np.squeeze(t[:1],axis=0) t[:1].squeeze(0) np.expand_dims(x,0) np.expand_dims(x,axis=-1)
np.transpose(x) np.transpose(t,(1,0,2)) np.transpose(t,axes=(2,0,1)) x.T x.transpose() t.transpose(1,0,2)
np.tile(v,[2]) np.tile(x,(2,1)) np.repeat(v,2) np.repeat(x,2,axis=1) np.flip(v) np.flip(x,0) np.flip(x,axis=1) np.roll(x,1,axis=0)
np.dot(v,u) np.dot(x,v) np.dot(x,m) x.dot(m) v.dot(u) np.matmul(x,m) np.matmul(x,v) np.inner(v,u) np.outer(v,u)
np.tensordot(x,m,1) np.tensordot(x,y,axes=2) np.einsum('ij,jk->ik',x,m) np.einsum('ij->j',x) np.diff(v) np.diag(v) np.diag(s)
np.trace(s) np.sort(v) np.sort(x,axis=0) np.pad(x,((1,0),(0,2)))
np.linalg.norm(v) np.linalg.norm(x) np.linalg.norm(x,axis=1) np.linalg.norm(x,axis=1,keepdims=True) np.linalg.norm(x,1,axis=0)
np.linalg.inv(pd) np.linalg.det(pd) np.linalg.solve(pd,m[:3]) np.linalg.cholesky(pd) np.linalg.slogdet(pd)[1] np.linalg.eigvalsh(pd)
np.copy(x) x.copy() np.array(x) np.asarray(x) np.array([z,k]) np.array([v,u]) x.astype(np.float64) x.astype('float64') np.float64(x)
scipy.special.expit(r) scipy.special.softmax(x,axis=1) scipy.special.softmax(v) scipy.special.logsumexp(x) scipy.special.logsumexp(x,axis=1)
scipy.special.erf(x) scipy.special.gammaln(x) scipy.special.xlogy(x,y)
math.exp(z) math.log(z) math.log2(z) math.log10(z) math.log1p(z) math.sqrt(z) math.sin(z) math.cos(z) math.tan(z) math.tanh(z)
math.atan2(z,k) math.pow(z,2) math.fabs(z) math.erf(z) math.lgamma(z) math.radians(z) math.log(z,2)
"""
FLAT = """
np.sign(r) np.floor(r) np.ceil(r) np.round(r) r.round() np.isnan(x) np.isfinite(x) np.greater(x,0.5) np.less(x,y) np.less_equal(x,y)
np.logical_not(x>0.5) np.logical_and(x>0.3,y>0.3) np.all(x>0) np.any(x>0.5,axis=1) np.argmax(x,axis=1) np.argmax(v) x.argmin(axis=0)
np.zeros_like(x) np.ones_like(x) np.equal(x,y) np.not_equal(x,0.4) np.floor_divide(x,0.2) x.size
"""
REFUSED = "np.cumsum(x) np.argmax(x) np.std(x,ddof=1) np.median(x) np.linalg.norm(x,ord=2) np.dot(t,t) np.round(r,2) np.interp(x,v,u)"


def convert(source: str, arrays: dict) -> str | None:
    """The TensorFlow text of a numpy expression, None where the table refuses."""
    text = HEAD + source + "\n"
    tree = Tree("/t.py", text)
    patch = Patch(tree)

    def facts(node):
        try:
            value = eval(cst.Module([]).code_for_node(node), {"np": np, "math": math, "scipy": scipy, **arrays})
        except Exception:
            return None, False
        shape = np.shape(value)
        tensor = any(n.value in arrays for n in tree.walk(cst.Name, node))
        return Value("array" if shape else "scalar", str(np.asarray(value).dtype), shape), tensor

    nodes = [n for n in tree.walk((cst.Call, cst.Attribute)) if not isinstance(tree.parent(n), cst.Import)]
    called = {id(n.func) for n in nodes if isinstance(n, cst.Call)}
    inner = {id(a) for n in nodes if isinstance(n, cst.Attribute) for a in tree.walk(cst.Attribute, n.value)}
    for node in sorted(nodes, key=lambda n: tree.offsets(n)[1] - tree.offsets(n)[0]):
        if id(node) in called or id(node) in inner or isinstance(node, cst.Attribute) and tree.qualified(node):
            continue
        func = node.func if isinstance(node, cst.Call) else node
        name = tree.qualified(func) or f"numpy.ndarray.{func.attr.value}"
        got = read(tree, node, name, numpy_tf.parameters, facts, facts(node)[0])
        changes = numpy_tf.rewrite(got[0]) if got is not None else None
        if changes is None:
            return None
        patch.apply(node, got[1], changes)
    for edit in sorted(patch.edits(), reverse=True):
        text = text[: edit.start] + edit.text + text[edit.end :]
    return text.removeprefix(HEAD).strip()


def flat(result) -> list[np.ndarray]:
    if isinstance(result, (tuple, list)):
        return [a for r in result for a in flat(r)]
    return [np.asarray(result)]


def total(result):
    """One number out of any result, weighted so that no symmetric sum hides a mistake."""
    parts = result if isinstance(result, (tuple, list)) else [result]
    values = [tf.convert_to_tensor(p) for p in parts]
    values = [tf.reshape(p, [-1]) for p in values if p.dtype.is_floating]
    return tf.add_n([tf.reduce_sum(p * tf.range(1.0, p.shape[0] + 1, dtype=p.dtype)) for p in values])


def evaluated(text: str, names: dict, numpy=np):
    return eval(text, {"np": numpy, "math": math, "scipy": scipy, "tf": tf, **names})


@pytest.mark.parametrize("line", SMOOTH.strip().split("\n"), ids=lambda s: s[:24])
def test_values_and_gradients(line):
    for source in line.split(" "):
        check_values(source)
        check_gradient(source)


@pytest.mark.parametrize("line", FLAT.strip().split("\n"), ids=lambda s: s[:24])
def test_values(line):
    for source in line.split(" "):
        check_values(source)


@pytest.mark.parametrize("source", REFUSED.split(" "))
def test_refuses_what_it_does_not_know(source):
    assert convert(source, data()) is None


def check_values(source: str) -> None:
    arrays = data()
    text = convert(source, arrays)
    assert text is not None, f"refused: {source}"
    tensors = {name: tf.constant(value, dtype=tf.float64) for name, value in arrays.items()}
    for mine, theirs in zip(flat(evaluated(text, tensors)), flat(evaluated(source, arrays)), strict=True):
        assert mine.shape == theirs.shape, f"{source} → {text}: {mine.shape} {theirs.shape}"
        np.testing.assert_allclose(mine, theirs, rtol=1e-6, atol=1e-9, err_msg=f"{source} → {text}")


def check_gradient(source: str, step: float = 1e-6) -> None:
    """Against numpy's own central difference; and against ``tf.experimental.numpy`` where that can run the call."""
    arrays = data()
    text = convert(source, arrays)
    variables = {name: tf.Variable(value, dtype=tf.float64) for name, value in arrays.items()}
    with tf.GradientTape() as tape:
        value = total(evaluated(text, variables))
    found = {n: g for n, g in zip(variables, tape.gradient(value, list(variables.values()))) if g is not None}
    assert found, f"no gradient: {source} → {text}"
    rng = np.random.default_rng(1)
    along = {name: rng.normal(size=np.shape(value)) for name, value in arrays.items()}
    along["pd"] = along["pd"] + along["pd"].T

    def at(h: float) -> float:
        moved = {n: np.float64(v + h * along[n]) if np.ndim(v) == 0 else v + h * along[n] for n, v in arrays.items()}
        return float(sum((a.ravel() * np.arange(1.0, a.size + 1)).sum() for a in flat(evaluated(source, moved)) if a.dtype.kind == "f"))

    got = sum(float(np.sum(tf.convert_to_tensor(g).numpy() * along[n])) for n, g in found.items())
    assert got == pytest.approx((at(step) - at(-step)) / (2 * step), rel=5e-5, abs=1e-5), f"{source} → {text}"
    oracle = _oracle(source, arrays, along)
    assert oracle is None or got == pytest.approx(oracle, rel=1e-4, abs=1e-6), f"{source} → {text}: tf.experimental.numpy"


def _oracle(source: str, arrays: dict, along: dict) -> float | None:
    """The same derivative by ``tf.experimental.numpy``, None where it does not know the call."""
    if not source.startswith("np."):
        return None
    variables = {name: tf.Variable(value, dtype=tf.float64) for name, value in arrays.items()}
    try:
        with tf.GradientTape() as tape:
            tensors = {name: tf.convert_to_tensor(variable) for name, variable in variables.items()}
            value = total(evaluated(source, tensors, tnp))
        grads = tape.gradient(value, list(variables.values()))
    except Exception:
        return None
    found = [(n, g) for n, g in zip(variables, grads) if g is not None]
    return sum(float(np.sum(tf.convert_to_tensor(g).numpy() * along[n])) for n, g in found) if found else None
