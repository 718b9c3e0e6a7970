"""Beside the road, the console: ready answers and approved templates that fit the conversation on the page."""

from collections.abc import Sequence
from dataclasses import dataclass

from gateway.conversations.closed_window import FALLBACK_LANGUAGE
from gateway.handover.canned import CannedAnswer, canned_answers
from gateway.handover.conversation_view import ConversationView
from gateway.handover.talk import CitizenSaid
from gateway.service import Service


@dataclass(frozen=True)
class Offered:
    """Ready answers in the conversation's language, the topic's own first."""

    language: str
    answers: Sequence[CannedAnswer]


def offered(service: Service, view: ConversationView, words: str = "") -> Offered:
    """Those that hold all of the words; without words those that are near at hand."""
    language = view.language or FALLBACK_LANGUAGE
    found = canned_answers(service.content, service.lines, language, topic=topic_of(view), words=words)
    return Offered(language, found)


def topic_of(view: ConversationView) -> str | None:
    """What the talk is about: what it was queued for, or what the bot last understood."""
    said = (item.topic for item in reversed(view.items) if isinstance(item, CitizenSaid) and item.topic)
    return view.topic or next(said, None)
