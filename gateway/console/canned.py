"""Console: the canned answers that fit the conversation on the page."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from gateway.console.conversation_view import ConversationView
from gateway.console.timeline import CitizenSaid
from gateway.handover.canned import CannedAnswer, canned_answers
from gateway.outbox.reengagement import FALLBACK_LANGUAGE
from gateway.outbox.templates import OutboxContext


@dataclass(frozen=True)
class CannedOffer:
    """Canned answers in the conversation's language, the topic's own first."""

    language: str
    answers: Sequence[CannedAnswer]


def canned_offer(service: OutboxContext, view: ConversationView, words: str = "") -> CannedOffer:
    """The answers that contain all of `words`; without words those of the topic and the general ones."""
    language = view.language or FALLBACK_LANGUAGE
    found = canned_answers(service.content, service.lines, language, topic=topic_of(view), words=words)
    filled = [replace(each, text=service.hours.filled_known(each.text, language, service.lines)) for each in found]
    return CannedOffer(language, filled)


def topic_of(view: ConversationView) -> str | None:
    """The conversation's topic: that of its queue entry, else the latest that the bot understood."""
    understood = (item.topic for item in reversed(view.items) if isinstance(item, CitizenSaid) and item.topic)
    return view.topic or next(understood, None)
