"""An ``autograd.Function`` gives no gradient to an input that needs one.

What breaks: ``backward`` returns ``None``, zeros or too few values for an input, or ``forward`` marks its result as not
differentiable. Nothing is raised where ``None`` is allowed; the input simply never learns.

Why the fix is right: where ``forward`` is made of torch operations, its own derivative is computed by autograd inside
``backward``, at the saved inputs. A result that has a backward loses its ``mark_non_differentiable``. The finite
difference of the original loss must agree.

When to leave it alone: ``None`` for what is no tensor or needs no gradient; a reversal, a straight-through estimator,
an implicit function: these are right by their own rule, and nothing starves.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import libcst as cst

from autofix.model import Break, Edit, Fix
from autofix.tree import Tree, Trees

CODE = "AF306"
OPS = {"function:*"}
ADVICE = "return from backward one gradient for each input of forward that needs one"


def mend(break_: Break, trees: Trees) -> Iterator[Fix]:
    tree = trees(break_.span.path)
    name = break_.op.removeprefix("function:")
    owner = next((c for c in tree.walk(cst.ClassDef) if c.name.value == name), None)
    if owner is None:
        return
    forward, backward = _method(owner, "forward"), _method(owner, "backward")
    if forward is None or backward is None:
        return
    marks = [call for call in tree.walk(cst.Call, forward) if _called(call) == "mark_non_differentiable"]
    statements = [tree.enclosing(mark, cst.SimpleStatementLine) for mark in marks]
    if statements:
        yield Fix(CODE, "let the result be differentiable", tuple(tree.delete_statement(s) for s in statements))
        return
    rule = _Rule.of(forward, backward, tree)
    if rule is not None:
        yield from _completed(rule, tree.expression_at(break_.span), break_)


def _completed(rule: _Rule, call: cst.BaseExpression | None, break_: Break) -> Iterator[Fix]:
    """Fixes that compute what is missing: first for the inputs that lead to the targets, then for one at a time."""
    missing = rule.missing()
    if not missing:
        return
    if len(rule.gradients) < len(rule.inputs):
        yield Fix(CODE, "return None for what needs no gradient", (rule.padded(),))
    wanted = [place for place in missing if _leads(call, place, break_, rule.tree)]
    choices = [wanted] if wanted else []
    choices += [[place] for place in missing if [place] != wanted]
    for places in choices:
        inputs = ", ".join(f"`{rule.inputs[place]}`" for place in places)
        for again in (False, True):
            if edits := rule.with_gradients(places, again):
                yield Fix(CODE, f"return the gradient of {inputs}", edits)


def _leads(call: cst.BaseExpression | None, place: int, break_: Break, tree: Tree) -> bool:
    """Whether this argument of ``apply`` is made of a target, by the names in it."""
    if not isinstance(call, cst.Call) or place >= len(call.args):
        return False
    words = {name.value for name in tree.walk(cst.Name, call.args[place].value)} - {"self"}
    parts = {part for target in break_.targets for part in target.name.replace("[", ".").replace("]", "").split(".")}
    return bool(words & parts)


@dataclass
class _Rule:
    """A Function's two methods, where their inputs and gradients are."""

    tree: Tree
    forward: cst.FunctionDef
    backward: cst.FunctionDef
    inputs: list[str]
    returned: cst.Return
    gradients: list[cst.BaseExpression]

    @classmethod
    def of(cls, forward: cst.FunctionDef, backward: cst.FunctionDef, tree: Tree) -> _Rule | None:
        inputs = [p.name.value for p in forward.params.params][1:]
        returns = list(tree.walk(cst.Return, backward))
        if len(returns) != 1 or returns[0].value is None or not isinstance(tree.enclosing(returns[0], cst.FunctionDef), cst.FunctionDef):
            return None
        value = returns[0].value
        gradients = [e.value for e in value.elements] if isinstance(value, cst.Tuple) else [value]
        return cls(tree, forward, backward, inputs, returns[0], gradients)

    def missing(self) -> list[int]:
        """The inputs for which nothing, or zeros, is returned."""
        places = [place for place, gradient in enumerate(self.gradients[: len(self.inputs)]) if self._is_nothing(gradient)]
        return places + list(range(len(self.gradients), len(self.inputs)))

    def _is_nothing(self, node: cst.BaseExpression) -> bool:
        source = self.tree.source(node)
        if source == "None" or _called(node) in ("zeros_like", "zeros", "new_zeros"):
            return True
        if isinstance(node, cst.BinaryOperation) and any(self.tree.source(s) in ("0", "0.0") for s in (node.left, node.right)):
            return True
        if not isinstance(node, cst.Name):
            return False
        values = [a.value for a in self.tree.walk(cst.Assign, self.backward) for t in a.targets if self.tree.source(t.target) == source]
        chained = {"None"} & {self.tree.source(v) for v in values}
        return bool(chained) or bool(values) and all(not isinstance(v, cst.Name) and self._is_nothing(v) for v in values)

    def padded(self) -> Edit:
        """One answer for each input: None for those that have none yet."""
        answers = [self.tree.source(gradient) for gradient in self.gradients]
        return self.tree.replace(self.returned.value, ", ".join(answers + ["None"] * (len(self.inputs) - len(answers))))

    # -- the derivative by autograd ---------------------------------------------------------------

    def with_gradients(self, places: list[int], again: bool) -> tuple[Edit, ...]:
        """Recompute ``forward`` with a graph inside ``backward`` and differentiate it; empty where that cannot be written.

        ``again``: so that the derivative can be differentiated once more.
        """
        known, more = self._available()
        body = self._body()
        if body is None:
            return ()
        statements, result = body
        used = {n.value for part in (*statements, result) for n in self.tree.walk(cst.Name, part)}
        if any((name in used or place in places) and name not in known for place, name in enumerate(self.inputs)):
            return ()
        taken = {n.value for n in self.tree.walk(cst.Name, self.backward)}
        renamed = dict(known)
        lines = []
        for place in places:
            name = self.inputs[place]
            renamed[name] = _free(f"{name}_", taken)
            copied = f"{known[name]}.view_as({known[name]})" if again else f"{known[name]}.detach().requires_grad_()"
            lines.append(f"    {renamed[name]} = {copied}")
        for statement in statements:
            for target in statement.targets:
                for bound in self.tree.walk(cst.Name, target.target):
                    renamed[bound.value] = _free(bound.value, taken) if bound.value in taken else bound.value
        lines += [f"    {self._spelt(statement, renamed)}" for statement in statements]
        value = _free("value", taken)
        lines.append(f"    {value} = {self._spelt(result, renamed)}")
        return self._written(places, renamed, lines, value, taken, more, again)

    def _written(self, places, renamed, lines, value, taken, more, again) -> tuple[Edit, ...]:
        tree = self.tree
        statement = tree.enclosing(self.returned, cst.SimpleStatementLine)
        gradients = [_free(f"grad_{self.inputs[place]}", taken) for place in places]
        variables = ", ".join(renamed[self.inputs[place]] for place in places)
        upstream = self.backward.params.params[1].name.value if len(self.backward.params.params) == 2 else None
        if statement is None or upstream is None:
            return ()
        head, imports = tree.spell("torch.enable_grad")
        grad, _ = tree.spell("torch.autograd.grad")
        inner = "("[: len(places) == 1] + ", ".join(gradients) + ",)"[: 2 * (len(places) == 1)]
        kept = f", create_graph={tree.spell('torch.is_grad_enabled')[0]}()" if again else ""
        code = [f"with {head}():", *lines, f"{inner} = {grad}({value}, [{variables}], {upstream}{kept})"]
        joined = (tree.newline() + tree.indent_of(statement)).join(code)
        shown = [tree.source(g) for g in self.gradients] + ["None"] * (len(self.inputs) - len(self.gradients))
        for place, name in zip(places, gradients):
            shown[place] = name
        answer = ", ".join(shown)
        return (tree.line_before(statement, joined), tree.replace(self.returned.value, answer), *imports, *more)

    def _available(self) -> tuple[dict[str, str], tuple[Edit, ...]]:
        """How ``backward`` spells each input of ``forward``, and the edit that saves those not saved yet."""
        tree, known = self.tree, {}
        context = self.backward.params.params[0].name.value
        save = next((c for c in tree.walk(cst.Call, self.forward) if _called(c) == "save_for_backward"), None)
        saved = [tree.source(arg.value) for arg in save.args] if save is not None else []
        unpacked = self._unpacked()
        for number, name in enumerate(saved):
            if name in self.inputs:
                known[name] = unpacked[number] if number < len(unpacked) else f"{context}.saved_tensors[{number}]"
        for assignment in tree.walk(cst.Assign, self.forward):
            target = assignment.targets[0].target
            own = self.forward.params.params[0].name.value
            if isinstance(target, cst.Attribute) and tree.source(target.value) == own and tree.source(assignment.value) in self.inputs:
                known.setdefault(tree.source(assignment.value), f"{context}.{target.attr.value}")
        return known, self._save_more(known, save, unpacked)

    def _save_more(self, known: dict[str, str], save: cst.Call | None, unpacked: list[str]) -> tuple[Edit, ...]:
        """Save the inputs that ``forward`` reads and does not save yet."""
        used = {n.value for n in self.tree.walk(cst.Name, self.forward.body)}
        more = [name for name in self.inputs if name in used and name not in known]
        target = self._unpack()
        if not more or save is None or not save.args or target is None:
            return ()
        own = {n.value for n in self.tree.walk(cst.Name, self.backward)}
        spelt = [_free(name, own) for name in more]
        known.update(zip(more, spelt))
        end = self.tree.outer_offsets(save.args[-1].value)[1]
        return (self.tree.insert(end, "".join(f", {name}" for name in more)), self.tree.replace(target, ", ".join([*unpacked, *spelt])))

    def _unpack(self) -> cst.Tuple | None:
        for assignment in self.tree.walk(cst.Assign, self.backward):
            if isinstance(assignment.value, cst.Attribute) and assignment.value.attr.value in ("saved_tensors", "saved_variables"):
                target = assignment.targets[0].target
                return target if isinstance(target, cst.Tuple) else None
        return None

    def _unpacked(self) -> list[str]:
        target = self._unpack()
        return [] if target is None else [self.tree.source(element.value) for element in target.elements]

    def _body(self) -> tuple[list[cst.Assign], cst.BaseExpression] | None:
        """The assignments of ``forward`` that are not about its context, and what it returns; None where it branches."""
        context, statements = self.forward.params.params[0].name.value, []
        for line in self.forward.body.body:
            if not isinstance(line, cst.SimpleStatementLine):
                return None
            for statement in line.body:
                if isinstance(statement, cst.Return) and statement.value is not None:
                    return statements, statement.value
                if isinstance(statement, cst.Assign):
                    if not self.tree.source(statement.targets[0].target).startswith(f"{context}."):
                        statements.append(statement)
                elif isinstance(statement, cst.Expr):
                    source = self.tree.source(statement)
                    if not (source.startswith(f"{context}.") or isinstance(statement.value, cst.BaseString)):
                        return None
                else:
                    return None
        return None

    def _spelt(self, node: cst.CSTNode, renamed: dict[str, str]) -> str:
        """The node's source with names exchanged, on one line."""
        tree = self.tree
        start, end = tree.offsets(node)
        text = tree.text[start:end]
        names = [n for n in tree.walk(cst.Name, node) if n.value in renamed and not _is_label(n, tree)]
        for name in sorted(names, key=lambda n: tree.offsets(n)[0], reverse=True):
            first, last = tree.offsets(name)
            text = text[: first - start] + renamed[name.value] + text[last - start :]
        return " ".join(text.split())


def _is_label(name: cst.Name, tree: Tree) -> bool:
    parent = tree.parent(name)
    return isinstance(parent, cst.Attribute) and parent.attr is name or isinstance(parent, cst.Arg) and parent.keyword is name


def _free(name: str, taken: set[str]) -> str:
    while name in taken:
        name += "_"
    taken.add(name)
    return name


def _method(owner: cst.ClassDef, name: str) -> cst.FunctionDef | None:
    body = owner.body.body if isinstance(owner.body, cst.IndentedBlock) else ()
    return next((s for s in body if isinstance(s, cst.FunctionDef) and s.name.value == name and isinstance(s.body, cst.IndentedBlock)), None)


def _called(node: cst.CSTNode) -> str:
    if not isinstance(node, cst.Call):
        return ""
    return node.func.attr.value if isinstance(node.func, cst.Attribute) else getattr(node.func, "value", "")
