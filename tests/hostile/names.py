"""The names that stand in code, and where one of them leads."""

import ast
import builtins
from collections.abc import Iterator

type Target = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Assign | ast.AnnAssign


def found(module: ast.Module, path: str) -> Target:
    """The function, class or assignment of a dotted path; raises `LookupError` where there is not exactly one."""
    *around, last = path.split(".")
    where: ast.AST = module
    for part in around:
        where = _only(where, part, path)
    return _only(where, last, path)


def _only(where: ast.AST, name: str, path: str) -> Target:
    inside = [each for each in _named(where) if _name_of(each) == name]
    if len(inside) != 1:
        raise LookupError(f"{name} of {path} is there {len(inside)} times.")
    return inside[0]


def _named(where: ast.AST) -> Iterator[Target]:
    """What has a name directly in this place: not in a class or function of it."""
    for each in ast.iter_child_nodes(where):
        if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Assign | ast.AnnAssign):
            yield each
        elif isinstance(each, ast.stmt):
            yield from _named(each)


def _name_of(node: Target) -> str | None:
    match node:
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            return name
        case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
            return name
        case _:
            return None


def words(node: ast.AST) -> set[str]:
    """Every name that stands in a piece of code: variables, attributes, keywords and constant strings."""
    found = set[str]()
    for each in ast.walk(node):
        match each:
            case (
                ast.Name(id=name)
                | ast.Attribute(attr=name)
                | ast.keyword(arg=str(name))
                | ast.Constant(value=str(name))
            ):
                found.add(name)
            case _:
                pass
    return found


def unknown_names(module: ast.Module, code: str) -> set[str]:
    """What is inserted and nobody has defined: it would crash, and say nothing about the defence."""
    inserted = ast.parse(code)
    bound = {name for tree in (module, inserted) for name in _bound(tree)} | set(vars(builtins))
    used = {each.id for each in ast.walk(inserted) if isinstance(each, ast.Name)}
    return {name for name in used - bound if not name.startswith("_") or not name[1:].isdecimal()} - {"_"}


def _bound(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name, ctx=ast.Store()) | ast.arg(arg=name):
                yield name
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                yield name
            case ast.alias(name=name, asname=other):
                yield (other or name).partition(".")[0]
            case _:
                pass
