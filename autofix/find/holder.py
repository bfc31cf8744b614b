"""What the source says about an attribute of a module: how it is set, whether it reads like a weight."""

from __future__ import annotations

import ast
import re

from autofix.find.outline import Outline
from autofix.model import Span

MAKERS = frozenset(
    "randn rand zeros ones full empty normal eye tensor randn_like zeros_like ones_like FloatTensor Tensor "
    "uniform truncated_normal standard_normal fill constant".split()
)
BUILDERS = re.compile(r"__init__$|__post_init__$|_?(init|reset|build|setup|make|create|add)")
FIXED_WORDS = re.compile(
    r"random[ -]?(fourier|features?|filters?|projection|kitchen|weights?)|reservoir|echo[ -]state|frozen|never (learn|train|updat|chang)\w*"
    r"|not (learn|train|updat)\w*|untrained|pre-?trained|fixed|constants?|drawn once|buffer|only the \w+ (learn|train|is)\w*|extreme learning"
    r"|running|moving average|placeholder|by hand|closed form|precomputed",
    re.I,
)
NEVER = re.compile(
    r"(^|_)(masks?|tables?|mean|var|std|stats?|running|buffers?|freqs?|frequenc\w*|phases?|omegas?|noise|fixed|random|rand|rff|proj\w*|"
    r"hidden|states?|h0|c0|h|c|counts?|steps?|targets?|basis|grid|anchors?|filters?|window|eps|prior|memory|bank|queue|history|"
    r"prev\w*|last|device|dummy|const\w*|lam|lambda|lagrange|dual|rho|thresh\w*|template|labels?|seen|total|res|reservoir|in|"
    r"loc|mu|sigma|cov\w*|base|zeros?|ones?|unit|identity|eye|origin|ref\w*|margin|lower|upper|low|high|min|max|bounds?|"
    r"class_weights?|pos_weight|init\w*|start|cache|carry|pad\w*|empty|ema|avg|average|momentum|velocity|teacher|center_loss|"
    r"trace|acc\w*|hist\w*|norm_\w+|t|dt|time\w*|lr|gamma_rl|discount|reward\w*|returns?|data|inputs?|x|y)(_|$|\d)",
    re.I,
)
WEIGHTS = re.compile(
    r"^_?(w|b|a|u|v|k|q|weights?|kernels?|bias\w*|beta|gamma|alpha|delta|gain|shift|offset|scales?|slopes?|pos\w*|query|queries|probes?|cls\w*|"
    r"tokens?|prompts?|prefix|embed\w*|prototypes?|centres?|centers?|codes?|coef\w*|theta|temp\w*|log_\w+|logits?|latents?|"
    r"intercept|elasticity|amplitude|importance|attn\w*|att\w*|mix\w*|gates?|skip\w*|residual\w*|rel\w*|type_emb\w*|"
    r"\w+_(weights?|bias|embed\w*|scale|gain|shift|query|token|kernel|gamma|beta|coef\w*|logits?|prompt|offset)|"
    r"(w|b|weight|bias)(_?\d+|_\w{1,8})|[a-z]{3,}_[wb])$",
    re.I,
)
LAYERS = re.compile(r"(torch\.)?nn\.|((tf\.)?keras\.)?layers\.|(Dense|Conv\dD|GRU|LSTM|Embedding|LayerNormalization)$")
WRAPPERS = frozenset(["constant", "convert_to_tensor", "cast"])
"""What makes a tensor of what is given, be it data or random numbers."""
INITIALIZER = re.compile(r"\binitializers\.\w+$|_initializer$")
ONES_AND_ZEROS = re.compile(r"gain|shift|bias|slope|intercept|theta|log_\w+|\w+_scale", re.I)
RANDOM_ALONE = re.compile(r"query|queries|probe|cls|token|prompt|prefix|embed|prototype|cent(re|er)s?$|pos|latent|bias", re.I)


class Attribute:
    """One assignment ``self.name = value`` (or ``setattr(self, name, value)``), found by the place of its target."""

    def __init__(self, outline: Outline, target: Span, name: str):
        self.outline, self.name = outline, name
        self.value = _value(outline, target)
        around = [n for n in ast.walk(outline.tree) if _covers(outline, n, target)]
        self.owner = next((n for n in reversed(around) if isinstance(n, ast.ClassDef)), None)
        self.function = next((n for n in reversed(around) if isinstance(n, ast.FunctionDef)), None)

    @property
    def span(self) -> Span | None:
        return None if self.value is None else self.outline.span(self.value)

    @property
    def in_builder(self) -> bool:
        """Set while the module is built, not while it runs."""
        return self.function is not None and BUILDERS.match(self.function.name) is not None

    @staticmethod
    def called(outline: Outline, name: str) -> Attribute | None:
        """The one place of the file where ``self.name`` is assigned a value; None where there are more, or none."""
        found = [
            target
            for node in ast.walk(outline.tree)
            for target in (node.targets if isinstance(node, ast.Assign) else ())
            if isinstance(target, ast.Attribute) and ast.unparse(target) == f"self.{name}"
        ]
        return Attribute(outline, outline.span(found[0]), name) if len(found) == 1 else None

    # -- signs of a weight ------------------------------------------------------------------------

    def may_be_weight(self) -> bool:
        """Nothing speaks against it: made of nothing but random numbers or a constant, set once, called no fixed thing."""
        return (
            self.value is not None
            and self.in_builder
            and not NEVER.search(self.name)
            and not self._said_fixed()
            and self._pure()
            and not self._set_elsewhere()
        )

    def looks_like_weight(self) -> bool:
        """By name, start value and use it can be nothing but a weight."""
        made = self.may_be_weight() and (self._makers() or self._by_initializer())
        if not (made and WEIGHTS.match(self.name) and self._used_in_sum_or_product()):
            return False
        return (
            self._does_nothing()
            or bool(RANDOM_ALONE.search(self.name))
            or self._by_initializer()
            or self._beside_such_a_one()
            or self._makers() <= {"randn", "normal"} and not self._derived() and self._meets_learned_values()
        )

    def _does_nothing(self) -> bool:
        """Zeros that are added, ones that multiply: without learning they would be pointless."""
        if self._arithmetic():
            return False
        return self._makers() <= {"zeros", "ones"} or self._is_one_or_zero() and bool(ONES_AND_ZEROS.fullmatch(self.name))

    def _by_initializer(self) -> bool:
        """Drawn by one of Keras's initializers: ``init(shape)``, ``keras.initializers.HeNormal()(shape)``."""
        if not isinstance(self.value, ast.Call):
            return False
        name = ast.unparse(self.value.func)
        assigned = [n for n in ast.walk(self.owner or self.outline.tree) if isinstance(n, ast.Assign)]
        makers = [self.value.func, *(n.value for n in assigned if ast.unparse(n.targets[0]) == name)]
        return any(isinstance(one, ast.Call) and INITIALIZER.search(ast.unparse(one.func)) for one in makers)

    def _is_one_or_zero(self) -> bool:
        """``torch.tensor(1.0)``, ``torch.full((n,), 0.0)``"""
        call = self.value
        if not isinstance(call, ast.Call) or _called(call) not in ("tensor", "full") or not call.args:
            return False
        given = call.args[-1 if _called(call) == "full" else 0]
        given = given.elts[0] if isinstance(given, (ast.List, ast.Tuple)) and len(given.elts) == 1 else given
        return isinstance(given, ast.Constant) and isinstance(given.value, float) and given.value in (0.0, 1.0)

    def _derived(self) -> bool:
        """More than scaled: something else is computed of the random numbers (``qr``, ``sign``)."""
        scaling = MAKERS | {"sqrt", "float", "int", "len", "to", "double", "t"}
        return any(_called(n) not in scaling for n in ast.walk(self.value) if isinstance(n, ast.Call))

    def _meets_learned_values(self) -> bool:
        """A method combines it with what a registered layer has made: no projection of plain inputs."""
        layers = self._layers()
        for method in self.owner.body if self.owner is not None else ():
            if not isinstance(method, ast.FunctionDef) or BUILDERS.match(method.name):
                continue
            if any(isinstance(n, ast.Call) and _called(n) in ("cos", "sin", "sign") for n in ast.walk(method)):
                continue  # random features, hashes
            learned: set[str] = set()
            for node in ast.walk(method):
                if isinstance(node, ast.Assign) and _is_learned(node.value, layers, learned):
                    learned |= {n.id for target in node.targets for n in ast.walk(target) if isinstance(n, ast.Name)}
            for node in ast.walk(method):
                if isinstance(node, ast.BinOp):
                    for side, other in ((node.left, node.right), (node.right, node.left)):
                        if _leads_to(side, self.name) and _is_learned(other, layers, learned):
                            return True
        return False

    def _layers(self) -> set[str]:
        """The attributes that hold layers of ``torch.nn`` or Keras."""
        return {
            target.attr
            for node in ast.walk(self.owner)
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call)
            if LAYERS.match(ast.unparse(node.value.func)) and _called(node.value)[:1].isupper()
            if _called(node.value) != "Parameter"
            for target in node.targets
            if isinstance(target, ast.Attribute)
        }

    def _makers(self) -> set[str]:
        return {_called(n) for n in ast.walk(self.value) if isinstance(n, ast.Call) and _called(n) in MAKERS}

    def _arithmetic(self) -> bool:
        each = self.value.elt if isinstance(self.value, (ast.ListComp, ast.GeneratorExp)) else self.value
        return any(isinstance(n, ast.BinOp) for n in ast.walk(each))

    def _beside_such_a_one(self) -> bool:
        """``weight`` next to a ``bias`` that starts at zero, or is registered: both are meant to learn.

        Not beside a registered one that starts at random: that one learns, and this one is what it adds to.
        """
        if self.owner is None:
            return False
        found = False
        for node in ast.walk(self.owner):
            if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]).startswith("self."):
                other = ast.unparse(node.targets[0]).removeprefix("self.")
                if other == self.name or not other.isidentifier():
                    continue
                sibling = Attribute(self.outline, self.outline.span(node.targets[0]), other)
                registered = isinstance(node.value, ast.Call) and _called(node.value) == "Parameter"
                if registered and not sibling._makers() <= {"zeros", "ones", "full", "tensor"}:
                    return False
                starts_still = sibling._does_nothing() and (registered or sibling.may_be_weight())
                found = found or starts_still and bool(re.match(r"b|gain|shift|offset|\w*_(bias|b)$", other.lower()))
        return found

    def _pure(self) -> bool:
        """No data in it: constructors, numbers, and helpers of the file that are made of such."""
        if isinstance(self.value, ast.Call) and _called(self.value) == "tensor":
            numbers = {ast.dump(n) for n in ast.walk(self.value) if isinstance(n, ast.Constant) and isinstance(n.value, (int, float))}
            return len(numbers) <= 1
        given = self.value.args[0] if isinstance(self.value, ast.Call) and _called(self.value) in WRAPPERS and self.value.args else None
        if given is None or isinstance(given, ast.Constant):
            return True
        return any(isinstance(n, ast.Call) and _called(n) in MAKERS - WRAPPERS for n in ast.walk(given))

    def _said_fixed(self) -> bool:
        """The words around it: the class's docstring, comments on the line and above, the module's docstring."""
        lines = self.outline.text.split("\n")
        words = [ast.get_docstring(self.outline.tree) or ""]
        if self.owner is not None:
            words.append(ast.get_docstring(self.owner) or "")
        for number in (self.value.lineno - 1, self.value.lineno):
            text = lines[number - 1] if 0 < number <= len(lines) else ""
            if "#" in text and (number == self.value.lineno or text.lstrip().startswith("#")):
                words.append(text.split("#", 1)[1])
        return any(FIXED_WORDS.search(text) for text in words)

    def _set_elsewhere(self) -> bool:
        """Another place rebinds it or writes into it."""
        for node in ast.walk(self.outline.tree):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AugAssign) else []
            for target in targets:
                held = target.value if isinstance(target, ast.Subscript) else target
                if isinstance(held, ast.Attribute) and held.attr == "data":
                    held = held.value
                if _is_attribute(held, self.name) and not self._in_a_builder(node):
                    return True
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr.endswith("_"):
                held = node.func.value
                held = held.value if isinstance(held, ast.Attribute) and held.attr == "data" else held
                if _is_attribute(held, self.name) and not self._in_a_builder(node) and node.func.attr != "requires_grad_":
                    return True
        return False

    def _in_a_builder(self, node: ast.AST) -> bool:
        return any(
            isinstance(f, ast.FunctionDef) and BUILDERS.match(f.name) and any(n is node for n in ast.walk(f))
            for f in ast.walk(self.outline.tree)
        )

    def _used_in_sum_or_product(self) -> bool:
        for node in ast.walk(self.owner or self.outline.tree):
            if isinstance(node, ast.BinOp) and any(_leads_to(side, self.name) for side in (node.left, node.right)):
                return True
            if isinstance(node, ast.Call):
                given = [*node.args, *(k.value for k in node.keywords)]
                if any(_is_attribute(a, self.name) for a in given):
                    return True
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and _leads_to(node.func.value, self.name):
                return True
        return False


def _leads_to(node: ast.AST, name: str) -> bool:
    """``self.name``, perhaps sliced, reshaped or transformed by methods."""
    while True:
        if _is_attribute(node, name):
            return True
        if isinstance(node, (ast.Subscript, ast.Attribute)):
            node = node.value
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            node = node.func.value
        else:
            return False


def _is_learned(node: ast.AST, layers: set[str], learned: set[str]) -> bool:
    """Whether a layer's answer is in it, and nothing took its graph away."""
    nodes = list(ast.walk(node))
    if any(isinstance(n, ast.Attribute) and n.attr in ("detach", "data") for n in nodes):
        return False
    return any(
        isinstance(n, ast.Call) and isinstance(n.func, ast.Attribute) and n.func.attr in layers and ast.unparse(n.func.value) == "self"
        or isinstance(n, ast.Name) and n.id in learned
        for n in nodes
    )


def _is_attribute(node: ast.AST, name: str) -> bool:
    return isinstance(node, ast.Attribute) and node.attr == name


def _called(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def _covers(outline: Outline, node: ast.AST, span: Span) -> bool:
    return isinstance(node, (ast.ClassDef, ast.FunctionDef)) and outline.span(node).contains(span)


def _value(outline: Outline, target: Span) -> ast.expr | None:
    """The expression that is assigned to the target at this place."""
    for node in ast.walk(outline.tree):
        if isinstance(node, ast.Call) and _called(node) in ("setattr", "__setattr__") and node.args and outline.span(node) == target:
            return node.args[-1]
        if isinstance(node, ast.Assign):
            for one in node.targets:
                if outline.span(one) == target:
                    return node.value
                if isinstance(one, ast.Tuple) and isinstance(node.value, ast.Tuple) and len(one.elts) == len(node.value.elts):
                    for part, value in zip(one.elts, node.value.elts):
                        if outline.span(part) == target:
                            return value
        if isinstance(node, ast.AnnAssign) and node.value is not None and outline.span(node.target) == target:
            return node.value
    return None
