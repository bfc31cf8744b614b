"""``tf.GradientTape``: what it is told to record and to watch."""

from __future__ import annotations

from autofix.find.flow import tf_asked, tf_naming, tf_values
from autofix.find.flow.machine import Machine, Raised
from autofix.find.values import EAGER, FALSE, NONE, TRUE, Const, Datum, Inst, opaque
from autofix.probe.tape_paths import Tape

ASKED = ("gradient", "jacobian", "batch_jacobian")


def make(m: Machine, args: list, kwargs: dict) -> Datum:
    """``tf.GradientTape(...)``."""
    persistent = args[0] if args else kwargs.get("persistent", FALSE)
    accessed = args[1] if len(args) > 1 else kwargs.get("watch_accessed_variables", TRUE)
    made = Datum("tape", site=m.site())
    m.tapes += 1
    made.lineage = Tape(m.tapes, made.site, _flag(persistent) is not False, _flag(accessed) is not False)
    made.hidden = type(persistent) is not Const or type(accessed) is not Const or "**" in kwargs
    return made


def _flag(value) -> bool | None:
    return bool(value.value) if type(value) is Const else None


# -- recording --------------------------------------------------------------------------------------


def opened(m: Machine, tape: Datum) -> None:
    known = tape.lineage
    if known.stopped and known.stopped[-1][2] < 0:
        site, start, _ = known.stopped[-1]
        m.set(known, "stopped", (*known.stopped[:-1], (site, start, m.clock)))
    if known.opened < 0:
        m.set(known, "opened", m.clock)
    m.set(known, "closed", -1)
    m.set(m, "recording", m.recording | 1 << known.number)
    if known.accessed:
        m.set(m, "accessed", m.accessed | 1 << known.number)


def closed(m: Machine, tape: Datum) -> None:
    m.set(tape.lineage, "closed", m.clock)
    m.set(m, "recording", m.recording & ~(1 << tape.lineage.number))


def stop(m: Machine, tape: Datum) -> Inst:
    """``with tape.stop_recording():``."""
    made = Inst(None, "tensorflow.stop_recording", m.site())
    made.attrs["tape"] = tape
    return made


def stopped(m: Machine, manager: Inst) -> None:
    tape = manager.attrs["tape"]
    m.set(tape.lineage, "stopped", (*tape.lineage.stopped, (manager.site, m.clock, -1)))
    closed(m, tape)


def method(m: Machine, tape: Datum, name: str, args: list, kwargs: dict):
    if name == "watch":
        return watch(m, tape, args[0] if args else kwargs.get("tensor", opaque()))
    if name in ASKED:
        return tf_asked.ask(m, tape, name, args, kwargs)
    if name == "stop_recording":
        return stop(m, tape)
    if name == "watched_variables":
        return opaque()
    if name in ("__enter__", "__exit__"):
        (opened if name == "__enter__" else closed)(m, tape)
        return tape
    m.set(tape, "hidden", True)
    return m.unknown([*args, *kwargs.values()])


def watch(m: Machine, tape: Datum, value):
    """``tape.watch(tensors)``."""
    known, site = tape.lineage, m.site()
    wanted = tf_asked.flat(value)
    if any(type(one) is not Datum or one.kind not in (*EAGER, "array") for one in wanted):
        m.set(tape, "hidden", True)
        return NONE
    for place, datum in enumerate(wanted):
        if datum.kind == "array":
            return _not_watched(m, tape, datum, place)
        node = tf_values.node_of(m, datum)
        weight = datum.kind == "variable" and tf_values.flags(m, datum)[1]  # Keras 3 refuses its own, Keras 2 does not
        if node is None or m.doubt or weight or not node.sure:
            m.set(tape, "hidden", True)
            continue
        bit = 1 << known.number
        m.set(node, "lives", node.lives | bit & m.recording)
        m.set(node, "perhaps", node.perhaps | bit)
        m.put(known.watched, tf_asked.key(datum), known.watched.get(tf_asked.key(datum), (m.clock, site, node)))
    return NONE


def _not_watched(m: Machine, tape: Datum, datum: Datum, place: int):
    """An array: the call raises."""
    if m.doubt or m.guarded or datum.hidden:
        m.set(tape, "hidden", True)
        return NONE
    node = tf_values.node_of(m, datum)
    index = tf_asked.number(m, datum, node) if node is not None else tf_values.enters(m, datum, "numpy.ndarray", -1).source
    tf_naming.resolve(m, [index])
    m.seen.notes.append({"what": "watched array", "site": m.site(), "tape": tape.lineage.site, "source": index, "place": place})
    raise Raised("ValueError", "Passed in object is not a tensor", m.site())
