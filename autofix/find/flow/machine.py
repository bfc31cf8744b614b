"""The state of an abstract run: its heap with a journal, what it has seen, and how branches are joined."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field

from autofix.find.project import Project
from autofix.find.values import (
    MISSING,
    Const,
    Datum,
    Either,
    Inst,
    Items,
    Map,
    Seq,
    carrying,
    either_lineage,
    either_node,
    join,
    opaque,
    plain,
    reached,
    summary,
)

CALL_DEPTH = 60
NEXT, RETURN, BREAK, CONTINUE = 1, 2, 4, 8
"""How a block goes on; a sum where its branches differ."""
MOST_STEPS = 2000
ENOUGH, PATIENCE = 2, 6
"""A run ends before the third backward pass; where no optimizer has stepped, so many times later."""


class Budget(Exception):
    """The program is too large to be followed to its end: nothing is said about it."""


class Enough(Exception):
    """A run would end here, and nothing speaks for a lost gradient."""


class Raised(Exception):
    """The program surely raises here."""

    def __init__(self, kind: str = "Exception", message: str = "", site: int = -1):
        super().__init__(kind)
        self.kind, self.message, self.site = kind, message, site


@dataclass
class Frame:
    """One call of a function of the program (or the module itself)."""

    env: dict
    scope: tuple = ()
    func: object = None
    owner: object = None
    self_value: object = None
    returns: list = field(default_factory=list)
    yields: list | None = None
    redirect: dict = field(default_factory=dict)
    is_class: bool = False


@dataclass
class Seen:
    """What the run has seen, in the shape of the probe's record (masks instead of lists)."""

    spans: list = field(default_factory=list)
    sources: list = field(default_factory=list)
    cuts: list = field(default_factory=list)
    roots: list = field(default_factory=list)
    wants: list = field(default_factory=list)
    failures: list = field(default_factory=list)
    notes: list = field(default_factory=list)
    steps: dict = field(default_factory=dict)
    end: Raised | None = None
    passes: int = 0
    reached: set = field(default_factory=set)
    """The announced differentiations that were reached."""
    given: int = 0
    """Sources whose ``.grad`` the program sets itself."""


class Machine:
    """Follows one program. What it does to a gradient is in ``tensors``, how it computes in the other files."""

    def __init__(self, path: str, budget: int, project: Project | None = None):
        self.path, self.budget, self.project = path, budget, project
        self.siblings: dict = {}
        self.importing = 0
        self.frames: list[Frame] = []
        self.seen = Seen()
        self.log: list | None = None
        self.grad_mode: bool | None = True
        self.holding = 0
        self.fed = 0
        self.inference = False
        self.float_dtype = "float32"
        self.graph_kept = False
        self.unsure_gradients = False
        self.holdings: dict = {}
        self.closed = False
        self.loops = self.settling = 0
        self._summaries: dict[tuple, int] = {}
        self.later = 0
        self.later_at: dict[int, int] = {}
        self.copied: dict[int, list] = {}
        self.zeros = 0
        self.freed = self.nodes = 0
        self.announced: set[tuple[str, int]] = set()
        self.alone = self.uncalled = False
        self.unstepped = 0
        self.optimized = 0
        self.told: set = set()
        self.escaped = 0
        self.doubt = 0
        self.guarded = 0
        self.mode_sites: tuple[int, ...] = ()
        self.calls: list[int] = []
        self.depth = 0
        self.file: str = path
        """Where the code stands that is being followed."""
        self.called: set[int] = set()
        self.generators: dict[int, bool] = {}
        self._sites: dict[tuple, int] = {}
        self._cut_ids: dict[tuple, int] = {}
        self.node: ast.AST | None = None
        self.muted = 0
        self.tensorflow = False
        """Whether the file uses gradient tapes."""
        self.recording = self.accessed = 0
        """The tapes (as bits) that record now, and those that watch what they see."""
        self.clock = self.tapes = 0
        self.building = -1
        """The call of a Keras model that builds what it holds, or -1."""
        self.visits: dict[int, int] = {}
        self.array_copies: dict[int, list[int]] = {}

    # -- time -------------------------------------------------------------------------------------

    def tick(self, cost: int = 1) -> None:
        self.budget -= cost
        if self.budget < 0:
            raise Budget

    # -- places -----------------------------------------------------------------------------------

    def site(self, node: ast.AST | None = None) -> int:
        """The number of a place (by default of what is being evaluated)."""
        node = node or self.node
        if node is None or not hasattr(node, "lineno"):
            return -1
        key = (self.file, node.lineno, node.col_offset, node.end_lineno, node.end_col_offset)
        found = self._sites.get(key)
        if found is None:
            found = self._sites[key] = len(self.seen.spans)
            self.seen.spans.append(key)
        return found

    # -- the heap ---------------------------------------------------------------------------------

    def put(self, fields: dict, key, value) -> None:
        """Set a name, attribute or element, so that it can be undone."""
        if self.log is not None:
            self.log.append((fields, key, fields.get(key, MISSING)))
        fields[key] = value

    def drop(self, fields: dict, key) -> None:
        if key in fields:
            if self.log is not None:
                self.log.append((fields, key, fields[key]))
            del fields[key]

    def set(self, thing, name: str, value) -> None:
        """Set a field of a value (or of the machine), so that it can be undone."""
        if self.log is not None:
            self.log.append((thing, name, getattr(thing, name)))
        setattr(thing, name, value)

    def fork(self, *branches, doubtful: bool = True, local: dict | None = None) -> list:
        """Run each branch from the state as it is, then join what they made of it; gives their results.

        A branch that raises leaves nothing behind; where all do, this raises too. ``local``: names that are
        dead once a branch has returned (its result is ``RETURN``).
        """
        outer, results, ends = self.log, [], []
        raised: Raised | None = None
        for branch in branches:
            self.log = []
            self.doubt += doubtful
            try:
                results.append(branch())
                ends.append((_final(self.log), results[-1] == RETURN))
            except Raised as error:
                raised = raised or error
                if self.guarded:
                    ends.append((_final(self.log), False))
            finally:
                self.doubt -= doubtful
                _undo(self.log)
                self.log = outer
        if not results:
            raise raised or Raised()
        self._merge(ends, local)
        return results

    def _merge(self, ends: list[tuple[dict, bool]], local: dict | None) -> None:
        keys = {}
        for end, _ in ends:
            for key, (thing, name, _) in end.items():
                keys[key] = (thing, name)
        staying = [end for end, returned in ends if not returned] or [end for end, _ in ends]
        every = [end for end, _ in ends]
        for key, (thing, name) in keys.items():
            is_dict = type(thing) is dict
            now = thing.get(name, MISSING) if is_dict else getattr(thing, name)
            values = [end[key][2] if key in end else now for end in (staying if thing is local else every)]
            joined = values[0]
            for value in values[1:]:
                joined = met(name, joined, value) if value is not joined else joined
            if joined is now:
                continue
            if joined is MISSING:
                self.drop(thing, name)
            elif is_dict:
                self.put(thing, name, joined)
            else:
                self.set(thing, name, joined)

    # -- names ------------------------------------------------------------------------------------

    @property
    def frame(self) -> Frame:
        return self.frames[-1]

    def lookup(self, name: str):
        """What a name stands for, MISSING where it is unknown."""
        frame = self.frames[-1]
        if name in frame.redirect:
            return frame.redirect[name].get(name, MISSING)
        value = frame.env.get(name, MISSING)
        if value is not MISSING:
            return value
        for env in frame.scope:
            value = env.get(name, MISSING)
            if value is not MISSING:
                return value
        return MISSING

    def bind(self, name: str, value) -> None:
        frame = self.frames[-1]
        self.put(frame.redirect.get(name, frame.env), name, value)

    # -- enough -----------------------------------------------------------------------------------

    def note(self, note: dict) -> None:
        """Something that the causes want to know."""
        if not self.closed and not self.doubt:
            self.seen.notes.append(note)

    def seen_enough(self) -> bool:
        """Whether a run would end here: at the third backward pass, unless others are to come or nobody has stepped."""
        passes = self.seen.passes
        if passes < ENOUGH or self.unstepped and passes < PATIENCE * ENOUGH:
            return False
        return len(self.seen.reached) == len(self.announced)

    # -- the record -------------------------------------------------------------------------------

    def source(self, datum: Datum, op: str, site: int, requires_grad: bool | None, parameter: bool = False, place: int = 0) -> Datum:
        """A tensor enters the computation; ``requires_grad`` None: perhaps. ``place`` tells those of one call apart."""
        if self.settling and (site, op, place) in self._summaries:
            return self._summary(datum, self._summaries[site, op, place], site, requires_grad, parameter)
        index = len(self.seen.sources)
        if self.settling:
            self._summaries[site, op, place] = index
        self.seen.sources.append(
            {
                "site": site,
                "op": op,
                "floating": datum.floating is not False,
                "sure_floating": datum.floating,
                "requires_grad": requires_grad,
                "parameter": parameter,
                "name": "",
                "owner": "",
                "zeroed": -1,
                "born": datum.cuts,
                "shape": [] if datum.scalar else [-1 - place],
                "doubt": self.doubt > 0,
            }
        )
        return self._became(datum, index, site, requires_grad, parameter)

    def _summary(self, datum: Datum, index: int, site: int, requires_grad: bool | None, parameter: bool) -> Datum:
        """In rounds that stand for any number of rounds, one source stands for all that are made at a place."""
        if self.seen.sources[index]["requires_grad"] != requires_grad:
            self.seen.sources[index]["requires_grad"] = requires_grad = None
        return self._became(datum, index, site, requires_grad, parameter)

    def _became(self, datum: Datum, index: int, site: int, requires_grad: bool | None, parameter: bool) -> Datum:
        bit = 1 << index
        datum.parameter = parameter
        self.set(datum, "source", index)
        self.set(datum, "data", datum.data | bit)
        self.set(datum, "must", datum.must | bit)
        self.set(datum, "site", site)
        self.set(datum, "sure", requires_grad is True)
        if requires_grad is not False:
            self.set(datum, "live", datum.live | bit)
        return datum

    def stranger(self, new: Datum, inputs: list[Datum]) -> None:
        """Something unknown loses its gradient: what it holds is a source without a name of its own."""
        given = next((d for d in inputs if d.hidden), None)
        if given is None or self.node is None:
            return
        key = ("stranger", self.site())
        if key not in self._summaries:
            self._summaries[key] = len(self.seen.sources)
            shown = ast.unparse(self._given(self.node))
            unknown = {"op": "unknown", "floating": True, "sure_floating": True, "parameter": False, "owner": "name", "zeroed": -1, "born": 0}
            site = given.site if given.site >= 0 else self.site()
            entry = {**unknown, "site": site, "name": shown, "requires_grad": True, "shape": [-1], "doubt": False}
            self.seen.sources.append(entry)
        new.data |= 1 << self._summaries[key]
        new.must |= 1 << self._summaries[key]

    @staticmethod
    def _given(node: ast.AST) -> ast.AST:
        """What a call or attribute is asked of."""
        if isinstance(node, ast.Call):
            node = node.func.value if isinstance(node.func, ast.Attribute) and not node.args else (node.args or [node.func])[0]
        return node.value if isinstance(node, ast.Attribute) else node

    def is_live(self, datum: Datum) -> bool:
        """Whether it may require grad."""
        return bool(datum.live) or datum.hidden

    def cut(self, site: int, op: str, data: int, live: bool, soft: bool = False, modes: bool = False) -> int:
        """Gradient is lost here; gives the bit of this cut. ``modes``: because gradient mode is off."""
        key = (site, op)
        index = self._cut_ids.get(key)
        cuts = self.seen.cuts
        if index is None:
            index = self._cut_ids[key] = len(cuts)
            cuts.append({"site": site, "op": op, "data": 0, "live": False, "soft": soft, "modes": [], "through": {}})
        cut = cuts[index]
        if self.closed and cut["data"]:
            return 1 << index
        cut["data"] |= data
        cut["live"] |= live
        for mode in self.mode_sites if modes else ():
            if mode not in cut["modes"]:
                cut["modes"].append(mode)
        for depth, place in enumerate((site, *reversed(self.calls))):
            held, least = cut["through"].get(place, (0, depth))
            cut["through"][place] = held | data, min(least, depth)
        return 1 << index

    def step(self, site: int, op: str, operands, outputs, before) -> None:
        """An expression that a lost value goes through."""
        key = (site, op)
        step = self.seen.steps.get(key)
        if step is None:
            if len(self.seen.steps) >= MOST_STEPS:
                return
            step = self.seen.steps[key] = {"site": site, "op": op, "inputs": [], "output": [], "before": set()}
            step["inputs"].append([_facts(value) for value in operands])
            step["output"].append([_facts(value) for value in outputs])
        step["before"] |= before

    def escape(self, values) -> None:
        """These values are given to code that nobody sees here: it may feed what it can reach, and refill lists and dicts."""
        self._refilled(values)
        self._handed_over(reached(values))

    def _refilled(self, values) -> None:
        for value in values:
            if type(value) is Seq and value.kind == "list" and value.items.all():
                self.set(value, "items", Items((), summary([*value.items.all(), opaque()])))
            elif type(value) is Map:
                self.set(value, "rest", summary([*value.all(), opaque()]))

    def _handed_over(self, data: list[Datum]) -> None:
        for datum in data:
            if datum.kind == "tape":
                self.set(datum, "hidden", True)
            if datum.lineage is not None:
                continue
            self.escaped |= datum.live | (1 << datum.source if datum.source >= 0 else 0)
            if datum.source >= 0 and not self.seen.sources[datum.source]["requires_grad"]:
                self.maybe_requires(datum)

    def maybe_requires(self, datum: Datum) -> None:
        """Somebody may have switched its ``requires_grad`` on."""
        source = self.seen.sources[datum.source]
        if source["requires_grad"] is False:
            source["requires_grad"] = None
            self.set(datum, "live", datum.live | 1 << datum.source)

    def none_used(self, message: str) -> Raised:
        """None was taken for something else: the program ends, and what it trains goes by its names."""
        from autofix.find.flow import naming

        for root in self.seen.roots:
            naming.resolve(self, root["fed"])
        return Raised("TypeError", message, self.site())

    def called_unknown(self, args: list, kwargs: dict):
        """Code that nobody sees is called: it may call back the functions it is given."""
        from autofix.find.flow import calls

        values = [*args, *kwargs.values()]
        calls.call_back(self, values)
        return self.unknown(values)

    def unknown(self, values):
        """The result of code that nobody sees here, called with these values."""
        self._refilled(values)
        data = reached(values)
        self._handed_over(data)
        result = carrying(data)
        result.site = self.site()
        return result


PERHAPS = frozenset(["hidden", "retains", "ghost", "graph_kept", "open"])
SURELY = frozenset(["must", "freed", "nodes", "sure", "spoiled", "inference", "stepped", "scalar", "lives"])


def met(name: str, one, other):
    """The join of a field that two branches left different."""
    if one is MISSING or other is MISSING:
        return join(one, other)
    if name in PERHAPS:
        return one or other
    if name == "node":
        return either_node(one, other)
    if name == "lineage":
        return either_lineage(one, other)
    if name in SURELY:
        return one & other if type(one) is int else bool(one and other)
    if name in ("site", "source", "alias", "gradient_of", "grad_mode", "kind", "float_dtype", "opened", "closed"):
        return _single(name, one, other)
    return join(one, other)


def _single(name: str, one, other):
    """Fields that hold one value: what differs is not known any more."""
    if one == other:
        return one
    return {"site": one, "grad_mode": None, "float_dtype": "", "kind": "opaque" if "opaque" in (one, other) else "mixed"}.get(name, -1)


def _final(log: list) -> dict:
    """What a branch has left in each place it wrote to."""
    end = {}
    for thing, name, _ in log:
        key = (id(thing), name)
        if key not in end:
            value = thing.get(name, MISSING) if type(thing) is dict else getattr(thing, name)
            end[key] = (thing, name, value)
    return end


def _undo(log: list) -> None:
    for thing, name, old in reversed(log):
        if type(thing) is not dict:
            setattr(thing, name, old)
        elif old is MISSING:
            thing.pop(name, None)
        else:
            thing[name] = old


SHOWN = {"plain": "other", "opaque": "other", "mixed": "other", "tape": "other", "eager": "tensor", "variable": "tensor"}


def _facts(value) -> list:
    kind = type(value)
    if kind is Datum:
        shown = SHOWN.get(value.kind, value.kind)
        return [shown, "", [] if value.scalar or value.kind == "number" else [-1], bool(value.cuts)]
    if kind is Const and isinstance(value.value, (int, float)):
        return ["number", type(value.value).__name__, [], False]
    return ["other", "", [], False]


def merge_results(values):
    """The join of the results of several branches."""
    result = values[0]
    for value in values[1:]:
        result = join(result, value)
    return result


__all__ = [
    "BREAK", "CALL_DEPTH", "CONTINUE", "NEXT", "RETURN", "Budget", "Const", "Datum", "Either", "Frame", "Inst", "Machine", "Raised", "Seen", "merge_results",
    "met", "opaque", "plain",
]  # fmt: skip
