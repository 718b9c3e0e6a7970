"""Replies: one message of the bot with its buttons, and what has to be remembered of it."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from answers.content import Content
from bot.conversation.everyday import THING, belonging_before, belongings_of, thing_before, things_of
from bot.conversation.intents import question_of
from bot.conversation.interpretation import Interpretation
from bot.conversation.state import LastReply, State
from bot.conversation.terms import TERM, terms_of
from bot.faq.model import Asked

PIECE: Final = "piece"
"""The kind of a reply that is a subject's own answer to a question."""
CLARIFY: Final = "clarify"
"""The kind of a reply that asks what was meant."""
EMERGENCY_NUMBER: Final = "112"
"""Among the keys of a reply that had this number: whoever has just read it and thanks is not told it again."""
_SAYS_IT: Final = re.compile(rf"(?<!\d){EMERGENCY_NUMBER}(?!\d)")
# The first wording to whoever thanks or ends the talk while a danger is not known to be over.
_WITH_NUMBER: Final = frozenset({"act:thanks:0", "act:goodbye:0", "act:ok:0", "act:no:0"})
# The title of a button that is neither a topic nor a question.
BUTTON_LINE = "{act}_button"


def says_emergency_number(text: str) -> bool:
    """Whether a text names 112; the Swedish helpline 09 2525 0112 is another number."""
    return _SAYS_IT.search(text) is not None


@dataclass(frozen=True)
class Reply:
    """What is said and why (`key`: a topic, a line or an act), which intents are offered and who is to be called.

    `kind` and `said` tell the next message what it follows; `asked` is the slot that was asked for.
    """

    key: str
    text: str
    buttons: tuple[str, ...] = ()
    escalation: tuple[str, ...] = ()
    kind: str = ""
    said: tuple[str, ...] = ()
    asked: str | None = None
    offers_officer: bool = False

    def remembered(self) -> dict[str, Any]:
        """For the tracker: nothing of the words."""
        return {
            "key": self.key,
            "escalation": list(self.escalation),
            "kind": self.kind or self.key,
            "said": list(self.said),
            "asked": self.asked,
            "offered": list(self.buttons),
            "offers_officer": self.offers_officer,
        }


@dataclass(frozen=True)
class Scene:
    """All that a reply depends on: the words, the message as it was understood, the state, and what was said last.

    `ranking` are the topics that the message alone may be about, the likeliest first; `asked` is the likeliest
    particular question of its subject.
    """

    content: Content
    language: str
    channel: str
    state: State
    last: LastReply
    intent: str
    text: str
    interpretation: Interpretation | None = None
    ranking: tuple[str, ...] = ()
    misses: int = 0
    given: Mapping[str, Any] = field(default_factory=dict)
    asked: Asked | None = None

    @property
    def topic(self) -> str | None:
        """The subject of the talk, where it still has an answer."""
        topic = self.state.topic
        return topic if topic in self.content.answers else None

    @property
    def conditions(self) -> Mapping[str, Collection[str]]:
        """What variants may depend on: what is known of the talk, and what rule or word this message asks about."""
        gone = belongings_of(self.interpretation) or belonging_before(self.state)
        return {**self.state.conditions, THING: self.rule or gone, TERM: terms_of(self.interpretation)}

    @property
    def rule(self) -> tuple[str, ...]:
        """The everyday rule that is asked about, or what was found, in this message or before it."""
        return things_of(self.interpretation) or thing_before(self.state)

    @property
    def conditions_now(self) -> Mapping[str, Collection[str]]:
        """The same, but of what was done only what this message tells: that is heard once."""
        told = self.interpretation.told if self.interpretation is not None else ()
        return {**self.conditions, "done": tuple(each.value for each in told if each.slot == "done")}

    def line(self, key: str) -> str:
        """A fixed line."""
        return self.content.line(key, self.language)

    def times_to_skip(self, key: str) -> int:
        """How many wordings of an act to pass over: those that were said, and the first where it has 112 again."""
        times = self.was_said(key)
        return max(times, 1) if EMERGENCY_NUMBER in self.last.keys and key in _WITH_NUMBER else times

    def was_said(self, key: str) -> int:
        """How often something was said before this message."""
        return self.state.was_said(key)


def button_title(content: Content, name: str, language: str) -> str:
    """What a button says: a topic's title, a question's, or the line of an act."""
    if name in content.answers:
        return content.title(name, language)
    question = question_of(name)
    if question is not None and question in content.questions:
        return content.questions[question].title(language)
    return content.line(BUTTON_LINE.format(act=name), language)


def can_be_offered(content: Content, name: str) -> bool:
    """Whether a button has a title and leads somewhere."""
    question = question_of(name)
    return name in content.answers or question in content.questions or BUTTON_LINE.format(act=name) in content.lines
