"""What gradient tapes see, what is asked of them, and why nothing came back."""

from __future__ import annotations

import re
import weakref
from collections import Counter

import numpy
import tensorflow as tf

from autofix.probe.lineage import bits
from autofix.probe.sketch import numbers
from autofix.probe.tape_paths import (
    ALL,
    GRADIENT,
    Node,
    Tape,
    before,
    cuts_of_values,
    first_uses,
    parts_cut,
    stops_of,
    told,
    viewed,
    way,
)
from autofix.probe.tf_values import (
    VARIABLES,
    EagerTensor,
    KerasVariable,
    flat,
    handle,
    is_live,
    joined,
    key_of,
    plain_sum,
    same_numbers,
    total_of,
    watch_shape,
)


class TfTapes:
    """Follows the tapes and the optimizers of a run; ``probe`` knows the values."""

    def __init__(self, probe, enough, limit: int, calls: int):
        self.probe, self.watch, self.names = probe, probe.watch, probe.names
        self.enough, self.limit, self.calls = enough, limit, calls
        self.visits: Counter = Counter()
        self._known: weakref.WeakKeyDictionary = weakref.WeakKeyDictionary()

    def tape(self, tape) -> Tape:
        known = self._known.get(tape)
        if known is None:
            known = self._known[tape] = Tape(
                len(self._known) + 1 + sum(self.visits.values()), self.watch.places.here(), tape._persistent, tape._watch_accessed_variables
            )
        return known

    def switched(self, tape, on: bool) -> None:
        known = self.tape(tape)
        if on:
            if known.stopped and known.stopped[-1][2] < 0:
                site, start, _ = known.stopped[-1]
                known.stopped[-1] = (site, start, self.watch.clock)
            known.opened = self.watch.clock if known.opened < 0 else known.opened
            known.closed = -1
            self.probe.recording |= 1 << known.number
        else:
            known.closed = self.watch.clock
            self.probe.recording &= ~(1 << known.number)

    def watched(self, tape, tensors) -> None:
        known, site = self.tape(tape), self.watch.places.here()
        for value in tf.nest.flatten(tensors):
            key = key_of(value)
            self.probe.node(value)
            known.watched.setdefault(key, (self.watch.clock, site))

    def not_watched(self, tape, tensors) -> None:
        """Arrays or Keras's variables among what a tape was to watch: the call raises."""
        site, values = self.watch.places.here(), flat(tensors)
        for place, value in enumerate(values):
            kind = "array" if isinstance(value, numpy.ndarray) else "weight" if isinstance(value, KerasVariable) else ""
            if kind:
                index = self._asked(value)
                self.names.resolve(1 << index)
                note = {"what": f"watched {kind}", "site": site, "tape": self.tape(tape).site, "source": index, "place": place}
                self.watch.notes.append({**note, "several": isinstance(tensors, (list, tuple))})

    # -- roots ------------------------------------------------------------------------------------

    def differentiate(self, tape, how: str, target, sources, weights, run):
        """``tape.gradient`` and its kin: note the root, run it, note what came back and why nothing did."""
        watch = self.watch
        site = watch.places.here()
        if self._seen_enough(site):
            self.enough()
        known = self.tape(tape)
        targets, wanted = flat(target), flat(sources)
        nodes = [node for value in targets if (node := self.probe.node(value)) is not None]
        entry = self._root(targets, nodes, total_of(targets, weights), known.opened)
        if not wanted:
            watch.notes.append({"what": "nothing asked", "root": len(watch.roots) - 1, "site": site})
        indices = [self._asked(value) for value in wanted]
        mask = 0
        for index in indices:
            mask |= 1 << index if index >= 0 else 0
        self.names.resolve(mask)
        if known.used and not known.persistent:
            self._note_reuse(tape, known, site, indices)
        self._settle_uses(nodes)
        outer = self.probe.recording & ~(1 << known.number)
        try:
            with watch.muted():
                result = run()
        except Exception as error:
            entry["error"] = f"{type(error).__name__}: {error}"[:300]
            self._note_numbers(known, wanted, site)
            self._came_back(entry, known, how, nodes, wanted, indices, [None] * len(wanted), len(targets), site)
            raise
        known.used = True
        results = flat(result)
        self._came_back(entry, known, how, nodes, wanted, indices, results, len(targets), site)
        if outer and all(r is not None for r in results):
            entry["how"] = "inner"
        self._made_from_gradient(results, nodes, indices, site)
        return result

    def _root(self, targets, nodes, value, opened: int) -> dict:
        """Note what is differentiated."""
        self._name_loose(targets)
        data, _, made = joined(nodes)
        entry = {
            "site": self.watch.places.here(),
            "how": "tape",
            "value": value,
            "data": bits(data),
            "cuts": bits(cuts_of_values(nodes, opened)),
            "made": sorted(made),
            "requires_grad": any(isinstance(t, EagerTensor) for t in targets),
            "error": "",
            "gradients": {},
            "printed": self.watch.printed(),
        }
        self.watch.add_root(entry)
        return entry

    def nothing_to_train(self, loss) -> None:
        """A model without a single trainable weight is trained: Keras does not even ask its tape."""
        site = self.watch.places.here()
        if self._seen_enough(site):
            self.enough()
        nodes = [node for value in flat(loss) if (node := self.probe.node(value)) is not None]
        self._root(flat(loss), nodes, total_of(flat(loss), None), -1)
        self.watch.notes.append({"what": "nothing asked", "root": len(self.watch.roots) - 1, "site": site})

    def _settle_uses(self, nodes) -> None:
        """A variable may be read before (a copy, a log): what counts is its first read on the way to a target."""
        for index, clock in first_uses(nodes).items():
            source = self.watch.sources[index]
            reads = [read for read in self.probe.reads.pop(index, ()) if read <= clock]
            if source.use >= 0 and reads:
                source.use = reads[-1] * 64 + 63

    def _name_loose(self, targets) -> None:
        """Variables that are on the way and that nobody asks for yet: who holds them?"""
        watch, loose = self.watch, 0
        for index in bits(joined([node for value in targets if (node := self.probe.node(value)) is not None])[0]):
            source = watch.sources[index]
            if not source.requires_grad and not source.name and source.op != "numpy.ndarray":
                loose |= 1 << index
        self.names.resolve(loose)

    def _seen_enough(self, site: int) -> bool:
        """One visit of a place more than the limit, once all places have had their chance."""
        self.visits[site] += 1
        patience = self.limit if len(self.visits) >= self.calls else 6 * self.limit
        return self.visits[site] > patience

    def _asked(self, value) -> int:
        """The index of a source that is asked for."""
        index = self._numbered(value)
        if index >= 0:
            source = self.watch.sources[index]
            source.requires_grad = True
            if isinstance(value, VARIABLES):
                source.alive = weakref.ref(value)
        return index

    def _numbered(self, value) -> int:
        """The index of a source; a value that was none becomes one."""
        node = self.probe.node(value)
        if node is None:
            if isinstance(value, numpy.ndarray):
                node = self.probe.array(value)
            else:
                return -1
        watch = self.watch
        if node.source < 0:
            body = handle(value) if isinstance(value, VARIABLES) else value
            kind, dtype, shape = watch.facts_of(value)
            floating = dtype.startswith(("float", "bfloat", "complex"))
            alive = weakref.ref(body) if isinstance(value, (EagerTensor, *VARIABLES, numpy.ndarray)) else None
            node.source = self.probe.add_source(
                node.site, "tf.Tensor" if kind == "tensor" else "numpy.ndarray", dtype, shape, floating, alive
            )
            source = watch.sources[node.source]
            source.use = node.clock * 64 if kind == "tensor" else -1
            source.scale = self.probe.size_of(value) if kind == "tensor" and floating else 1.0
            node.data |= 1 << node.source
        return node.source

    def _came_back(self, entry, tape: Tape, how, nodes, wanted, indices, results, size, site) -> None:
        watch = self.watch
        for place, (value, index, result) in enumerate(zip(wanted, indices, results)):
            name = watch.sources[index].name if index >= 0 else ""
            label = name or f"source {place}"
            got = self._sketched(result, label, how, value)
            if how == "batch_jacobian" and got is not None and got["norm"] == 0:
                got = None  # it says zeros where ``gradient`` says None
            self._wanted(value, index, label, got, site)
            if index < 0:
                continue
            if got is not None:
                entry["gradients"][index] = got
            if got is None or got["norm"] == 0:
                self._explain(entry, tape, nodes, value, index, site, place)

        self._note_parts(nodes, tape, [i for i, got in entry["gradients"].items() if got["norm"] > 0], site)

    def _note_parts(self, nodes, tape: Tape, fed: list[int], site: int) -> None:
        """Note what sources that did get a gradient lost on some other way."""
        root = len(self.watch.roots) - 1
        for node, added in parts_cut(nodes, tape.opened):
            sources = [index for index in fed if node.data >> index & 1 and (not node.own or self._leads_to(node, index, tape))]
            for bit in bits(node.own) if sources else ():
                self.watch.notes.append({"what": "part cut", "root": root, "cut": bit, "added": added, "sources": sources})
            if node.op == GRADIENT and sources:
                outside = way(nodes, sources[0], tape).outside.get("before", [])
                note = {"what": "part before", "root": root, "outside": outside, "tape": tape.site, "gradient": site, "sources": sources}
                self.watch.notes.append(note)

    def _leads_to(self, node: Node, index: int, tape: Tape) -> bool:
        """Whether the source's gradient would come back from right before this value."""
        return way(node.parents, index, tape, self._hard()).flows

    def _sketched(self, result, label: str, how: str, value) -> dict | None:
        if result is None:
            return None
        with self.watch.muted():
            values = numpy.array(tf.convert_to_tensor(result)._numpy())
        if values.dtype.kind == "c":
            values = values.view(values.real.dtype)
        values = values.astype(numpy.float64)
        shape = tuple(watch_shape(value))
        if how != "gradient" and values.ndim > len(shape):
            first = 1 if how == "batch_jacobian" else 0
            values = plain_sum(values, axis=tuple(range(first, first + values.ndim - len(shape))))
        return numbers(numpy, values, label)

    def _wanted(self, value, index: int, label: str, got, site: int) -> None:
        watch = self.watch
        node = self.probe.node(value)
        if len(watch.wants) < 2000:
            watch.wants.append(
                {
                    "how": "tape.gradient",
                    "site": site,
                    "source": index,
                    "name": label,
                    "leaf": True,
                    "requires_grad": True,
                    "parameter": False,
                    "data": bits(node.data) if node is not None else [],
                    "cuts": bits(node.cuts) if node is not None else [],
                    "made": node.site if node is not None else -1,
                    "grad": got,
                    "root": len(watch.roots) - 1,
                }
            )

    def _explain(self, entry, tape: Tape, nodes, value, index: int, site: int, place: int) -> None:
        """Note why no gradient came back to this source."""
        watch = self.watch
        found = way(nodes, index, tape)
        found = found if found.reached else way(nodes, index, tape, choices=True)
        for bit in bits(found.cuts):
            watch.cuts[bit].data |= 1 << index
        entry["cuts"] = sorted({*entry["cuts"], *bits(found.cuts)})
        if found.reached:
            entry["data"] = sorted({*entry["data"], index})
        node, source = self.probe.node(value), watch.sources[index]
        variable = isinstance(value, VARIABLES)
        trainable = bool(getattr(value, "trainable", False)) if variable else False
        clock, watch_site = tape.watched.get(key_of(value), (-1, -1))
        automatic = variable and trainable and tape.accessed
        inside = not variable and node.live and node.tapes >> tape.number & 1 and node.tapes != ALL
        seen = clock >= 0 or automatic or inside
        stops = stops_of(nodes, index, tape, self._hard(), seen, not way(nodes, index, tape).reached)
        kin = [] if found.reached else [
            i for i in bits(node.data)
            if i != index and i in entry["data"] and self._is_copy(watch.sources[i], value) and way(nodes, i, tape, self._hard()).flows
        ]  # fmt: skip
        kin += [i for i in self.probe.copies.get(index, ()) if i in entry["data"]]
        kin = kin if found.reached or kin else self._meant(value, node, nodes, tape)
        kin_named = 0
        for other in kin:
            kin_named |= 1 << other
        self.names.resolve(kin_named)
        watch.notes.append(
            {
                "what": "tape",
                "root": len(watch.roots) - 1,
                "source": index,
                "tape": tape.site,
                "gradient": site,
                "place": place,
                "kind": "variable" if variable else watch.facts_of(value)[0],
                "floating": source.floating,
                "dtype": source.dtype,
                "trainable": trainable,
                "accessed": tape.accessed,
                **told(found, stops, nodes, tape),
                "watched": seen,
                "late": watch_site if 0 <= found.first_use <= clock else -1,
                "born_inside": bool(node.tapes != ALL and node.tapes >> tape.number & 1) and not variable,
                "made": node.site,
                "cuts": bits(found.cuts),
                "kin": [[other, watch.sources[other].name] for other in kin],
                "double": not found.reached and not kin and bool(_doubles(node, nodes)),
                "error": entry["error"],
            }
        )

    def _is_copy(self, source, value) -> bool:
        original = source.alive() if source.alive is not None else None
        with self.watch.muted():
            return original is not None and same_numbers(original, value)

    def _meant(self, asked, node: Node, nodes, tape: Tape) -> list[int]:
        """A tensor with a name that the target was made of, and of which the asked one is a view or the double."""
        whole, doubles, found = {id(one) for one in viewed(node)}, _doubles(node, nodes), []
        for _, value in self.names.plain():
            known = self.watch.ledger.get(handle(value) if isinstance(value, VARIABLES) else value)
            with self.watch.muted():
                double = id(known) in doubles and watch_shape(value) == watch_shape(asked) and same_numbers(value, asked)
            if known is not None and (double or id(known) in whole):
                found.append((not double, -known.clock, value))
        for *_, value in sorted(found, key=lambda one: one[:2]):
            index = self._numbered(value)
            if way(nodes, index, tape, self._hard()).flows:
                return [index]
        return []

    def _hard(self) -> int:
        return sum(1 << index for index, cut in enumerate(self.watch.cuts) if not cut.soft)

    def _note_numbers(self, known: Tape, wanted, site: int) -> None:
        """Python's own numbers among what is asked for: the call raises."""
        for place, value in enumerate(wanted):
            if type(value) in (int, float):
                index = self.probe.add_source(-1, type(value).__name__, "float64", (), True, None)
                self.watch.sources[index].name, self.watch.sources[index].requires_grad = self.names.of(value), True
                self.watch.notes.append({"what": "asked number", "site": site, "tape": known.site, "source": index, "place": place})

    def _note_reuse(self, tape, known: Tape, site: int, indices) -> None:
        self.watch.notes.append({"what": "reused tape", "site": site, "tape": known.site, "sources": [i for i in indices if i >= 0]})

    def _made_from_gradient(self, results, nodes, indices, site: int) -> None:
        """A gradient is made of the target and its sources; an outer tape may have recorded it."""
        watch = self.watch
        watch.clock += 1
        held = [node for index in indices if index >= 0 and (node := self._node_of_source(index)) is not None]
        parents = (*nodes, *held)
        data, cuts, _ = joined(parents)
        for result in results:
            if isinstance(result, EagerTensor):
                made = Node(data, cuts, site, parents, 0, self.probe.recording, watch.clock, is_live([result]))
                made.op = GRADIENT
                watch.ledger.put(result, made)

    def _node_of_source(self, index: int):
        alive = self.watch.sources[index].alive
        value = alive() if alive is not None else None
        return None if value is None else self.probe.node(value)

    def applied(self, gradients, variables) -> None:
        """An optimizer is about to step."""
        watch = self.watch
        site = watch.places.here()
        for place, (gradient, variable) in enumerate(zip(gradients, variables)):
            if not isinstance(variable, VARIABLES) or len(watch.wants) >= 2000 or not watch.roots:
                continue
            node = self.probe.node(variable)
            name = self.names.of(variable) or f"variable {place}"
            got = self._sketched(gradient, name, "gradient", variable)
            watch.sources[node.source].requires_grad = True
            watch.wants.append(
                {
                    "how": "optimizer",
                    "site": site,
                    "source": node.source,
                    "name": name,
                    "leaf": True,
                    "requires_grad": True,
                    "parameter": False,
                    "data": bits(node.data),
                    "cuts": bits(node.cuts),
                    "made": node.site,
                    "grad": got,
                    "root": len(watch.roots) - 1,
                }
            )


def _doubles(asked: Node, targets) -> set[int]:
    """What was made on the way to the targets by the same operation as the asked value, out of the same sources."""
    data = asked.data & ~(1 << asked.source) if asked.source >= 0 else asked.data
    way_there = (one for target in targets for one in (target, *before(target))) if asked.op else ()
    return {id(one) for one in way_there if one is not asked and one.op and one.op == asked.op and one.data == data != 0}


def gradient_calls(source: bytes | str) -> int:
    """How many places of a program may ask a tape for a gradient."""
    text = source.decode("utf-8", "replace") if isinstance(source, bytes) else source
    return len(re.findall(r"\.(?:gradient|jacobian|batch_jacobian|fit|train_on_batch)\(", text))
