"""The one table of what each call does to a gradient: held to torch, and to what the probe goes by."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from autofix import effects
from autofix.effects import Effect

NAMESPACES = (torch, torch.Tensor, nn.functional, torch.autograd, torch.distributions, torch.nn.init)
WORDS = {
    name: words
    for name, words in vars(effects).items()
    if name.isupper() and isinstance(words, frozenset) and name not in ("NUMPY_FACTS", "UFUNCS", "PLAIN_BUILTINS", "ADDITIONS", "SMOOTH")
}


@pytest.mark.parametrize("name", WORDS)
def test_what_the_table_names_is_there(name):
    full = {word for word in WORDS[name] if "." in word}
    known = {word.rsplit(".", 1)[-1] for word in full}
    missing = {w for w in WORDS[name] - full | known if not any(hasattr(space, w) or hasattr(space, f"__{w}__") for space in NAMESPACES)}
    assert missing <= {"names", "has_names"}, missing  # an older torch has those


def test_what_rounds_gives_a_gradient_of_zero():
    for name in effects.ROUNDS:
        x = torch.tensor([0.3, -1.7], requires_grad=True)
        getattr(torch, name)(x).sum().backward()
        assert not x.grad.any(), name


def test_what_stops_gives_the_same_memory_without_a_graph():
    x = torch.ones(2, requires_grad=True)
    for value in (x.detach(), torch.detach(x), x.data):
        assert value.data_ptr() == x.data_ptr() and not value.requires_grad


def test_discrete_distributions_have_no_way_back():
    for name in effects.DISCRETE:
        assert not getattr(torch.distributions, name).has_rsample, name


def test_factories_take_requires_grad():
    like, shape = torch.ones(2), {"linspace": (0, 1, 2), "logspace": (0, 1, 2), "full": ((2,), 1.0), "randint": (3, (2,)), "new_full": ((2,), 1.0)}
    for name in sorted(effects.FACTORIES):
        owner = like if name.startswith("new_") else torch
        given = shape.get(name, (like, *((1.0,) if name == "full_like" else (3,) if name == "randint_like" else ())) if name.endswith("_like") else (2,))
        assert getattr(owner, name)(*given, requires_grad=True, dtype=torch.float32).requires_grad, name


def test_the_probe_goes_by_the_same_facts():
    from autofix.probe import summands, torch_ops

    cut = {op.rsplit(".", 1)[-1] for op in torch_ops.CUTTERS} - {"new", "__deepcopy__"}
    assert {name for name in cut if effects.of(name) is not Effect.CUTS} == set()
    assert {op.rsplit(".", 1)[-1] for op in torch_ops.FROM_ITEMS} == effects.FROM_ITEMS
    assert torch_ops.CUTTERS >= effects.STOPS and torch_ops.ALIASING >= effects.STOPS
    assert {effects.short(name) for name in torch_ops.ROUNDING} >= effects.ROUNDS
    assert {effects.short(name) for name in summands.SUMS} >= effects.ADDITIONS
    assert torch_ops.MAKERS <= effects.MAKES


def test_the_last_part_of_a_name():
    assert effects.short("torch.Tensor.__radd__") == "radd"
    assert effects.short("torch.Tensor.add_") == "add"
    assert effects.short("torch.nn.functional.linear") == "linear"
