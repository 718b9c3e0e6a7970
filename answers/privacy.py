"""Beside the dialogue: the privacy notice of `data/privacy.yml`, which the force rewrites without a programmer."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import yaml

from answers.limits import LANGUAGES
from answers.problems import Problem, worded
from answers.render import placeholders, stray_brace
from answers.source import Source

PRIVACY: Final = "privacy.yml"
# What only the running service knows: for how many days texts and editors' copies are kept, and when officers answer.
VALUES: Final = ("days", "copies", "hours")
_EMERGENCY: Final = "112"


@dataclass(frozen=True)
class Section:
    """A heading and what stands under it."""

    heading: str
    text: str


@dataclass(frozen=True)
class PrivacyNotice:
    """The notice in one language; texts may hold `VALUES` in braces."""

    title: str
    lead: str
    emergency: str
    sections: tuple[Section, ...]


def read_privacy(path: Path) -> tuple[dict[str, PrivacyNotice], list[Problem]]:
    """The notice by language, and what keeps it from being published; with a problem it is not to be shown."""
    source = Source(path)
    root = source.document()
    found = source.fields(root, LANGUAGES) if root is not None else {}
    notices = {language: _notice(source, node) for language, node in found.items()}
    lengths = {len(notice.sections) for notice in notices.values()}
    if root is not None and len(lengths) > 1:
        source.refuse(root, "The languages do not have the same number of sections.", "Say the same in each.")
    return notices, sorted(source.problems)


def privacy_problems(directory: Path) -> list[Problem]:
    """What keeps a folder's notice from being published; a folder without one has the shipped notice."""
    path = directory / PRIVACY
    return read_privacy(path)[1] if path.exists() else []


def _notice(source: Source, node: yaml.Node) -> PrivacyNotice:
    fields = source.fields(node, ("title", "lead", "emergency", "sections"))
    words = {name: _text(source, value) for name, value in fields.items() if name != "sections"}
    sections = _sections(source, fields["sections"]) if "sections" in fields else ()
    said = {name for section in sections for name, _ in placeholders(section.text)}
    missing = [name for name in VALUES if name not in said]
    if "sections" in fields and missing:
        what = worded("The notice does not say: %(names)s.", names=", ".join(missing))
        source.refuse(fields["sections"], what, "Say for how long texts are kept and when officers answer.")
    if "emergency" in words and _EMERGENCY not in words["emergency"]:
        source.refuse(fields["emergency"], "The number 112 is missing.", "Say which number to call in an emergency.")
    return PrivacyNotice(words.get("title", ""), words.get("lead", ""), words.get("emergency", ""), sections)


def _sections(source: Source, node: yaml.Node) -> tuple[Section, ...]:
    if not isinstance(node, yaml.SequenceNode) or not node.value:
        source.refuse(node, "Here should be a list.", "Begin each section with `- heading:`.")
        return ()
    return tuple(_section(source, each) for each in node.value)


def _section(source: Source, node: yaml.Node) -> Section:
    fields: Mapping[str, yaml.Node] = source.fields(node, ("heading", "text"))
    words = {name: _text(source, value, values=name == "text") for name, value in fields.items()}
    return Section(words.get("heading", ""), words.get("text", ""))


def _text(source: Source, node: yaml.Node, *, values: bool = False) -> str:
    """A text that is not empty; nothing stands in its braces but `VALUES`, and that only where `values` may."""
    text = source.string(node).strip()
    if not text:
        source.refuse(node, "The value is empty.", "Write it, or delete the whole field.")
    unknown = [name for name, _ in placeholders(text) if not values or name not in VALUES]
    if unknown or stray_brace(text) is not None:
        what = worded("'{%(name)s}' cannot stand here.", name=unknown[0] if unknown else "")
        source.refuse(node, what, "In a section's text, and only there: {days}, {copies}, {hours}.")
    return text
