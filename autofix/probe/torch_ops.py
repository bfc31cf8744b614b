"""What torch's operations do to a gradient, by name, and the structure of their arguments and results."""

from __future__ import annotations

import re

import torch

# Operations whose result holds none of their tensors' data.
NO_DATA = frozenset(
    "size dim ndim numel nelement stride shape dtype device layout is_leaf requires_grad grad_fn names "
    "zeros_like ones_like empty_like rand_like randn_like randint_like new_zeros new_ones new_empty is_floating_point "
    "is_complex is_contiguous storage_offset data_ptr storage untyped_storage element_size type_as __len__ __hash__ "
    "output_nr _version is_cuda is_sparse __repr__ __str__ __format__ register_hook retain_grad retains_grad "
    "is_signed is_shared is_nonzero backward get_device has_names __bool__ equal allclose is_inference "
    "register_post_accumulate_grad_hook is_same_size manual_seed get_rng_state set_rng_state"
    .split()
)
# Of these, the ones that raise where a tensor has no gradient.
HOOKS = frozenset("retain_grad register_hook register_post_accumulate_grad_hook".split())
# Of these, the ones that spell a value out.
SPELLED = frozenset("__repr__ __str__ __format__".split())
# Of these, the ones that make a tensor: it enters the computation here.
MAKERS = frozenset("zeros_like ones_like empty_like rand_like randn_like randint_like new_zeros new_ones new_empty".split())
# Operations that cut whatever the program's settings are; others are seen to cut when their result lost the graph.
CUTTERS = frozenset(
    "torch.Tensor.detach torch.detach torch.Tensor.detach_ torch.Tensor.data torch.Tensor.numpy torch.Tensor.__array__ "
    "torch.Tensor.item torch.Tensor.tolist torch.Tensor.__float__ torch.Tensor.__int__ torch.Tensor.__index__ "
    "torch.tensor torch.Tensor.new_tensor torch.from_numpy torch.autograd.Variable torch.Tensor.new torch.scalar_tensor torch.Tensor.__complex__ torch.Tensor.__deepcopy__".split()
)
# What Python calls to convert a tensor must give the very type, or it warns.
EXACT = frozenset("__float__ __int__ __index__ __complex__".split())
# Constructors that keep the graph of a tensor and drop that of a list's items.
FROM_ITEMS = frozenset(
    "torch.as_tensor torch.asarray torch.Tensor torch.FloatTensor torch.DoubleTensor torch.HalfTensor torch.LongTensor "
    "torch.IntTensor".split()
)
REBUILDING = FROM_ITEMS | {"torch.tensor", "torch.Tensor.new_tensor"}
ALIASING = frozenset("torch.Tensor.detach torch.Tensor.data torch.detach torch.Tensor.numpy".split())
# Reads that do not use the value: a source's first use is the first other one.
NOT_A_USE = frozenset(
    "torch.Tensor.requires_grad_ torch.Tensor.data torch.Tensor.detach torch.detach torch.Tensor.grad torch.Tensor.fill_ "
    "torch.Tensor.__deepcopy__".split()
)
# Where an optimizer has not stepped yet, so many times the usual number of backward passes is seen.
PATIENCE = 6
FLAG = re.compile(r"requires?d?_?grad\w*$")
CLEARING = frozenset("torch.Tensor.zero_ torch.zero_".split())
ROUNDING = frozenset("normal bernoulli poisson round sign floor ceil trunc fix round_ sign_ floor_ ceil_ trunc_ sgn".split())


def flat(values, depth: int = 4):
    for value in values if isinstance(values, (list, tuple)) else [values]:
        if isinstance(value, (list, tuple)) and depth:
            yield from flat(value, depth - 1)
        elif isinstance(value, dict) and depth:
            yield from flat(list(value.values()), depth - 1)
        else:
            yield value


def results_of(out):
    kind = type(out)
    if isinstance(out, torch.Tensor):
        yield out
    elif isinstance(out, (list, tuple)):
        for item in out:
            yield from results_of(item)
    elif kind in (float, int, complex) or kind.__module__ == "numpy":
        yield out


def leaves(tensor, most: int = 2000) -> list:
    """The leaves that a tensor's graph ends in."""
    with torch._C.DisableTorchFunction():
        waiting = [tensor.grad_fn] if tensor.grad_fn is not None else []
        seen, found = set(waiting), []
        while waiting and len(seen) < most:
            node = waiting.pop()
            if hasattr(node, "variable"):
                found.append(node.variable)
            following = {n for n, _ in node.next_functions if n is not None} - seen
            seen |= following
            waiting.extend(following)
        return found


def rebuilt(out, tags):
    """The same structure with tagged leaves; untouched where nothing was tagged."""
    if isinstance(out, (list, tuple)) and type(out) in (list, tuple):
        items = [rebuilt(item, tags) for item in out]
        return out if all(a is b for a, b in zip(items, out)) else type(out)(items)
    return tags.get(id(out), out)


def is_inplace(short: str) -> bool:
    if short.startswith("__"):
        return short == "__setitem__" or (short.startswith("__i") and short not in ("__invert__", "__index__", "__int__"))
    return short.endswith("_")


def is_live(value) -> bool:
    return isinstance(value, torch.Tensor) and value.requires_grad
