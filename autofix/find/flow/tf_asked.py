"""What a program asks a tape for: the gradients of targets with respect to sources, and why some of them are None."""

from __future__ import annotations

from autofix.find.flow import tensors, tf_lineage, tf_naming, tf_values
from autofix.find.flow.machine import Machine, Raised
from autofix.find.flow.record import GRADIENT
from autofix.find.flow.tf_lineage import Made
from autofix.find.values import EAGER, NONE, Const, Datum, Either, Inst, Items, Map, Seq, opaque
from autofix.probe.lineage import bits
from autofix.probe.tape_paths import ALL, LINEAR, cuts_of_values, parts_cut, stops_of, told, viewed, way
from autofix.probe.tape_paths import GRADIENT as OF_GRADIENT

USED_UP = "A non-persistent GradientTape can only be used to compute one set of gradients (or jacobians)"
NO_TENSOR = "object has no attribute '_id'"
NOTHING = "No gradients provided for any variable."
VISITS = 2
"""A run sees each place so often at least."""


def key(datum: Datum):
    return ("variable", datum.source) if datum.kind == "variable" else id(datum.lineage)


def flat(value) -> list:
    """The leaves of a structure, as ``tf.nest.flatten`` gives them."""
    if type(value) is Seq:
        found = [leaf for one in value.items.first for leaf in flat(one)]
        return [*found, opaque()] if value.items.rest is not None else found
    if type(value) is Map:
        if value.rest is not None or not all(isinstance(key, str) for key in value.fields):
            return [opaque()]
        return [leaf for key in sorted(value.fields) for leaf in flat(value.fields[key])]
    return [value]


def _packed(value, results: list):
    """The results in the shape of what was asked."""
    if type(value) is Seq:
        return Seq("tuple" if value.kind == "tuple" else "list", Items(tuple(_packed(one, results) for one in value.items.first), None if value.items.rest is None else opaque()))
    if type(value) is Map:
        return Map({key: _packed(value.fields[key], results) for key in sorted(value.fields)}) if value.rest is None else opaque()
    return results.pop(0)


def ask(m: Machine, tape: Datum, how: str, args: list, kwargs: dict):
    target = args[0] if args else kwargs.get("target", opaque())
    sources = args[1] if len(args) > 1 else kwargs.get("sources", opaque())
    zeros = args[3:4] if how == "gradient" else args[2:3]
    zeros = bool(zeros) or "unconnected_gradients" in kwargs or "**" in kwargs
    wanted, targets = flat(sources), flat(target)
    site = m.site()
    if site >= 0 and m.seen.spans[site][:2] in m.announced:
        m.seen.reached.add(m.seen.spans[site][:2])
    m.visits[site] = m.visits.get(site, 0) + 1
    idle = m.doubt or m.guarded or m.closed or m.settling or m.visits[site] > VISITS
    entry = _root(m, site, targets, tape, idle)
    if not idle:
        _name_loose(m, entry["must"])
    question = _Question(m, tape, entry, targets, site, zeros, batched=how == "batch_jacobian")
    if not idle and tape.lineage.used is True and not tape.lineage.persistent and not tape.hidden:
        _used_up(m, question, wanted)
    results = [_one(question, datum, place, idle) for place, datum in enumerate(wanted)]
    m.set(tape.lineage, "used", True)
    if not idle:
        _finish(question, wanted, results)
    return _packed(sources, list(results))


class _Question:
    """One call of ``tape.gradient``: where, of what."""

    def __init__(self, m: Machine, tape: Datum, entry: dict, targets: list, site: int, zeros: bool, batched: bool):
        self.m, self.tape, self.entry, self.site, self.batched = m, tape, entry, site, batched
        self.root = len(m.seen.roots) - 1
        data = [datum for value in targets for datum in tensors.carriers([value])]
        self.nodes = [node for datum in data if (node := tf_values.node_of(m, datum)) is not None]
        self.strange = any(datum.kind not in (*EAGER, "array", "number") for datum in data) or any(type(v) in (Either, Inst) for v in targets)
        self.dies = not self.strange and any(type(v) is Const or type(v) is Datum and v.kind in ("array", "number") for v in targets)
        self.zeros = zeros and not self.dies
        self.known = tape.lineage
        self.reach = tf_lineage.Nodes(tf_lineage.before(self.nodes))
        self.live = tf_lineage.Nodes(tf_lineage.live(self.nodes, self.known))
        self.sure, self.loose = self.reach.sure, not self.live.sure
        self.error = ""


def _root(m: Machine, site: int, targets: list, tape: Datum, idle) -> dict:
    data = must = 0
    made = set()
    held = tensors.carriers(targets)
    cuts = cuts_of_values([node for datum in held if (node := tf_values.node_of(m, datum)) is not None], tape.lineage.opened)
    for datum in held:
        data, must = data | datum.data, must | datum.must
        if datum.site >= 0:
            made.add(datum.site)
    entry = {
        "site": site, "how": "tape", "tape": True, "data": data, "must": must, "cuts": cuts, "made": sorted(made), "requires_grad": True, "error": "",
        "fed": 0, "hidden": False, "surely_dead": False, "rebuilt": [], "guarded": False, "doubt": m.doubt > 0,
    }  # fmt: skip
    if not idle:
        m.seen.roots.append(entry)
    return entry


def _name_loose(m: Machine, data: int) -> None:
    """Variables that are on the way and that nobody asks for yet: who holds them?"""
    sources = m.seen.sources
    tf_naming.resolve(m, [i for i in bits(data) if not sources[i]["requires_grad"] and not sources[i]["name"] and sources[i]["op"] != "numpy.ndarray"])


def number(m: Machine, datum: Datum, node: Made) -> int:
    """The number of a source that is asked for; a value that was none becomes one."""
    if datum.source < 0 or node.source < 0:
        made = Datum(datum.kind, floating=datum.floating)
        m.source(made, "tf.Tensor" if datum.kind in EAGER else "numpy.ndarray", node.site, False)
        index = made.source
        m.seen.sources[index]["floating"] = datum.floating is not False
        m.set(datum, "source", index)
        m.set(node, "source", index)
        m.set(node, "data", node.data | 1 << index)
        m.set(datum, "data", datum.data | 1 << index)
        m.set(datum, "must", datum.must | 1 << index)
    m.seen.sources[datum.source]["requires_grad"] = True
    return datum.source


def _used_up(m: Machine, question: _Question, wanted: list) -> None:
    """A tape that is not persistent answers once: the call raises."""
    if any(type(one) is not Datum or one.kind not in EAGER or tf_values.node_of(m, one) is None for one in wanted):
        return
    indices = [number(m, one, one.lineage) for one in wanted]
    tf_naming.resolve(m, indices)
    m.seen.notes.append({"what": "reused tape", "site": question.site, "tape": question.known.site, "sources": indices})
    question.entry["error"] = f"RuntimeError: {USED_UP}"
    for one in wanted:
        _want(question, one, None)
    raise Raised("RuntimeError", USED_UP, question.site)


def _one(question: _Question, datum, place: int, idle):
    """What comes back for one source."""
    m = question.m
    if type(datum) is not Datum or datum.kind not in (*EAGER, "array"):
        if type(datum) is Const and datum.value is None:
            return NONE
        if type(datum) is Const and type(datum.value) in (int, float) and not idle and not question.tape.hidden:
            _number_asked(question, datum, place)
            return opaque()
        _any(question)
        return opaque()
    node = tf_values.node_of(m, datum)
    if node is None and datum.kind == "array" and datum.floating is False:
        return opaque()
    answer = _answer(question, datum, node)
    if idle or answer is None:
        if node is not None and not idle:
            _may_share(question, node)
        if node is not None and datum.source >= 0 and answer is not False:
            _perhaps(question, datum)
        return opaque() if answer is not True else _gradient(question, datum)
    index = number(m, datum, node)
    tf_naming.resolve(m, [index])
    _want(question, datum, GRADIENT if answer else None)
    if answer:
        question.entry["fed"] |= 1 << index
        m.fed |= 1 << index
        return _gradient(question, datum)
    _explain(question, datum, node, place)
    return NONE if not question.zeros and not question.batched else opaque()


def _answer(question: _Question, datum: Datum, node: Made | None) -> bool | None:
    """Whether a gradient comes back for sure (True), surely not (False), or perhaps."""
    tape = question.known
    if node is None or question.tape.hidden or question.strange or not node.sure or question.zeros or datum.floating is None:
        return None
    if not tf_lineage.is_among(node, question.reach):
        return False if question.sure and all(index == _original(question, node) for index in _kin(question, node)) else None
    comes = question.loose or tf_lineage.is_among(node, question.live)
    lost = datum.kind == "array" or datum.floating is False or question.dies
    watched = _watched(question, datum, node)
    if comes and not lost and watched and datum.kind == "variable":
        return True if question.sure else None
    between = tf_lineage.between(question.nodes, node)
    if any(not other.sure for other in between):
        return None
    if lost:
        return False
    if not comes:
        return None if question.batched and any(other.own for other in between) else False  # it gives zeros then
    if not watched:
        return watched
    clock = tape.watched.get(key(datum), (-1, -1, None))[0]
    uses = [other.clock for other in between if any(parent is node for parent in other.parents)]
    if datum.kind == "eager" and clock >= 0 and uses and min(uses) <= clock:
        return None if max(uses) > clock else False
    return True


def _may_share(question: _Question, node: Made) -> None:
    """Who knows whether a gradient comes back to it: then nobody knows of all that is lost where its way leads."""
    m, source = question.m, node.source
    found = way(question.nodes, source, question.known) if source >= 0 else None
    if found is not None and found.reached:
        sites = [m.seen.cuts[bit]["site"] for bit in bits(found.cuts)] + [site for some in found.outside.values() for site in some]
        m.seen.notes += [{"what": "by value", "site": site} for site in sites]


def _kin(question: _Question, node: Made) -> list[int]:
    """The sources that a value was made of and that do teach the target."""
    hard = _hard(question.m)
    shared = [i for i in bits(node.data & question.entry["data"]) if i != node.source]
    return [i for i in shared if way(question.nodes, i, question.known, hard).flows]


def _original(question: _Question, node: Made) -> int:
    """The source of which a value is a copy or a view, -1 where it is of none, or of something between."""
    if node.alias >= 0:
        return node.alias
    data = node.data & ~(1 << node.source) if node.source >= 0 else node.data
    if not node.op or any(other.op == node.op and other.data == data and other is not node for other in question.reach.nodes):
        return -1  # the same was made once more
    for other in viewed(node):
        if other.source >= 0 or other.op != "ReadVariableOp":
            return other.source
    return -1


def _hard(m: Machine) -> int:
    return sum(1 << number for number, cut in enumerate(m.seen.cuts) if not cut["soft"])


def _watched(question: _Question, datum: Datum, node: Made) -> bool | None:
    """Whether the tape knows the source."""
    if key(datum) in question.known.watched:
        return True
    if datum.kind == "variable":
        trainable, _ = tf_values.flags(question.m, datum)
        return trainable if question.known.accessed else False
    bit = 1 << question.known.number
    if node.lives & bit:
        return True
    return None if node.perhaps & bit else False


def _gradient(question: _Question, datum: Datum) -> Datum:
    """What a tape gives is made of the target and its sources; an outer tape may have recorded it."""
    m = question.m
    node = datum.lineage
    m.clock += 1
    new = Datum("eager", floating=True, site=question.site)
    parents = (*question.nodes, node)
    made = Made(0, 0, question.site, parents, 0, m.recording, m.clock)
    for parent in parents:
        made.data, made.cuts = made.data | parent.data, made.cuts | parent.cuts
        made.lives, made.perhaps = made.lives | parent.lives, made.perhaps | parent.perhaps
    trainable = datum.kind == "variable" and tf_values.lives(m, node, datum)[0]
    made.lives, made.perhaps = (made.lives | trainable) & m.recording, (made.perhaps | trainable) & m.recording
    made.live, made.op = bool(made.lives), OF_GRADIENT
    new.lineage, new.data, new.cuts = made, made.data, made.cuts
    new.must = question.entry["must"] | datum.must
    return new


def _number_asked(question: _Question, value: Const, place: int) -> None:
    """A number of Python's own among what is asked for: the call raises."""
    m = question.m
    made = m.source(Datum("number", floating=True), type(value.value).__name__, -1, True)
    m.seen.notes.append({"what": "asked number", "site": question.site, "tape": question.known.site, "source": made.source, "place": place})


def _any(question: _Question) -> None:
    """Nobody knows what is asked for: it may be anything."""
    m = question.m
    for index in bits(question.entry["data"]):
        m.later |= 1 << index
        m.seen.wants.append({**_wish(question, index, Datum("eager")), "grad": GRADIENT})


def _perhaps(question: _Question, datum: Datum) -> None:
    """Who knows: then it counts as answered."""
    m = question.m
    m.seen.sources[datum.source]["requires_grad"] = True
    m.later |= 1 << datum.source
    _want(question, datum, GRADIENT)


def _want(question: _Question, datum: Datum, grad) -> None:
    question.m.seen.wants.append({**_wish(question, datum.source, datum), "grad": grad})


def _wish(question: _Question, index: int, datum: Datum) -> dict:
    return {
        "how": "tape.gradient", "site": question.site, "source": index, "name": question.m.seen.sources[index]["name"], "leaf": True,
        "requires_grad": True, "parameter": False, "data": datum.data, "must": datum.must, "cuts": datum.cuts,
        "made": datum.lineage.site if datum.lineage is not None else datum.site, "root": len(question.m.seen.roots) - 1, "doubt": False,
    }  # fmt: skip


def _explain(question: _Question, datum: Datum, node: Made, place: int) -> None:
    """Note why no gradient came back to this source, as the probe does."""
    m, tape, entry, index = question.m, question.known, question.entry, datum.source
    found = way(question.nodes, index, tape)
    found = found if found.reached else way(question.nodes, index, tape, choices=True)
    for bit in bits(found.cuts):
        m.seen.cuts[bit]["data"] |= 1 << index
    entry["cuts"] |= found.cuts
    if found.reached:
        entry["must"] |= 1 << index
    clock, watch_site, _ = tape.watched.get(key(datum), (-1, -1, None))
    variable = datum.kind == "variable"
    trainable = bool(tf_values.flags(m, datum)[0]) if variable else False
    inside = not variable and node.tapes != ALL and bool(node.lives >> tape.number & 1)
    seen = clock >= 0 or variable and trainable and tape.accessed or inside
    stops = stops_of(question.nodes, index, tape, _hard(m), seen, not way(question.nodes, index, tape).reached)
    kin = [] if found.reached else _kin(question, node)
    kin += [i for i in m.array_copies.get(index, ()) if entry["data"] >> i & 1]
    tf_naming.resolve(m, kin)
    m.seen.notes.append(
        {
            "what": "tape", "root": question.root, "source": index, "tape": tape.site, "gradient": question.site, "place": place,
            "kind": "variable" if variable else ("tensor" if datum.kind == "eager" else "array"), "floating": datum.floating is not False,
            "dtype": "whole", "trainable": trainable, "accessed": tape.accessed,
            "watched": seen, **told(found, stops, question.nodes, tape),
            "late": watch_site if 0 <= found.first_use <= clock else -1,
            "born_inside": not variable and node.tapes != ALL and bool(node.tapes >> tape.number & 1), "made": node.site,
            "cuts": found.cuts, "double": False, "kin": [[i, m.seen.sources[i]["name"]] for i in kin], "error": entry["error"],
        }
    )  # fmt: skip


def _finish(question: _Question, wanted: list, results: list) -> None:
    m, entry = question.m, question.entry
    if not wanted:
        m.seen.notes.append({"what": "nothing asked", "root": question.root, "site": question.site})
    if question.dies:
        message = f"'numpy.ndarray' {NO_TENSOR}"
        entry["error"], entry["requires_grad"] = f"AttributeError: {message}", False
        _say_why(m, question, entry)
        raise Raised("AttributeError", message, question.site)
    if any(type(one) is Datum and one.kind == "array" or type(one) is Const and type(one.value) in (int, float) for one in wanted):
        entry["error"] = f"AttributeError: 'numpy.ndarray' {NO_TENSOR}"
        _say_why(m, question, entry)
        raise Raised("AttributeError", entry["error"], question.site)
    outer = m.recording & ~(1 << question.known.number)
    if outer and all(type(result) is Datum for result in results):
        entry["how"] = "inner"
    if question.sure:
        _note_parts(question)


def _say_why(m: Machine, question: _Question, entry: dict) -> None:
    for note in m.seen.notes:
        if note["what"] == "tape" and note["root"] == question.root:
            note["error"] = entry["error"]


def _note_parts(question: _Question) -> None:
    """Note what sources that did get a gradient lost on some other way."""
    m, tape = question.m, question.known
    for node, added in parts_cut(question.nodes, tape.opened):
        sources = [i for i in bits(question.entry["fed"]) if node.data >> i & 1 and (not node.own or way(node.parents, i, tape, _hard(m)).flows)]
        if any(_may_drop_out(question.nodes, index) for index in sources):
            m.seen.notes.append({"what": "by value", "site": node.site})
        for bit in bits(node.own) if sources else ():
            m.seen.notes.append({"what": "part cut", "root": question.root, "cut": bit, "added": added, "sources": sources})
        if node.op == OF_GRADIENT and sources:
            outside = way(question.nodes, sources[0], tape).outside.get("before", [])
            note = {"what": "part before", "root": question.root, "outside": outside, "tape": tape.site, "gradient": question.site}
            m.seen.notes.append({**note, "sources": sources})


def _may_drop_out(targets: list[Made], source: int) -> bool:
    """Whether a source goes into both sides of a difference: then only its value shows that it teaches anything."""
    seen, uses, differs, waiting = set(), 0, False, list(targets)
    while waiting:
        node = waiting.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        differs = differs or node.op in ("Sub", "Neg")
        uses += any(parent.source == source for parent in node.parents)
        waiting += node.parents if node.op in LINEAR else ()
    return uses > 1 and differs


# -- optimizers -------------------------------------------------------------------------------------


def applied(m: Machine, pairs) -> None:
    """``optimizer.apply_gradients(pairs)``: with nothing to apply it raises."""
    known = pairs.items if type(pairs) is Seq else None
    if known is None or known.rest is not None or m.doubt or m.guarded or m.settling:
        return
    both = [pair.items.first for pair in known.first if type(pair) is Seq and len(pair.items.first) == 2]
    if len(both) == len(known.first) and all(type(gradient) is Const and gradient.value is None for gradient, _ in both):
        raise Raised("ValueError", NOTHING, m.site())
