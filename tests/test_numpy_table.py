"""The table against numpy itself: same values, and a gradient wherever the function has one."""

import math
import statistics

import libcst as cst
import numpy as np
import pytest
import scipy.linalg
import scipy.special
import torch

from autofix.model import Value
from autofix.tables import numpy_torch
from autofix.tables.patch import Patch
from autofix.tables.use import read
from autofix.tree import Tree

HEAD = "import math\nimport statistics\nimport numpy as np\nimport scipy\nimport torch\n"


def data():
    """Arrays of every shape the calls below need, away from kinks and ties."""
    rng = np.random.default_rng(7)
    p = rng.uniform(0.15, 0.85, size=(3, 4))
    s = rng.normal(size=(3, 3))
    return {
        "x": p, "y": rng.uniform(0.2, 0.9, size=(3, 4)), "r": rng.normal(size=(3, 4)), "big": 1.0 + p,
        "v": rng.uniform(0.2, 0.9, size=4), "u": rng.uniform(0.2, 0.9, size=4), "t": rng.normal(size=(2, 3, 4)),
        "m": rng.normal(size=(4, 3)), "s": s, "pd": s @ s.T + 3 * np.eye(3), "c": rng.normal(size=(4, 3)),
        "z": np.float64(0.65), "k": np.float64(0.3), "e": rng.normal(size=(5,)),
    }  # fmt: skip


def value_of(v, path=True):
    if isinstance(v, np.ndarray):
        return Value("array", str(v.dtype), v.shape, path)
    if isinstance(v, np.generic):
        return Value("scalar", str(v.dtype), (), path)
    return Value("other", "", (), path) if isinstance(v, (list, tuple)) else Value("number", type(v).__name__, ())


def convert(source, names):
    """The torch text of one numpy expression whose names hold these values."""
    text = HEAD + source + "\n"
    tree = Tree("/x.py", text)
    statement = tree.module.body[-1].body[0]

    def facts(node):
        code = tree.source(node)
        try:
            seen = eval(code, {"np": np, "math": math, "statistics": statistics, "scipy": scipy, **names})
        except Exception:
            return None, False
        on = any(n in names for n in _names(tree, node)) and not isinstance(seen, (int, bool, tuple, np.dtype))
        return value_of(seen, on), on

    patch = Patch(tree)
    nodes = list(tree.walk(cst.Call, statement)) + list(tree.walk(cst.Attribute, statement))
    nodes.sort(key=lambda n: len(tree.source(n)))
    inner = {n.func for n in nodes if isinstance(n, cst.Call)}
    for node in nodes:
        func = node.func if isinstance(node, cst.Call) else node
        origin = tree.qualified(func)
        if node in inner or (origin and not isinstance(node, cst.Call)):
            continue
        name = origin or f"numpy.ndarray.{func.attr.value}"
        got = read(tree, node, name, numpy_torch.parameters, facts, facts(node)[0])
        assert got is not None, f"unreadable: {source}"
        changes = numpy_torch.rewrite(got[0])
        assert changes is not None, f"refused: {source}"
        patch.apply(node, got[1], changes)
    for edit in sorted(patch.edits(), reverse=True):
        text = text[: edit.start] + edit.text + text[edit.end :]
    return text.removeprefix(HEAD).strip()


def _names(tree, node):
    return [n.value for n in tree.walk(cst.Name, node)]


def flat(result):
    """The result as a list of float arrays."""
    if isinstance(result, (tuple, list)):
        return [a for r in result for a in flat(r)]
    if isinstance(result, torch.Tensor):
        return [result.detach().resolve_neg().resolve_conj().numpy()]
    return [np.asarray(result)]


SMOOTH = """
np.exp(x) np.exp2(x) np.expm1(x) np.log(x) np.log2(x) np.log10(x) np.log1p(x) np.sqrt(x) np.square(x) np.abs(r)
np.absolute(r) np.fabs(r) np.negative(x) np.positive(x) np.sin(x) np.cos(x) np.tan(x) np.arcsin(x) np.arccos(x)
np.arctan(x) np.sinh(x) np.cosh(x) np.tanh(x) np.arcsinh(x) np.arccosh(big) np.arctanh(x) np.deg2rad(x) np.rad2deg(x)
np.degrees(x) np.radians(x) np.reciprocal(x) np.sinc(x) np.i0(x) np.acos(x) np.asin(x) np.atan(x) np.acosh(big)
np.asinh(x) np.atanh(x) np.cbrt(r) np.nan_to_num(x) np.nan_to_num(x,nan=0.5) np.real(x)
np.add(x,y) np.add(1,x) np.subtract(x,y) np.subtract(1.5,x) np.multiply(x,y) np.multiply(2,x) np.divide(x,y)
np.divide(2.5,x) np.true_divide(x,y) np.power(x,2) np.power(2.5,x) np.power(x,y) np.pow(x,3) np.float_power(x,2)
np.mod(x,0.3) np.remainder(x,0.25) np.fmod(x,y) np.fmod(2.7,x) np.fmod(x,0.3)
np.hypot(x,y) np.hypot(x,0.3) np.hypot(0.123456789,x) np.arctan2(x,y) np.arctan2(x,1.0) np.arctan2(0.1,x)
np.atan2(x,y) np.logaddexp(x,y) np.logaddexp(0,x) np.logaddexp2(x,y) np.copysign(x,r) np.copysign(0.7,x)
np.fmax(x,y) np.fmin(x,y) np.fmax(x,0.4)
np.maximum(x,y) np.maximum(x,0.4) np.maximum(0.4,x) np.maximum(0,r) np.minimum(x,y) np.minimum(0.5,x) np.minimum(x,0.5)
np.maximum(x,k) np.minimum(k,x) np.maximum(z,k)
np.clip(x,0.3,0.6) np.clip(x,a_min=0.3,a_max=0.6) np.clip(x,0.3,None) np.clip(x,None,0.6) np.clip(x,min=0.3)
np.clip(x,y,0.9) np.clip(x,0.1,y) np.clip(x,y,big) x.clip(0.3,0.6) x.clip(min=0.3) x.clip(max=0.6)
np.where(x>0.5,x,y) np.where(x>0.5,x,0.0) np.where(x>0.5,0,y) np.where(x>0.5,x,k)
np.sum(x) np.sum(x,0) np.sum(x,axis=1) np.sum(x,axis=1,keepdims=True) np.sum(t,axis=(0,2)) np.sum(x,axis=None)
np.sum(x,axis=-1,dtype=np.float64) np.sum(x,1,np.float64) np.sum(x,1,None,None,True) x.sum() x.sum(0) x.sum(axis=1) x.sum(axis=1,keepdims=True) x.sum((0,1)) x.sum(-1)
np.mean(x) np.mean(x,0) np.mean(x,axis=(0,1)) np.mean(x,axis=1,keepdims=True) x.mean() x.mean(axis=0) x.mean(-1,keepdims=True) np.mean(x,dtype=np.float64)
np.prod(x) np.prod(x,axis=1) x.prod() x.prod(axis=0,keepdims=True) np.nansum(x) np.nansum(x,axis=0) np.nanmean(x) np.nanmean(x,axis=1)
np.max(x) np.max(x,axis=1) np.max(x,0) np.max(x,axis=1,keepdims=True) np.max(t,axis=(0,1)) np.amax(x,axis=0) np.amax(x) np.max(x,axis=None)
x.max() x.max(axis=1) x.max(0) x.max(axis=-1,keepdims=True) x.max(axis=None) np.min(x) np.min(x,axis=1) np.amin(x,1) x.min() x.min(axis=0) x.min(1,keepdims=True)
np.std(x) np.std(x,axis=0) np.std(x,axis=1,ddof=1) np.std(x,ddof=1) np.std(x,axis=0,keepdims=True) x.std() x.std(axis=1) x.std(0,ddof=1) np.std(x,1,None,None,1)
np.std(x,correction=1) np.var(x) np.var(x,axis=0) np.var(x,axis=(0,1)) np.var(x,ddof=1) x.var() x.var(axis=1,ddof=1,keepdims=True)
np.median(x) np.median(v) np.median(e) np.median(x,axis=1) np.median(x,1) np.median(x,axis=0,keepdims=True) np.nanmedian(x)
np.quantile(x,0.3) np.quantile(x,0.3,axis=1) np.quantile(x,0.3,1) np.quantile(x,[0.1,0.7]) np.quantile(x,q=0.25,axis=0,keepdims=True)
np.percentile(x,30) np.percentile(x,[25,75]) np.percentile(x,30,axis=1) np.percentile(x,q=30,axis=0) np.percentile(x,50.5,axis=0,method='linear')
np.average(x) np.average(x,axis=0) np.average(x,weights=y) np.average(x,axis=1,weights=y) np.average(x,axis=1,weights=v) np.average(v,weights=u) np.average(v,axis=0,weights=u) np.ptp(x) np.ptp(x,axis=0)
np.cumsum(x) np.cumsum(v) np.cumsum(x,axis=1) np.cumsum(x,0) x.cumsum(axis=0) v.cumsum() x.cumsum() np.cumprod(v) np.cumprod(x,axis=1) np.cumsum(x,axis=None) np.trace(s) s.trace()
np.concatenate([x,y]) np.concatenate((x,y),axis=1) np.concatenate([x,y],0) np.concatenate([x,y],axis=-1) np.concat([x,y]) np.stack([x,y]) np.stack([v,u],axis=1) np.stack((x,y),axis=-1) np.stack([z,k]) np.stack([z,k,0.5])
np.vstack([x,y]) np.vstack((v,u)) np.hstack([v,u]) np.hstack([x,y]) np.dstack([x,y]) np.column_stack([v,u])
np.split(x,2,axis=1) np.split(v,[1,3]) np.split(x,3) np.array_split(v,3) np.hsplit(x,2) np.vsplit(x,3) np.atleast_1d(z) np.atleast_2d(v)
np.reshape(x,(4,3)) np.reshape(x,-1) np.reshape(x,(2,-1)) x.reshape(4,3) x.reshape((4,3)) x.reshape(-1) x.reshape(-1,1) np.ravel(x) x.ravel() x.flatten()
np.squeeze(t[:1]) np.squeeze(t[:1],axis=0) t[:1].squeeze(0) t[:1].squeeze() np.expand_dims(x,0) np.expand_dims(x,axis=-1)
np.transpose(x) np.transpose(v) np.transpose(t) np.transpose(t,(1,0,2)) np.transpose(t,axes=(2,0,1)) np.transpose(t,[0,2,1]) x.transpose() t.transpose(1,0,2) t.transpose((2,1,0)) t.transpose() x.T v.T t.T z.T t.mT
np.matrix_transpose(t) np.swapaxes(t,0,2) t.swapaxes(1,2) np.moveaxis(t,0,-1) np.moveaxis(t,[0,1],[1,2]) np.broadcast_to(v,(3,4)) np.broadcast_arrays(v,x)
np.tile(v,2) np.tile(v,(2,1)) np.tile(x,reps=2) np.tile(x,reps=(2,1)) np.repeat(v,2) np.repeat(x,2,axis=1) np.repeat(x,3,0) v.repeat(2) x.repeat(2,axis=0) np.repeat(x,2)
np.flip(v) np.flip(x) np.flip(x,0) np.flip(x,axis=1) np.flip(x,axis=(0,1)) np.fliplr(x) np.flipud(x) np.roll(x,1) np.roll(x,1,axis=0) np.roll(x,(1,2),axis=(0,1)) np.rot90(x) np.rot90(x,k=3) np.rot90(t,1,(1,2))
np.pad(v,1) np.pad(v,(1,2)) np.pad(x,((1,0),(0,2))) np.pad(x,1,constant_values=0.5) np.pad(x,((1,2),(0,3)),mode='constant') np.pad(x,pad_width=1) np.pad(x,1,'constant')
np.append(v,u) np.append(v,z) np.tril(x) np.triu(x,1) np.triu(x,k=1) np.diag(v) np.diag(s) np.diag(s,1) np.diag(s,k=-1) np.diagflat(v) np.diagonal(s) np.diagonal(t,axis1=1,axis2=2) np.diagonal(t,1,0,2) s.diagonal()
np.take(x,np.array([0,5])) np.take(x,np.array([0,2]),axis=1) np.take_along_axis(x,np.argsort(x,axis=1),axis=1) np.take_along_axis(x,np.argsort(x,axis=0),0)
np.sort(x) np.sort(x,axis=0) np.sort(v) np.diff(v) np.diff(x) np.diff(x,axis=0) np.diff(x,2) np.diff(x,n=1,axis=0) np.meshgrid(v,u) np.meshgrid(v,u,indexing='ij')
np.kron(x,y) np.dot(v,u) np.dot(x,v) np.dot(x,m) np.dot(t,v) np.dot(2.0,x) np.dot(x,z) np.dot(t,m) np.dot(v,m) np.dot(t,t.mT) x.dot(m) v.dot(u) x.dot(v)
np.matmul(x,m) np.matmul(x,v) np.inner(v,u) np.inner(x,y) np.outer(v,u) np.vdot(v,u) np.vecdot(x,y) np.tensordot(x,m,1) np.tensordot(x,m,axes=1) np.tensordot(t,x,axes=([1,2],[0,1])) np.tensordot(x,y,axes=2)
np.einsum('ij,jk->ik',x,m) np.einsum('ij,ij->',x,y) np.einsum('ij->j',x) np.cross(m,c) np.cross(m,c,axis=1) np.trapezoid(v) np.trapezoid(x,axis=0) np.trapezoid(v,dx=0.1) np.trapezoid(v,u) np.gradient(e) np.gradient(e,0.1) np.gradient(e,z) np.gradient(e,np.cumsum(e**2))
np.linalg.norm(v) np.linalg.norm(x) np.linalg.norm(x,axis=1) np.linalg.norm(x,axis=1,keepdims=True) np.linalg.norm(x,1,axis=0) np.linalg.norm(x,ord='fro') np.linalg.norm(x,ord=2,axis=-1) np.linalg.norm(v,1) np.linalg.norm(v,np.inf) np.linalg.norm(x,'nuc')
np.linalg.inv(pd) np.linalg.det(pd) np.linalg.slogdet(pd) np.linalg.slogdet(pd)[1] np.linalg.solve(pd,m[:3]) np.linalg.cholesky(pd) np.linalg.eigvalsh(pd) np.linalg.eigh(pd)[0] np.linalg.svd(x,compute_uv=False) np.linalg.svd(x,full_matrices=False)[1] np.linalg.svd(x,False)[1]
np.linalg.matrix_power(s,3) np.linalg.pinv(x) np.linalg.multi_dot([x,m,s]) np.linalg.cond(pd) np.linalg.vector_norm(x,axis=1) np.linalg.outer(v,u) np.linalg.trace(s) np.linalg.matrix_norm(x) np.linalg.svdvals(x)
np.fft.rfft(v).real np.fft.irfft(v).real np.fft.fft(x,axis=0).real np.fft.ifft(x).imag np.fft.fft2(x).real np.fft.fftshift(v) np.fft.fft(v,norm='ortho').real
np.copy(x) x.copy() np.array(x) np.asarray(x) np.array([z,k]) np.array([v,u]) np.array([z,0.5,k]) np.array([[z,k],[k,1.0]]) np.array([z,k],dtype=np.float64) np.array([x,y]).sum(axis=0) np.ascontiguousarray(x)
x.astype(np.float64) x.astype(float) x.astype('float64') x.astype(dtype=np.float64) np.float64(x) np.float64(z) z.item() x.round(2).sum()+x.sum() x.real
np.sum([z,k]) np.mean([z,k]) np.max([z,k]) np.sum(np.array([z,k])) np.exp([z,k]) np.sum([x,y],axis=0) np.prod([z,k])
scipy.special.expit(r) scipy.special.logit(x) scipy.special.erf(x) scipy.special.erfc(x) scipy.special.erfinv(x) scipy.special.gammaln(x) scipy.special.loggamma(x) scipy.special.psi(x) scipy.special.digamma(x) scipy.special.ndtr(r) scipy.special.ndtri(x) scipy.special.log_ndtr(r) scipy.special.i0(x) scipy.special.i0e(x) scipy.special.i1(x) scipy.special.i1e(x) scipy.special.entr(x) scipy.special.erfcx(x) scipy.special.exp2(x) scipy.special.expm1(x) scipy.special.log1p(x) scipy.special.sinc(x) scipy.special.log_expit(r)
scipy.special.softmax(x,axis=1) scipy.special.softmax(v) scipy.special.softmax(x,0) scipy.special.log_softmax(x,axis=-1) scipy.special.logsumexp(x) scipy.special.logsumexp(x,axis=1) scipy.special.logsumexp(x,axis=1,keepdims=True) scipy.special.logsumexp(v) scipy.special.xlogy(x,y) scipy.special.xlogy(2.5,x) scipy.special.xlog1py(x,y) scipy.special.polygamma(1,x) scipy.special.multigammaln(3+big,2)
scipy.linalg.inv(pd) scipy.linalg.det(pd) scipy.linalg.expm(s) scipy.linalg.solve(pd,m[:3]) scipy.linalg.norm(x) scipy.linalg.norm(x,axis=0) scipy.linalg.cholesky(pd,lower=True) scipy.linalg.block_diag(x,y)
math.exp(z) math.expm1(z) math.log(z) math.log(z,2) math.log(z,10) math.log2(z) math.log10(z) math.log1p(z) math.sqrt(z) math.sin(z) math.cos(z) math.tan(z) math.asin(z) math.acos(z) math.atan(z) math.atan2(z,k) math.atan2(z,1.0) math.sinh(z) math.cosh(z) math.tanh(z) math.asinh(z) math.atanh(z) math.erf(z) math.erfc(z) math.lgamma(z) math.fabs(z) math.degrees(z) math.radians(z) math.pow(z,2) math.pow(z,k) math.pow(2,z) math.hypot(z,k) math.hypot(z,0.5) math.fmod(z,k) math.fmod(z,0.25) math.copysign(z,k) math.fsum([z,k]) math.prod([z,k]) math.exp2(z)
statistics.mean([z,k,z*k]) statistics.fmean([z,k]) statistics.median([z,k,z*k]) statistics.stdev([z,k,z*k]) statistics.pstdev([z,k]) statistics.variance([z,k]) statistics.pvariance([z,k,z*k])
"""
FLAT = """
np.sign(r) np.floor(r) np.ceil(r) np.trunc(r) np.rint(r) np.round(r) np.round(r,2) np.round(r,decimals=1) np.around(r,1) r.round(1) np.fix(r) np.heaviside(r,0.5) np.isnan(x)
np.isfinite(x) np.isinf(x) np.signbit(r) np.logical_not(x>0.5) np.greater(x,y) np.greater(0.5,x) np.greater(x,0.5) np.greater_equal(x,y) np.less(x,0.4) np.less(0.4,x) np.less_equal(x,y) np.equal(x,y) np.equal(0.4,x) np.not_equal(x,0.4)
np.logical_and(x>0.3,y>0.3) np.logical_or(x>0.3,y>0.3) np.logical_xor(x>0.3,y>0.3) np.floor_divide(x,0.2) np.argmax(x) np.argmax(x,axis=1) np.argmin(x,0) x.argmax() x.argmax(axis=0) x.argmin(-1)
np.argsort(x) np.argsort(x,axis=0) x.argsort() np.all(x>0) np.any(x>0.5,axis=1) (x>0.5).any() (x>0.5).all(axis=0) np.count_nonzero(x>0.5) np.count_nonzero(x>0.5,axis=0) np.nonzero(x>0.5) np.where(x>0.5) np.argwhere(x>0.5)
np.where(x>0.5,1.0,0.0) np.isclose(x,y) np.allclose(x,x) np.array_equal(x,x) np.searchsorted(np.sort(v),u) np.searchsorted(np.sort(v),0.5) np.zeros_like(x) np.ones_like(x) np.full_like(x,0.5) np.zeros_like(x,dtype=np.float32) np.shape(x) np.ndim(x) np.size(x) x.size x.shape x.ndim
np.linalg.matrix_rank(x) np.isneginf(x) np.isposinf(x) math.isnan(z) math.isfinite(z) np.angle(x)
"""
MADE = """
np.zeros(3) np.zeros((2,3)) np.ones((2,3),dtype=np.float32) np.empty(0) np.full((2,2),0.5) np.full(3,2) np.eye(3) np.eye(2,3) np.identity(3) np.zeros((2,2),np.float32) np.zeros(3,dtype=int) np.linspace(0,1,5) np.linspace(0,1,num=5)
"""


def torch_names(arrays, grad=True):
    return {n: torch.tensor(v, dtype=torch.float64, requires_grad=grad) for n, v in arrays.items()}


def run_both(source):
    """numpy's result, torch's result, the torch text and its leaves."""
    arrays = data()
    theirs = eval(source, {"np": np, "math": math, "statistics": statistics, "scipy": scipy, **arrays})
    text = convert(source, arrays)
    leaves = torch_names(arrays)
    ours = eval(text, {"np": np, "math": math, "torch": torch, **leaves})
    return theirs, ours, text, leaves


def same(theirs, ours, text):
    left, right = flat(theirs), flat(ours)
    assert len(left) == len(right), text
    for a, b in zip(left, right, strict=True):
        assert a.shape == b.shape, f"{text}: {a.shape} {b.shape}"
        np.testing.assert_allclose(b, a, rtol=1e-9, atol=1e-12, err_msg=text)


def total(result):
    """One number out of any result: weighted so that no symmetric sum hides a mistake."""
    parts = [result] if isinstance(result, torch.Tensor) else [r for r in result if isinstance(r, torch.Tensor)]
    parts = [p for p in parts if p.is_floating_point() and p.requires_grad]
    return sum((p * torch.arange(1.0, p.numel() + 1, dtype=p.dtype).reshape(p.shape)).sum() for p in parts)


def numpy_total(result):
    left = [a for a in flat(result) if np.issubdtype(a.dtype, np.floating)]
    return sum(float((a * np.arange(1.0, a.size + 1).reshape(a.shape)).sum()) for a in left)


@pytest.mark.parametrize("source", SMOOTH.split("\n")[1:-1], ids=lambda s: s[:24])
def test_same_values_and_gradient(source):
    for call in source.split(" "):
        check_smooth(call)


def check_smooth(source):
    theirs, ours, text, leaves = run_both(source)
    same(theirs, ours, text)
    grads = torch.autograd.grad(total(ours), list(leaves.values()), allow_unused=True)
    got = {n: g for n, g in zip(leaves, grads, strict=True) if g is not None}
    assert got, f"no gradient: {source} → {text}"
    assert all(torch.isfinite(g).all() for g in got.values()), text
    agrees_with_differences(source, got, text)


def agrees_with_differences(source, grads, text, step=1e-6):
    """The gradient along a fixed direction is numpy's own central difference."""
    rng = np.random.default_rng(1)
    arrays = data()
    direction = {n: rng.normal(size=np.shape(v)) for n, v in arrays.items()}
    direction["pd"] = direction["pd"] + direction["pd"].T

    def at(h):
        moved = {n: v + h * direction[n] for n, v in arrays.items()}
        moved = {n: np.float64(v) if np.ndim(v) == 0 else v for n, v in moved.items()}
        return numpy_total(eval(source, {"np": np, "math": math, "statistics": statistics, "scipy": scipy, **moved}))

    expected = (at(step) - at(-step)) / (2 * step)
    got = sum(float((g.numpy() * direction[n]).sum()) for n, g in grads.items())
    assert got == pytest.approx(expected, rel=2e-5, abs=1e-6), f"{source} → {text}"


@pytest.mark.parametrize("source", (FLAT + MADE).split("\n")[1:], ids=lambda s: s[:24])
def test_same_values(source):
    for call in source.split():
        theirs, ours, text, _ = run_both(call)
        same(theirs, ours, text)


WRAPPED = """
np.exp(x)*y np.sqrt(x).sum(axis=0) np.mean(x,axis=1) np.clip(x,0.3,0.6) np.maximum(x,0.4) np.where(x>0.5,x,y)
np.concatenate([x,y]) np.stack([x,y],axis=1) np.dot(x,m) np.std(x,axis=0) np.var(x,ddof=1) np.log1p(x) np.tanh(x)
np.transpose(t,(1,0,2)) np.cumsum(x,axis=1) np.abs(x-y) np.power(x,3) np.outer(v,u) np.matmul(x,m) x.max(axis=1)
"""


@pytest.mark.slow
@pytest.mark.parametrize("source", WRAPPED.split())
def test_same_gradient_as_pytorch_s_own_numpy(source):
    """``torch.compiler.wrap_numpy`` runs the numpy source itself on tensors."""
    arrays = data()
    names = sorted({n for n in arrays if n in _names(Tree("/x.py", source), None)})
    scope = {"np": np}
    exec(f"def f({', '.join(names)}):\n    return {source}", scope)
    theirs = [torch.tensor(arrays[n], dtype=torch.float64, requires_grad=True) for n in names]
    torch._dynamo.reset()
    out = torch.compile(torch.compiler.wrap_numpy(scope["f"]), backend="eager")(*theirs)
    total(out).backward()
    leaves = torch_names(arrays)
    ours = eval(convert(source, arrays), {"np": np, "torch": torch, **leaves})
    total(ours).backward()
    for name, wrapped in zip(names, theirs, strict=True):
        torch.testing.assert_close(leaves[name].grad, wrapped.grad)
