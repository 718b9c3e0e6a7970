"""Console: a conversation in short, by rules from its state and from what was asked and told, for who takes it over.

Nothing in it is worded by a machine: each line names what is stored, or quotes what was written.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from gateway.console.canned import last_asked
from gateway.console.conversation_view import ConversationView
from gateway.console.timeline import CitizenSaid, Happened, Said
from gateway.console.told_view import ToldItem
from gateway.conversations.kinds import Author, EventKind
from gateway.conversations.priority import names_a_matter
from gateway.conversations.told import ToldPart
from gateway.core.i18n import NP_, gettext, moment, ngettext
from gateway.core.lines import Lines

QUOTED: Final = 160  # characters of a message
_MOST: Final = 5  # topics or questions
_GIVEN: Final = frozenset({EventKind.CLAIMED, EventKind.TAKEN_OVER, EventKind.HANDED_ON})
_HANDED: Final = frozenset({EventKind.TAKEN_OVER, EventKind.HANDED_ON, EventKind.RELEASED})
ABOUT: Final = NP_("summary", "About")
TOLD: Final = NP_("summary", "Told")
ASKED: Final = NP_("summary", "Asked")
WROTE: Final = NP_("summary", "Wrote last")
BOT: Final = NP_("summary", "The bot")
OFFICER: Final = NP_("summary", "An officer")
BEFORE: Final = NP_("summary", "Before")
OPEN: Final = NP_("summary", "Open")


@dataclass(frozen=True)
class SummaryLine:
    """One line: what it is about, and what there is to know, in the reader's language."""

    label: str
    text: str


def summary(view: ConversationView, lines: Lines, language: str) -> Sequence[SummaryLine]:
    """The lines of which something is known, from the messages on the page."""
    asked = last_asked(view.items)
    found = {
        ABOUT: _topics(view, lines, language),
        TOLD: " · ".join(_told(view.told_items)),
        ASKED: _questions(view, lines, language),
        WROTE: _quoted(asked.text if asked else None, language),
        BOT: _of_bot(view, language),
        OFFICER: _of_officers(view, language),
        BEFORE: next((item.text for item in reversed(view.items) if _is(item, _HANDED)), ""),
        OPEN: _open(view, language),
    }
    return [SummaryLine(gettext(language, label), text) for label, text in found.items() if text]


def is_new_to(view: ConversationView) -> bool:
    """Whether the reader has the conversation, and no officer has replied since they got it."""
    if not view.mine:
        return False
    got = max((at for at, item in enumerate(view.items) if _is(item, _GIVEN)), default=-1)
    replied = max((at for at, item in enumerate(view.items) if _is_reply(item)), default=-1)
    return got >= replied


def _is(item: object, kinds: frozenset[EventKind]) -> bool:
    return isinstance(item, Happened) and item.kind in kinds


def _is_reply(item: object) -> bool:
    return isinstance(item, Said) and item.author == Author.OFFICER


def _topics(view: ConversationView, lines: Lines, language: str) -> str:
    turned_to = [item.topic for item in view.items if isinstance(item, CitizenSaid) and names_a_matter(item.topic)]
    first = [view.topic] if view.topic and names_a_matter(view.topic) else []
    return _distinct(lines.title(topic, language) for topic in [*turned_to, *first] if topic)


def _questions(view: ConversationView, lines: Lines, language: str) -> str:
    asked = [item.question for item in view.items if isinstance(item, CitizenSaid) and item.question]
    return _distinct(lines.question_title(question, language) for question in asked)


def _distinct(words: Iterable[str | None]) -> str:
    """The words in their order, each once; the last `_MOST` of them."""
    return " · ".join(list(dict.fromkeys(filter(None, words)))[-_MOST:])


def _told(items: Sequence[ToldItem]) -> Iterator[str]:
    for item in items:
        if item.part != ToldPart.CONSENT:
            yield f"{item.words} ({item.corrected_by})" if item.corrected_by else item.words


def _of_bot(view: ConversationView, language: str) -> str:
    count = sum(isinstance(item, Said) and item.author == Author.BOT for item in view.items)
    if not count:
        return ""
    return ngettext(language, "answered %(num)s time", "answered %(num)s times", count)


def _of_officers(view: ConversationView, language: str) -> str:
    last = next((item for item in reversed(view.items) if isinstance(item, Said) and _is_reply(item)), None)
    return f"{last.officer_name or '?'}, {moment(last.at)}: {_quoted(last.whole_text, language)}" if last else ""


def _open(view: ConversationView, language: str) -> str:
    if view.promised:
        return gettext(language, "a finished reply goes out when the citizen writes")
    if view.snoozed_until is not None:
        return gettext(language, "rests until %(at)s", at=moment(view.snoozed_until))
    if view.waiting_since is not None:
        return gettext(language, "waits for an officer's answer since %(at)s", at=moment(view.waiting_since))
    return "" if view.owner is None else gettext(language, "answered, nobody waits")


def _quoted(text: str | None, language: str) -> str:
    words = " ".join((text or "").split())
    if not words:
        return ""
    shortened = words if len(words) <= QUOTED else words[: QUOTED - 1].rstrip() + "…"
    return gettext(language, "“%(text)s”", text=shortened)
