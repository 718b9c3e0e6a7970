"""Dialogue, the words: what is said to a move in a talk (thanks, feelings, "it did not work"), by what is known."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

import yaml

from answers.labels import ACTS
from answers.pieces import Condition, State, condition, fits, named_as_file, review_date
from answers.source import NOTE, Source, Wording

REQUIRED: Final = ("act", "sources", "reviewed_on", "approved_by", "variants")
OPTIONAL: Final = (NOTE,)


@dataclass(frozen=True)
class ActVariant:
    """Wordings of the same thing, said in turn; `when` is empty for what fits everybody."""

    when: Condition
    wordings: tuple[Mapping[str, Wording], ...]
    line: int


@dataclass(frozen=True)
class Act:
    """What is said to an act. The last variant fits everybody."""

    act: str
    file: str
    variants: tuple[ActVariant, ...]
    sources: tuple[str, ...]
    reviewed_on: date
    approved_by: str

    def variant(self, state: State) -> ActVariant:
        """The first variant that fits what is known."""
        return next(each for each in self.variants if fits(each.when, state))


def read_act(path: Path) -> tuple[Act | None, Source]:
    """The act of a file of answers/acts, or None when something in it is refused (see the source's `problems`)."""
    source = Source(path)
    root = source.document()
    if root is None:
        return None, source
    fields = source.fields(root, REQUIRED, OPTIONAL)
    if source.problems:
        return None, source
    source.note(fields.get(NOTE))
    act = Act(
        act=named_as_file(source, fields["act"], ACTS),
        file=path.as_posix(),
        variants=_variants(source, fields["variants"]),
        sources=tuple(code for code, _ in source.items(fields["sources"])),
        reviewed_on=review_date(source, fields["reviewed_on"]),
        approved_by=source.string(fields["approved_by"]),
    )
    return (None if source.problems else act), source


def _variants(source: Source, node: yaml.Node) -> tuple[ActVariant, ...]:
    if not isinstance(node, yaml.SequenceNode):
        source.refuse(node, "Here should be a list of variants.", "Begin each with `- wordings:`.")
        return ()
    found = [variant for each in node.value if (variant := _variant(source, each)) is not None]
    if found and found[-1].when and not source.problems:
        source.refuse(node, "Nothing is said to everybody else.", "End with a variant without `when`.")
    if any(not variant.when for variant in found[:-1]):
        source.refuse(node, "A variant without `when` hides those after it.", "Put it last.")
    return tuple(found)


def _variant(source: Source, node: yaml.Node) -> ActVariant | None:
    fields = source.fields(node, ("wordings",), ("when",))
    if "wordings" not in fields:
        return None
    wordings = fields["wordings"]
    if not isinstance(wordings, yaml.SequenceNode) or not wordings.value:
        source.refuse(wordings, "Here should be a list of wordings.", "Begin each with `- fi:`.")
        return None
    when = condition(source, fields["when"]) if "when" in fields else {}
    texts = tuple(source.wordings(each) for each in wordings.value)
    return ActVariant(when, texts, int(node.start_mark.line) + 1)
