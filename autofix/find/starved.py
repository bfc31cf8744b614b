"""Which targets starve: whose data reached a root, whose gradient is wanted, and to whom none came back."""

from __future__ import annotations

from dataclasses import dataclass

from autofix.find.record import Record, Root, Source, Want, is_gradient


@dataclass(frozen=True, slots=True)
class Starved:
    """A source that starves. ``want`` is the first moment it was missed, None where the run ended before."""

    source: Source
    how: str
    want: Want | None
    roots: tuple[Root, ...]


def fed(record: Record) -> frozenset[int]:
    """The sources to which some root, an inner derivative, or the program by hand (``p.grad = ...``) gave a gradient."""
    by_roots = {index for root in record.roots for index, sketch in root.gradients.items() if is_gradient(sketch)}
    asked = {want.source for want in record.wants if want.how == "autograd.grad" and want.satisfied and want.source >= 0}
    given = {note["source"] for note in record.notes if note["what"] == "given"}
    return frozenset(by_roots | asked | given)


def passed_by(record: Record) -> frozenset[int]:
    """The sources that an optimizer never steps on with a gradient, since the loss before the step holds them and gives
    them none; another loss may feed them, and that gradient is cleared (a GAN's generator in the other's step)."""
    steps: dict[int, list[Want]] = {}
    for want in record.wants:
        if want.how == "optimizer" and want.source >= 0 and want.root >= 0:
            steps.setdefault(want.source, []).append(want)
    passed = {i for i, wants in steps.items() if not any(w.satisfied or _gave(record, i, w.root) for w in wants)}
    if not record.roots or not record.roots[-1].error:
        return frozenset(passed)
    waiting = {i for i in optimized(record) - steps.keys() if i in record.roots[-1].data}  # the run died before the step
    return frozenset(passed | {i for i in waiting if not _gave(record, i, len(record.roots) - 1)})


def _gave(record: Record, index: int, last: int) -> bool:
    """Whether the last loss up to there that holds the source gave it a gradient."""
    held = [root for root in record.roots[: last + 1] if index in root.data and root.how != "inner"]
    return not held or is_gradient(held[-1].gradients.get(index))


def optimized(record: Record) -> frozenset[int]:
    """The sources that were handed to an optimizer."""
    return frozenset(n["source"] for n in record.notes if n["what"] == "optimizer") | {
        w.source for w in record.wants if w.how == "optimizer"
    }


def is_own_root(source: Source, root: Root) -> bool:
    """A root that was made a leaf by hand feeds only itself."""
    return source.site in root.made and len(root.data) > 1


def is_dead(record: Record, root: Root) -> bool:
    """No gradient came back from this root to anything but itself."""
    return not any(
        is_gradient(sketch) and not is_own_root(record.sources[index], root) for index, sketch in root.gradients.items()
    )


def starved(record: Record, read_ahead: frozenset[str] = frozenset()) -> list[Starved]:
    """Every source that starves, in program order.

    ``read_ahead``: names whose ``.grad`` the source mentions; they count where the run died before the read.
    """
    full = fed(record) - passed_by(record)
    wanted = _wanted(record, read_ahead)
    result = []
    for source in record.sources:
        if source.index in full or not source.floating:
            continue
        roots = tuple(r for r in record.roots if source.index in r.data and (r.how != "inner" or r.error))
        if not roots:
            continue
        how, want = wanted.get(source.index, (None, None))
        if how is None and _implied(record, source, roots, wanted):
            how = "leaf"
        if how is None or _on_purpose(record, source, how, want, roots):
            continue
        result.append(Starved(source, how, want, roots))
    return result


def _wanted(record: Record, read_ahead: frozenset[str]) -> dict[int, tuple[str, Want | None]]:
    wanted: dict[int, tuple[str, Want | None]] = {}
    for want in record.wants:
        if not want.satisfied and (want.source >= 0 and want.root >= 0 or want.how == "autograd.grad"):
            wanted.setdefault(want.source, (want.how, want))
    for index in optimized(record) if record.end.how != "enough" else ():
        if index >= 0:
            wanted.setdefault(index, ("optimizer", None))
    if record.end.how == "exception" or any(root.error for root in record.roots):
        for source in record.sources:
            if source.name and source.name in read_ahead:
                wanted.setdefault(source.index, ("read", None))
    return wanted


def _implied(record: Record, source: Source, roots, wanted) -> bool:
    """Nobody asks for its gradient by name, but it was made to have one and its root is dead."""
    if not source.requires_grad or any(is_own_root(source, root) for root in roots):
        return False
    explicit = any(
        index in root.data and (record.sources[index].requires_grad or how == "read")
        for root in roots
        for index, (how, _) in wanted.items()
        if index >= 0
    )
    return not explicit and all(is_dead(record, root) for root in roots)


def _on_purpose(record: Record, source: Source, how: str, want: Want | None, roots) -> bool:
    """A frozen parameter among trained ones, a root that is its own leaf: nobody misses that gradient."""
    if any(is_own_root(source, root) for root in roots):
        return True
    if not source.requires_grad and (source.parameter or source.owner == "buffer" and how != "optimizer"):
        return not all(is_dead(record, root) for root in roots)
    if how == "read" and want is not None and not source.requires_grad and source.owner == "buffer":
        return True
    return False
