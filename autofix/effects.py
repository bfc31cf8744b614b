"""What each call does to a gradient: the one table that the flow and the codemods share.

Most operations hand the gradient on, so only those that do not are listed. Names are the last part of an
API's dotted name, since ``torch.argmax(t)``, ``t.argmax()`` and ``Tensor.argmax`` do the same.
"""

from __future__ import annotations

from enum import StrEnum


class Effect(StrEnum):
    """What comes out of an operation on a tensor that has a gradient."""

    KEEPS = "keeps"
    """The result depends on the tensor, and the gradient comes back through it (as far as anybody can tell)."""
    CUTS = "cuts"
    """The result holds the tensor's data; no gradient ever comes back."""
    WHOLE = "whole"
    """The result is whole numbers or truth values that depend on the data; those have no gradient."""
    ROUNDS = "rounds"
    """There is a gradient, and it is zero everywhere."""
    FACT = "fact"
    """The result says something about the tensor (its shape, its device) and holds none of its data."""
    MAKES = "makes"
    """A new tensor."""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


CUTS = _words("detach detach_ data numpy __array__ item tolist __float__ __int__ __index__ __complex__ new_tensor")
CONSTRUCTORS = _words("tensor scalar_tensor from_numpy Variable from_dlpack frombuffer")
"""Constructors whose result never has a graph, whatever they are given."""
FROM_ITEMS = _words("as_tensor asarray Tensor FloatTensor DoubleTensor HalfTensor LongTensor IntTensor")
"""Constructors that keep the graph of a tensor and drop that of a list's items."""
CASTS = _words("long int short byte char")
"""Methods that make whole numbers of a tensor."""
WHOLE = CASTS | _words(
    "argmax argmin argsort argwhere bincount bucketize searchsorted count_nonzero nonzero eq ne lt gt le ge greater "
    "less greater_equal less_equal not_equal logical_and logical_or logical_not logical_xor isnan isinf isfinite "
    "isclose isin isposinf isneginf isreal signbit bool one_hot multinomial randperm any all "
    "randint randint_like equal allclose bitwise_and bitwise_or bitwise_not bitwise_xor unravel_index"
)
ROUNDS = _words("round sign floor ceil trunc fix sgn")
PAIRS = _words("max min sort topk median nanmedian mode kthvalue cummax cummin")
"""Values and their indices: the gradient of the indices is lost (``max`` and its like only where given a dim)."""
FACTS = _words(
    "size dim ndim numel nelement stride shape dtype device layout is_leaf requires_grad grad_fn names "
    "is_floating_point is_complex is_contiguous storage_offset data_ptr storage untyped_storage "
    "element_size __len__ __hash__ output_nr _version is_cuda is_sparse __repr__ __str__ __format__ register_hook "
    "is_signed is_shared is_nonzero get_device has_names is_inference itemsize nbytes is_meta is_mps is_quantized "
    "register_post_accumulate_grad_hook is_same_size manual_seed get_rng_state set_rng_state ndimension type"
)
FACTORIES = _words(
    "zeros ones empty full rand randn arange linspace logspace eye zeros_like ones_like empty_like full_like rand_like "
    "randn_like new_zeros new_ones new_empty new_full randint randint_like randperm"
)
"""Functions and methods that make a tensor of no other's data and take ``requires_grad=``."""
MAKES = FACTORIES | _words(
    "range hann_window hamming_window blackman_window bartlett_window kaiser_window tril_indices triu_indices empty_strided"
)
WHOLE_MADE = _words("randint randint_like randperm tril_indices triu_indices")
SMOOTH = _words(
    "add sub mul div truediv matmul mm bmm mv dot pow neg exp log log2 log10 log1p expm1 sqrt rsqrt sin cos tan sinh "
    "cosh tanh asin acos atan sigmoid softmax log_softmax softplus relu gelu silu elu selu leaky_relu abs square sum mean "
    "var std norm prod logsumexp cumsum cumprod reshape view squeeze unsqueeze flatten transpose permute t T mT clone "
    "contiguous stack cat concat clamp_min float double half to linear mse_loss l1_loss smooth_l1_loss cross_entropy nll_loss "
    "binary_cross_entropy binary_cross_entropy_with_logits kl_div einsum outer getitem radd rsub rmul rtruediv rpow "
    "logsigmoid normalize layer_norm erf lerp addmm baddbmm mul_ add_ requires_grad_ cpu cuda expand repeat roll flip relu6 conv1d conv2d conv3d"
)
"""Operations whose result surely requires grad where an input does."""

SAVES_RESULT = _words("relu exp sigmoid tanh softmax log_softmax sqrt rsqrt reciprocal tan expm1 exp2")
"""Operations that need their own result for the backward pass: it must not be overwritten."""
SAVES_INPUT = _words("norm pow square sin cos log abs prod std var")
SAVES_FACTORS = _words("mul matmul mm bmm linear conv1d conv2d conv3d div truediv einsum")
"""Operations that keep their operands: one made in inference mode cannot be kept."""
OVERWRITES = _words("zero_ fill_ copy_ uniform_ normal_ random_ bernoulli_ exponential_ log_normal_ set_ fill_diagonal_")
"""Methods that write other data into a tensor: what they do has no twin that gives a new one."""
ADDITIONS = _words("add sub radd rsub iadd isub")
"""Operators and methods that add or subtract, as ``short`` names them."""
REDUCTIONS = _words("sum mean prod max min norm std var amax amin logsumexp dot median")
LOSSES = _words(
    "mse_loss l1_loss smooth_l1_loss huber_loss cross_entropy nll_loss binary_cross_entropy binary_cross_entropy_with_logits "
    "kl_div cosine_embedding_loss margin_ranking_loss triplet_margin_loss"
)

NUMPY_FACTS = _words(
    "shape ndim size isscalar iscomplexobj isrealobj result_type can_cast dtype may_share_memory shares_memory seterr "
    "errstate set_printoptions get_printoptions array2string array_repr array_str savetxt save savez printoptions iinfo "
    "finfo issubdtype zeros_like ones_like empty_like float32 float64 int32 int64 seed"
)
UFUNCS = _words(
    "absolute abs add arccos arccosh arcsin arcsinh arctan arctan2 arctanh cbrt ceil conjugate copysign cos cosh deg2rad "
    "degrees divide exp exp2 expm1 fabs float_power floor floor_divide fmax fmin fmod greater greater_equal hypot isfinite "
    "isinf isnan less less_equal log log10 log1p log2 logaddexp logaddexp2 logical_and logical_not logical_or logical_xor "
    "matmul maximum minimum mod multiply negative not_equal positive power rad2deg radians reciprocal remainder rint sign "
    "sin sinh sqrt square subtract tan tanh true_divide trunc"
)
"""numpy functions that reach a tensor through ``Tensor.__array__``."""
SAME_UFUNC = {"abs": "absolute", "true_divide": "divide", "mod": "remainder"}
"""What numpy itself calls those that go by two names."""

INERT = ["logging", "warnings", "time", "datetime", "os", "sys", "json", "pickle", "pathlib", "argparse", "random", "re", "string", "textwrap", "shutil", "subprocess", "glob", "tempfile", "csv", "yaml", "matplotlib", "pylab", "seaborn", "plotly", "PIL", "imageio", "cv2", "tqdm", "rich", "wandb", "tensorboard", "tensorboardX", "pandas", "typing", "types", "enum", "abc", "dataclasses", "collections", "inspect", "platform", "socket", "threading", "queue", "signal", "uuid", "hashlib", "base64", "struct", "io", "gzip", "zipfile", "urllib", "requests", "gym", "gymnasium", "sklearn", "pprint", "traceback", "gc", "atexit", "resource", "psutil", "tabulate", "colorama", "termcolor", "h5py", "networkx", "torchvision.datasets", "torchvision.transforms", "torch.utils.data", "torch.utils.tensorboard", "torch.cuda", "torch.backends", "torch.random", "torch.version", "torch.manual_seed", "torch.set_default_dtype", "torch.set_default_device", "torch.set_num_threads", "torch.set_printoptions", "torch.save", "torch.finfo", "torch.iinfo", "torch.device", "torch.Generator", "torch.Size", "torch.get_default_dtype", "torch.is_tensor", "torch.is_grad_enabled", "torch.use_deterministic_algorithms", "torch.set_float32_matmul_precision", "torch.seed", "torch.initial_seed", "torch.get_rng_state", "torch.set_rng_state", "torch.autograd.set_detect_anomaly", "torch.autograd.detect_anomaly", "torch.typename", "torch.numel", "torch.is_floating_point", "torch.is_complex", "torch.distributed.is_initialized", "torch.distributed.get_rank", "torch.distributed.get_world_size", "numpy.random"]
"""Modules and functions whose results are plain, and that do nothing to the tensors they are given."""

PLAIN_BUILTINS = _words(
    "print len range isinstance issubclass callable hasattr repr str id hash type format ord chr bin hex oct input open "
    "bytes bytearray object memoryview ascii vars dir exit quit"
)

DISCRETE = _words("Categorical Bernoulli OneHotCategorical Binomial Multinomial Poisson Geometric NegativeBinomial")
"""Distributions whose draws are whole numbers or choices: no path leads back to their parameters."""

# By their full names, as a break's ``op`` has them.
STOPS = frozenset(["torch.Tensor.detach", "torch.detach", "torch.Tensor.data"])
"""The value and its memory stay, only the gradient stops."""
NUMBERS = frozenset(["torch.Tensor.item", "torch.Tensor.__float__", "torch.Tensor.tolist"])
"""A tensor becomes floating point numbers of Python."""
ENTERS_NUMPY = ("numpy.", "scipy.", "torch.Tensor.numpy", "torch.Tensor.__array__")
"""How the names of operations start that leave torch for numpy, or compute there."""
OTHER_LIBRARIES = ("numpy.", "scipy.", "math.", "statistics.")
"""How the names of operations start that torch does not see."""


def short(op: str) -> str:
    """The last part of an operation's name: ``radd`` of ``torch.Tensor.__radd__``, ``add`` of ``torch.Tensor.add_``."""
    return op.rsplit(".", 1)[-1].strip("_")


def of(name: str) -> Effect:
    """The effect of an operation, by the last part of its dotted name (without an in-place ``_``)."""
    if name in CUTS or name in CONSTRUCTORS:
        return Effect.CUTS
    if name in MAKES:
        return Effect.MAKES
    if name in WHOLE:
        return Effect.WHOLE
    if name in ROUNDS:
        return Effect.ROUNDS
    if name in FACTS:
        return Effect.FACT
    return Effect.KEEPS
