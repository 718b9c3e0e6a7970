"""Dialogue, the words: one file per topic with its title, its answer, its buttons and who is called."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

import yaml

from answers.limits import REPLY_BUTTON_TITLE, REPLY_BUTTONS
from answers.source import Source, Wording

# emergency: 112 and urgent; crisis: helpers, urgent; officer: offer a human now; offer: a soft offer.
ESCALATIONS: Final = ("emergency", "crisis", "officer", "offer")

_REQUIRED: Final = ("topic", "escalation", "sources", "reviewed_on", "approved_by", "title", "answer", "buttons")
_OPTIONAL: Final = ("in_short", "why", "follow_ups", "channels", "values")
# The follow-up questions that lead to a topic (bot/follow_ups/acts.py).
FOLLOW_UPS: Final = ("already_paid", "under_18", "what_next")
_NAME: Final = re.compile(r"[a-z][a-z0-9_]*")


@dataclass(frozen=True)
class Answer:
    """What we answer to a topic.

    `in_short` is the same advice in the plainest words, `why` its reason; both are empty where nobody wrote them.
    `follow_ups` says where a follow-up question ("and if I am under 18?") leads from here, if not to the usual topic.
    `values` are filled when it is said; the file gives the longest example of each.
    """

    topic: str
    group: str
    file: str
    escalation: tuple[str, ...]
    sources: tuple[str, ...]
    reviewed_on: date
    approved_by: str
    title: Mapping[str, Wording]
    texts: Mapping[str, Wording]
    in_short: Mapping[str, Wording]
    why: Mapping[str, Wording]
    follow_ups: Mapping[str, str]
    channels: Mapping[str, Mapping[str, Wording]]
    buttons: tuple[tuple[str, int], ...]
    values: Mapping[str, str]


def read_answer(path: Path) -> tuple[Answer | None, Source]:
    """The answer of the file, or None when something in it is refused (see the source's `problems`)."""
    source = Source(path)
    root = source.document()
    if root is None:
        return None, source
    fields = source.fields(root, _REQUIRED, _OPTIONAL)
    if source.problems:
        return None, source
    answer = Answer(
        topic=_topic(source, fields["topic"]),
        group=path.parent.name,
        file=path.as_posix(),
        escalation=_escalation(source, fields["escalation"]),
        sources=tuple(code for code, _ in source.items(fields["sources"])),
        reviewed_on=_date(source, fields["reviewed_on"]),
        approved_by=source.string(fields["approved_by"]),
        title=_title(source, fields["title"]),
        texts=source.wordings(fields["answer"]),
        in_short=_optional(source, fields.get("in_short")),
        why=_optional(source, fields.get("why")),
        follow_ups=_follow_ups(source, fields.get("follow_ups")),
        channels=_channels(source, fields.get("channels")),
        buttons=_buttons(source, fields["buttons"], path.stem),
        values=_values(source, fields.get("values")),
    )
    return (None if source.problems else answer), source


def _topic(source: Source, node: yaml.Node) -> str:
    topic = source.string(node)
    if not _NAME.fullmatch(topic):
        source.refuse(node, f"'{topic}' cannot be a topic.", "Use small letters a to z, digits and _.")
    elif topic != source.path.stem:
        source.refuse(
            node,
            f"The file is called {source.path.name} but its topic is '{topic}'.",
            f"Rename the file to {topic}.yml or write topic: {source.path.stem}.",
        )
    return topic


def _escalation(source: Source, node: yaml.Node) -> tuple[str, ...]:
    found = source.items(node)
    for name, item in found:
        if name not in ESCALATIONS:
            source.refuse(item, f"Unknown escalation '{name}'.", f"One of: {', '.join(ESCALATIONS)}; or [] for none.")
    return tuple(name for name, _ in found)


def _date(source: Source, node: yaml.Node) -> date:
    try:
        return date.fromisoformat(source.string(node))
    except ValueError:
        source.refuse(node, "This is not a date.", "Write year-month-day, for example 2026-11-24.")
        return date.min


def _title(source: Source, node: yaml.Node) -> dict[str, Wording]:
    titles = source.wordings(node)
    for language, title in titles.items():
        if len(title.text) > REPLY_BUTTON_TITLE:
            source.refuse(
                title.line,
                f"The title in '{language}' has {len(title.text)} characters; a WhatsApp button takes "
                f"{REPLY_BUTTON_TITLE}.",
                "Shorten it.",
            )
        if "{" in title.text or "\n" in title.text:
            source.refuse(title.line, f"The title in '{language}' is not plain words.", "No placeholders, one line.")
    return titles


def _optional(source: Source, node: yaml.Node | None) -> dict[str, Wording]:
    return {} if node is None else source.wordings(node)


def _follow_ups(source: Source, node: yaml.Node | None) -> dict[str, str]:
    if node is None:
        return {}
    found = source.fields(node, (), FOLLOW_UPS)
    return {name: source.string(target) for name, target in found.items()}


def _channels(source: Source, node: yaml.Node | None) -> dict[str, dict[str, Wording]]:
    if node is None:
        return {}
    return {name: source.wordings(texts, complete=False) for name, texts in source.entries(node).items()}


def _buttons(source: Source, node: yaml.Node, own: str) -> tuple[tuple[str, int], ...]:
    found = source.items(node)
    if len(found) > REPLY_BUTTONS:
        source.refuse(node, f"{len(found)} buttons; WhatsApp takes {REPLY_BUTTONS}.", "Leave the least needed out.")
    names = [name for name, _ in found]
    for position, (name, item) in enumerate(found):
        if name == own:
            source.refuse(item, "A button leads to its own answer.", "Choose another topic.")
        elif name in names[:position]:
            source.refuse(item, f"The button '{name}' stands twice.", "Delete one of the two.")
    return tuple((name, int(item.start_mark.line) + 1) for name, item in found)


def _values(source: Source, node: yaml.Node | None) -> dict[str, str]:
    if node is None:
        return {}
    examples = {name: source.string(value) for name, value in source.entries(node).items()}
    for name in examples:
        if not _NAME.fullmatch(name):
            source.refuse(node, f"'{name}' cannot be a value.", "Use small letters a to z, digits and _.")
    return examples
