"""Dialogue, the words: one YAML file of the editors, read as nodes that remember their lines."""

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

from answers.limits import LANGUAGES
from answers.problems import Problem, worded

# libyaml is some ten times faster; both loaders compose the same nodes.
_LOADER: Final[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
NOTE: Final = "note"
"""What editors tell each other about a text, in their languages; a comment of the file says it in English."""

_NULL: Final = "tag:yaml.org,2002:null"


@dataclass(frozen=True)
class Wording:
    """A text in one language and the line (from 1) of the file on which its first character stands."""

    text: str
    line: int

    def line_of(self, position: int) -> int:
        """The line of the character at `position`; exact in `|` blocks, the first line of the text otherwise."""
        return self.line + self.text.count("\n", 0, position)


class Source:
    """A file being read. Nothing raises: what is wrong is collected in `problems`, so that one run shows it all."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.problems: list[Problem] = []

    def refuse(self, at: yaml.Node | int, what: str, remedy: str) -> None:
        """Note that the file may not be published because of the node (or line, from 1) `at`."""
        line = at if isinstance(at, int) else at.start_mark.line + 1
        self.problems.append(Problem(self.path.as_posix(), line, what, remedy))

    def document(self) -> yaml.Node | None:
        """The root of the file, or None (and a problem) when it cannot be read as YAML."""
        try:
            root: yaml.Node | None = yaml.compose(self.path.read_text(encoding="utf-8"), Loader=_LOADER)
        except OSError as error:
            self.refuse(
                1,
                worded("The file cannot be read (%(reason)s).", reason=error.strerror or "?"),
                "Put it back or make it readable.",
            )
            return None
        except UnicodeDecodeError:
            self.refuse(1, "The file is not UTF-8.", "Save it as UTF-8.")
            return None
        except yaml.YAMLError as error:
            mark = getattr(error, "problem_mark", None)
            reason = getattr(error, "problem", None) or "unreadable"
            self.refuse(
                mark.line + 1 if mark else 1,
                worded("This is not YAML: %(reason)s.", reason=reason),
                "Look at the indentation, the colons and the quotation marks of this line and the one above.",
            )
            return None
        if root is None:
            self.refuse(1, "The file is empty.", "Fill it or delete it.")
        return root

    def entries(self, node: yaml.Node) -> dict[str, yaml.Node]:
        """The keys and values of a mapping; a key that stands twice is refused: YAML would drop one silently."""
        if not isinstance(node, yaml.MappingNode):
            self.refuse(node, "Here should be keys with values.", "Write `key: value` lines.")
            return {}
        found: dict[str, yaml.Node] = {}
        for key, value in node.value:
            name = str(key.value)
            if name in found:
                self.refuse(key, worded("The key '%(name)s' stands twice.", name=name), "Delete one of the two.")
            found[name] = value
        return found

    def fields(
        self, node: yaml.Node, required: Collection[str], optional: Collection[str] = ()
    ) -> dict[str, yaml.Node]:
        """A mapping whose keys are known: an unknown key and a missing required one are refused."""
        found = self.entries(node)
        known = [*required, *optional]
        if isinstance(node, yaml.MappingNode):
            for key, _ in node.value:
                if key.value not in known:
                    what = worded("Unknown key '%(name)s'.", name=str(key.value))
                    self.refuse(key, what, worded("Known here: %(names)s.", names=", ".join(known)))
        missing = [name for name in required if name not in found]
        if missing and isinstance(node, yaml.MappingNode):
            self.refuse(node, worded("Missing: %(names)s.", names=", ".join(missing)), "Add it.")
        return {name: value for name, value in found.items() if name in known}

    def string(self, node: yaml.Node) -> str:
        """A single value as it was typed, "" for null; a list or mapping is refused."""
        if isinstance(node, yaml.ScalarNode):
            return "" if node.tag == _NULL else str(node.value)
        self.refuse(node, "Here should be a single value.", "Write it on one line.")
        return ""

    def items(self, node: yaml.Node) -> list[tuple[str, yaml.Node]]:
        """The strings of a list with their nodes."""
        if not isinstance(node, yaml.SequenceNode):
            self.refuse(node, "Here should be a list.", "Write it as [one, two], or [] when there is nothing.")
            return []
        return [(self.string(item), item) for item in node.value]

    def wordings(self, node: yaml.Node, *, complete: bool = True, noted: bool = False) -> dict[str, Wording]:
        """A text per language. With `complete`, each of the three languages must be there and not be empty.

        `noted`: the editors' note may stand beside them.
        """
        notes = (NOTE,) if noted else ()
        found = self.fields(node, LANGUAGES if complete else (), notes if complete else (*LANGUAGES, *notes))
        self.note(found.pop(NOTE, None))
        texts = {}
        for language, value in found.items():
            text = self.string(value).strip()
            if not text:
                self.refuse(value, worded("The text in '%(language)s' is empty.", language=language), "Write it.")
                continue
            texts[language] = Wording(text, _first_line(value))
        return texts

    def note(self, node: yaml.Node | None) -> None:
        """Look at a note of the editors, in one language or more. Nobody else reads it, so it is not kept."""
        if node is not None:
            self.wordings(node, complete=False)


def _first_line(node: yaml.Node) -> int:
    line = int(node.start_mark.line) + 1
    is_block = isinstance(node, yaml.ScalarNode) and node.style in ("|", ">")
    return line + 1 if is_block else line
