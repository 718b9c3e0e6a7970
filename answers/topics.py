"""Dialogue, the words: one file per topic with its title, its answer, its buttons and who is called."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Final

import yaml

from answers.faq import FAQ_KEY, Faq, read_faq
from answers.limits import REPLY_BUTTONS
from answers.pieces import Piece, button_titles, read_pieces, review_date
from answers.problems import worded
from answers.source import NOTE, Source, Wording

# emergency: 112 and urgent; crisis: helpers, urgent; officer: offer a human now; offer: a soft offer.
ESCALATIONS: Final = ("emergency", "crisis", "officer", "offer")

REQUIRED: Final = ("topic", "escalation", "sources", "reviewed_on", "approved_by", "title", "answer", "buttons")
OPTIONAL: Final = ("in_short", "why", "follow_ups", "channels", "values", "questions", FAQ_KEY, NOTE)
# The follow-up questions that lead to a topic (bot/follow_ups/acts.py).
FOLLOW_UPS: Final = ("already_paid", "under_18", "what_next")
_NAME: Final = re.compile(r"[a-z][a-z0-9_]*")


@dataclass(frozen=True)
class Answer:
    """What we answer to a topic.

    `in_short` is the same advice in the plainest words, `why` its reason; both are empty where nobody wrote them.
    `follow_ups` says where a follow-up question ("and if I am under 18?") leads from here, if not to the usual topic.
    `values` are filled when it is said; the file gives the longest example of each. `questions` are the short answers
    to what is asked about any topic, in the order in which they are likely to be asked; `faq` those to what is asked
    about this one alone.
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
    questions: Mapping[str, Piece]
    faq: Mapping[str, Faq] = field(default_factory=dict)


def read_answer(path: Path) -> tuple[Answer | None, Source]:
    """The answer of the file as far as it can be read, or None; it is refused where the source has `problems`."""
    source = Source(path)
    root = source.document()
    if root is None:
        return None, source
    fields = source.fields(root, REQUIRED, OPTIONAL)
    if source.problems:
        return None, source
    source.note(fields.get(NOTE))
    answer = Answer(
        topic=_topic(source, fields["topic"]),
        group=path.parent.name,
        file=path.as_posix(),
        escalation=_escalation(source, fields["escalation"]),
        sources=tuple(code for code, _ in source.items(fields["sources"])),
        reviewed_on=review_date(source, fields["reviewed_on"]),
        approved_by=source.string(fields["approved_by"]),
        title=button_titles(source, fields["title"]),
        texts=source.wordings(fields["answer"]),
        in_short=_optional(source, fields.get("in_short")),
        why=_optional(source, fields.get("why")),
        follow_ups=_follow_ups(source, fields.get("follow_ups")),
        channels=_channels(source, fields.get("channels")),
        buttons=_buttons(source, fields["buttons"], path.stem),
        values=_values(source, fields.get("values")),
        questions=read_pieces(source, fields.get("questions")),
        faq=read_faq(source, fields.get(FAQ_KEY)),
    )
    return answer, source


def _topic(source: Source, node: yaml.Node) -> str:
    topic = source.string(node)
    if not _NAME.fullmatch(topic):
        source.refuse(
            node, worded("'%(name)s' cannot be a topic.", name=topic), "Use small letters a to z, digits and _."
        )
    elif topic != source.path.stem:
        source.refuse(
            node,
            worded("The file is called %(file)s but its topic is '%(name)s'.", file=source.path.name, name=topic),
            worded("Rename the file to %(topic)s.yml or write topic: %(name)s.", topic=topic, name=source.path.stem),
        )
    return topic


def _escalation(source: Source, node: yaml.Node) -> tuple[str, ...]:
    found = source.items(node)
    for name, item in found:
        if name not in ESCALATIONS:
            what = worded("Unknown escalation '%(name)s'.", name=name)
            source.refuse(item, what, worded("One of: %(names)s; or [] for none.", names=", ".join(ESCALATIONS)))
    return tuple(name for name, _ in found)


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
        what = worded("%(count)s buttons; WhatsApp takes %(limit)s.", count=len(found), limit=REPLY_BUTTONS)
        source.refuse(node, what, "Leave the least needed out.")
    names = [name for name, _ in found]
    for position, (name, item) in enumerate(found):
        if name == own:
            source.refuse(item, "A button leads to its own answer.", "Choose another topic.")
        elif name in names[:position]:
            source.refuse(item, worded("The button '%(name)s' stands twice.", name=name), "Delete one of the two.")
    return tuple((name, int(item.start_mark.line) + 1) for name, item in found)


def _values(source: Source, node: yaml.Node | None) -> dict[str, str]:
    if node is None:
        return {}
    examples = {name: source.string(value) for name, value in source.entries(node).items()}
    for name in examples:
        if not _NAME.fullmatch(name):
            what = worded("'%(name)s' cannot be a value.", name=name)
            source.refuse(node, what, "Use small letters a to z, digits and _.")
    return examples
