"""Content, YAML files: edits that preserve comments, order and quotation marks."""

import io
from functools import lru_cache
from typing import Any, Final

import yaml
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.scalarstring import DoubleQuotedScalarString, LiteralScalarString

from gateway.content.errors import ContentRefused

_LOADER: Final[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
# Lists stand at the edge of their key, or two spaces in; a file keeps the form that it has.
_FORMS: tuple[tuple[tuple[str, int], ...], ...] = ((), (("mapping", 2), ("sequence", 4), ("offset", 2)))


class YamlFile:
    """One file: `root` is what an order changes, `text()` the file with that change and nothing else.

    Raises `ContentRefused` with the line when the text is not YAML, or no mapping.
    """

    def __init__(self, path: str, text: str) -> None:
        self.path = path
        self._original = text
        self.root = self._read(text)

    def text(self) -> str:
        """The file as it should be written."""
        return _written(self.root, _form_of(self._original))

    def _read(self, text: str) -> Any:
        try:
            root = _machine(_FORMS[0]).load(text)
        except MarkedYAMLError as error:
            mark = error.problem_mark
            raise ContentRefused("broken_yaml", file=self.path, line=mark.line + 1 if mark else 1) from error
        except YAMLError as error:
            raise ContentRefused("broken_yaml", file=self.path, line=1) from error
        if not isinstance(root, dict):
            raise ContentRefused("broken_yaml", file=self.path, line=1)
        return root


# Whoever only reads, which is nearly everybody, never asks for the form: to find it costs more than to read.
@lru_cache(maxsize=256)
def _form_of(text: str) -> tuple[tuple[str, int], ...]:
    """The form in which a file is written back byte for byte; the first where it is in none."""
    root = _machine(_FORMS[0]).load(text)
    return next((form for form in _FORMS if _written(root, form) == text), _FORMS[0])


def _written(root: Any, form: tuple[tuple[str, int], ...]) -> str:
    written = io.StringIO()
    _machine(form).dump(root, written)
    return written.getvalue()


@lru_cache(maxsize=512)  # a contact's page reads every answer
def parsed(text: str) -> dict[str, Any]:
    """A file's keys, read fast, for who changes nothing; empty for a broken one, which the check tells."""
    try:
        root = yaml.load(text, Loader=_LOADER)  # noqa: S506  # a safe loader
    except yaml.YAMLError:
        return {}
    return root if isinstance(root, dict) else {}


def notes_of(text: str) -> list[str]:
    """What stands in a file's comments, a paragraph for each run of lines: warnings of whoever wrote it before."""
    paragraphs: list[list[str]] = [[]]
    for line in text.splitlines():
        if line.lstrip().startswith("#"):
            paragraphs[-1].append(line.strip().lstrip("# ").strip())
        elif paragraphs[-1]:
            paragraphs.append([])
    return [" ".join(each) for each in paragraphs if any(each)]


def block(text: str) -> LiteralScalarString:
    """A text as our files write long ones: `|`, one line each."""
    written: LiteralScalarString = LiteralScalarString(text.rstrip("\n") + "\n")
    return written


def like(old: object, text: str) -> str:
    """A new text in the form (block, quoted, plain) that the old one had."""
    if isinstance(old, LiteralScalarString) or "\n" in text:
        return block(text)
    if isinstance(old, str) and type(old) is not str:
        return type(old)(text)
    return quoted(text) if not _is_plain(text) else text


def quoted(text: str) -> DoubleQuotedScalarString:
    """A text in quotation marks."""
    written: DoubleQuotedScalarString = DoubleQuotedScalarString(text)
    return written


def _is_plain(text: str) -> bool:
    return bool(text) and not text[0].isdigit() and not set(text) & set("{}[]:#\"'")


def _machine(form: tuple[tuple[str, int], ...]) -> YAML:
    machine = YAML()
    machine.preserve_quotes = True
    machine.width = 1_000_000  # an editor's line is as long as the editor made it
    machine.allow_unicode = True
    machine.representer.add_representer(type(None), _null)
    if form:
        machine.indent(**dict(form))
    return machine


def _null(representer: Any, _: None) -> Any:
    return representer.represent_scalar("tag:yaml.org,2002:null", "null")
