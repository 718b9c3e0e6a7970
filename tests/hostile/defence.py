"""What one defence is: in which function it stands, how it is taken away there, the test that must then fail."""

import ast
import textwrap
from dataclasses import dataclass
from pathlib import Path

from tests.hostile.edits import Edit
from tests.hostile.names import Target, found, unknown_names


@dataclass(frozen=True)
class Defence:
    """After `edits` of `target` (`package.module:function`) the defence is gone, and `test` fails.

    `environment` is whose Python runs the test: gateway or rasa.
    """

    name: str
    target: str
    edits: tuple[Edit, ...]
    test: str
    environment: str = "gateway"

    @property
    def file(self) -> Path:
        """Where it stands, below the project's folder."""
        return Path(*self.target.partition(":")[0].split(".")).with_suffix(".py")

    def taken_from(self, source: str) -> str:
        """The source without the defence.

        Raises `LookupError` where the target, or what an edit names in it, is not there exactly once.
        """
        module = ast.parse(source)
        target = found(module, self.target.partition(":")[2])
        for edit in self.edits:
            if unknown := unknown_names(module, edit.code):
                raise LookupError(f"{edit} names {sorted(unknown)}, which {self.file} does not know.")
        first, last, indent = _first_line(target), target.end_lineno, " " * target.col_offset
        statements: list[ast.stmt] = [target]
        for edit in self.edits:
            statements = _edited(statements, edit)
        lines, new = source.splitlines(), "\n".join(ast.unparse(ast.fix_missing_locations(each)) for each in statements)
        return "\n".join([*lines[: first - 1], textwrap.indent(new, indent), *lines[last:], ""])


def _first_line(target: Target) -> int:
    decorators = [] if isinstance(target, ast.Assign | ast.AnnAssign) else target.decorator_list
    return min([target.lineno, *(each.lineno for each in decorators)])


def _edited(statements: list[ast.stmt], edit: Edit) -> list[ast.stmt]:
    places = statements[:1] if edit.whole else [each for statement in statements for each in ast.walk(statement)]
    meant = [each for each in places if edit.found(each)]
    if len(meant) != 1:
        raise LookupError(f"What {edit} means is there {len(meant)} times.")

    class Change(ast.NodeTransformer):
        def visit(self, node: ast.AST) -> ast.AST | list[ast.stmt] | None:
            return edit.change(node) if node is meant[0] else self.generic_visit(node)

    changed = Change().visit(ast.Module(body=statements, type_ignores=[]))
    assert isinstance(changed, ast.Module)
    return changed.body
