"""Edits that take a defence out of the code. What is edited is found by the names that stand in it, never by its text.

An edit is looked for in one function, class or assignment, its target, and must be found there exactly once. In
replacements `_` is the old expression and `_0`, `_1` … are the arguments of an old call.
"""

import ast
import copy
from collections.abc import Callable
from dataclasses import dataclass

from tests.hostile.names import words

type Change = Callable[[ast.AST], ast.AST | list[ast.stmt] | None]


@dataclass(frozen=True)
class Edit:
    """One change of the syntax tree.

    `text` says which, for people and for the memory of earlier runs; `found` knows the node; `change` gives what takes
    its place, `None` removes it. `code` is what is inserted, so that its names can be looked for.
    """

    text: str
    found: Callable[[ast.AST], bool]
    change: Change
    code: str = ""
    whole: bool = False  # the target itself is changed, not a part of it

    def __repr__(self) -> str:
        return self.text


def never(*names: str) -> Edit:
    """The condition in which these names stand is never true."""

    def found(node: ast.AST) -> bool:
        return isinstance(node, ast.If | ast.IfExp) and set(names) <= words(node.test)

    def change(node: ast.AST) -> ast.AST:
        assert isinstance(node, ast.If | ast.IfExp)
        node.test = ast.Constant(value=False)
        return node

    return Edit(f"never{names}", found, change)


def without_operand(*names: str) -> Edit:
    """Of an `and` or `or`, the operand in which these names stand is gone."""

    def found(node: ast.AST) -> bool:
        return isinstance(node, ast.BoolOp) and sum(set(names) <= words(each) for each in node.values) == 1

    def change(node: ast.AST) -> ast.AST:
        assert isinstance(node, ast.BoolOp)
        node.values = [each for each in node.values if not set(names) <= words(each)]
        return node if len(node.values) > 1 else node.values[0]

    return Edit(f"without_operand{names}", found, change)


def without_call(name: str, *names: str) -> Edit:
    """The statement that only calls this function, with these names among its arguments, is gone."""

    def found(node: ast.AST) -> bool:
        value = node.value if isinstance(node, ast.Expr) else None
        return _calls(value.value if isinstance(value, ast.Await) else value, name, names)

    return Edit(f"without_call{(name, *names)}", found, lambda _: ast.Pass())


def call(name: str, code: str, *names: str) -> Edit:
    """The call of this function is another expression."""
    return Edit(f"call{(name, code, *names)}", lambda node: _calls(node, name, names), _replaced(code), code)


def argument(name: str, place: int | str, code: str, *names: str) -> Edit:
    """An argument of the call of this function, by its place or keyword, is another expression."""

    def found(node: ast.AST) -> bool:
        return _calls(node, name, names) and _argument(node, place) is not None

    def change(node: ast.AST) -> ast.AST:
        assert isinstance(node, ast.Call)
        old = _argument(node, place)
        assert old is not None
        new = _replaced(code)(old)
        node.args = [new if each is old else each for each in node.args]  # type: ignore[misc]
        for keyword in node.keywords:
            if keyword.value is old:
                keyword.value = new  # type: ignore[assignment]
        return node

    return Edit(f"argument{(name, place, code, *names)}", found, change, code)


def without_keyword(name: str, keyword: str) -> Edit:
    """The call of this function lacks a keyword argument."""

    def found(node: ast.AST) -> bool:
        return _calls(node, name, ()) and _argument(node, keyword) is not None

    def change(node: ast.AST) -> ast.AST:
        assert isinstance(node, ast.Call)
        node.keywords = [each for each in node.keywords if each.arg != keyword]
        return node

    return Edit(f"without_keyword{(name, keyword)}", found, change)


def assignment(name: str, code: str | None, *names: str) -> Edit:
    """What is assigned to a variable, attribute or key of this name is another expression; `None`: nothing is."""

    def found(node: ast.AST) -> bool:
        if not isinstance(node, ast.Assign | ast.AnnAssign):
            return False
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        return any(name in words(each) for each in targets) and set(names) <= words(node)

    def change(node: ast.AST) -> ast.AST:
        assert isinstance(node, ast.Assign | ast.AnnAssign)
        if code is None:
            return ast.Pass()
        assert node.value is not None
        node.value = _replaced(code)(node.value)  # type: ignore[assignment]
        return node

    return Edit(f"assignment{(name, code, *names)}", found, change, code or "")


def before(name: str, code: str) -> Edit:
    """Statements stand before the assignment to this name."""

    def change(node: ast.AST) -> list[ast.stmt]:
        assert isinstance(node, ast.stmt)
        return [*ast.parse(code).body, node]

    return Edit(f"before{(name, code)}", assignment(name, None).found, change, code)


def comparison(name: str, operator: type[ast.cmpop]) -> Edit:
    """What this name is compared with, it is compared with in another way."""

    def found(node: ast.AST) -> bool:
        return isinstance(node, ast.Compare) and name in words(node) and len(node.ops) == 1

    def change(node: ast.AST) -> ast.AST:
        assert isinstance(node, ast.Compare)
        node.ops = [operator()]
        return node

    return Edit(f"comparison{(name, operator.__name__)}", found, change)


def constant(value: str | int, code: str) -> Edit:
    """A constant of this value is another expression."""

    def found(node: ast.AST) -> bool:
        return isinstance(node, ast.Constant) and type(node.value) is type(value) and node.value == value

    return Edit(f"constant{(value, code)}", found, _replaced(code), code)


def without_element(*names: str) -> Edit:
    """Of a tuple or list, the element in which these names stand is gone."""

    def found(node: ast.AST) -> bool:
        return isinstance(node, ast.Tuple | ast.List) and sum(set(names) <= words(each) for each in node.elts) == 1

    def change(node: ast.AST) -> ast.AST:
        assert isinstance(node, ast.Tuple | ast.List)
        node.elts = [each for each in node.elts if not set(names) <= words(each)]
        return node

    return Edit(f"without_element{names}", found, change)


def without_key(key: str) -> Edit:
    """A dictionary lacks a key."""

    def keys(node: ast.AST) -> list[object]:
        return [getattr(each, "value", None) for each in node.keys] if isinstance(node, ast.Dict) else []

    def change(node: ast.AST) -> ast.AST:
        assert isinstance(node, ast.Dict)
        place = keys(node).index(key)
        del node.keys[place], node.values[place]
        return node

    return Edit(f"without_key({key!r})", lambda node: key in keys(node), change)


def without_filter(*names: str) -> Edit:
    """A comprehension lacks the `if` in which these names stand."""

    def found(node: ast.AST) -> bool:
        return isinstance(node, ast.comprehension) and any(set(names) <= words(each) for each in node.ifs)

    def change(node: ast.AST) -> ast.AST:
        assert isinstance(node, ast.comprehension)
        node.ifs = [each for each in node.ifs if not set(names) <= words(each)]
        return node

    return Edit(f"without_filter{names}", found, change)


def returns(code: str) -> Edit:
    """The function does nothing but return this."""

    def change(node: ast.AST) -> ast.AST:
        assert isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        node.body = ast.parse(f"return {code}").body
        return node

    return Edit(f"returns({code!r})", _is_function, change, code, whole=True)


def begins(code: str) -> Edit:
    """The function begins with these statements."""

    def change(node: ast.AST) -> ast.AST:
        assert isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        node.body = [*ast.parse(code).body, *node.body]
        return node

    return Edit(f"begins({code!r})", _is_function, change, code, whole=True)


def followed_by(code: str) -> Edit:
    """After the target, an assignment, or as the last of a function these statements stand."""

    def change(node: ast.AST) -> ast.AST | list[ast.stmt]:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            node.body = [*node.body, *ast.parse(code).body]
            return node
        assert isinstance(node, ast.stmt)
        return [node, *ast.parse(code).body]

    return Edit(f"followed_by({code!r})", lambda node: isinstance(node, ast.stmt), change, code, whole=True)


def becomes(code: str) -> Edit:
    """The target, an assignment, has another value."""

    def found(node: ast.AST) -> bool:
        return isinstance(node, ast.Assign | ast.AnnAssign)

    def change(node: ast.AST) -> ast.AST:
        assert isinstance(node, ast.Assign | ast.AnnAssign)
        node.value = ast.parse(code, mode="eval").body
        return node

    return Edit(f"becomes({code!r})", found, change, code, whole=True)


def _is_function(node: ast.AST) -> bool:
    return isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)


def _calls(node: ast.AST | None, name: str, names: tuple[str, ...]) -> bool:
    if not isinstance(node, ast.Call):
        return False
    called = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", None)
    return called == name and set(names) <= words(node)


def _argument(node: ast.AST, place: int | str) -> ast.expr | None:
    assert isinstance(node, ast.Call)
    if isinstance(place, int):
        return node.args[place] if place < len(node.args) else None
    return next((each.value for each in node.keywords if each.arg == place), None)


def _replaced(code: str) -> Callable[[ast.AST], ast.AST]:
    """Gives the expression of `code`, with the old one and its arguments where they are named."""

    def change(old: ast.AST) -> ast.AST:
        given = old.args if isinstance(old, ast.Call) else []
        known = {"_": old, **{f"_{place}": each for place, each in enumerate(given)}}

        class Fill(ast.NodeTransformer):
            def visit_Name(self, node: ast.Name) -> ast.AST:
                return copy.deepcopy(known.get(node.id, node))

        filled: ast.AST = Fill().visit(ast.parse(code, mode="eval").body)
        return filled

    return change
