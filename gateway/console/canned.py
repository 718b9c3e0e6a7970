"""Console: the ready answers that fit the conversation on the page, and those suggested for what was asked last."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.console.conversation_view import ConversationView
from gateway.console.timeline import CitizenSaid, Item
from gateway.conversations.kinds import MessageKind
from gateway.conversations.priority import names_a_matter
from gateway.conversations.told import Told
from gateway.core.actors import Officer
from gateway.core.i18n import day
from gateway.core.locale import today
from gateway.dialogue.engine import DialogueUnavailable
from gateway.handover.canned import (
    MAX_ANSWERS,
    AnswerSource,
    CannedAnswer,
    canned_answers,
    every_answer,
    question_id,
    question_pieces,
    with_words,
)
from gateway.handover.own_answers import filled, own_answers
from gateway.outbox.reengagement import FALLBACK_LANGUAGE
from gateway.outbox.templates import OutboxContext

log = structlog.get_logger()
# Of either kind so many: long answers about whole topics would else push out the short one that was asked for. How
# often the right piece is among them: docs/decisions/0034-help-while-writing.md.
MAX_PIECES, MAX_OTHERS = 3, 2
MAX_OWN = 20  # shown before the others while nothing is searched for
# A citizen's "ok" or "yes" asks nothing: the message before it did.
_SAYS_LITTLE = 12


@dataclass(frozen=True)
class CannedOffer:
    """Canned answers in the conversation's language: the officer's own, the topic's, the rest."""

    language: str
    answers: Sequence[CannedAnswer]


async def canned_offer(
    session: AsyncSession, service: OutboxContext, officer: Officer, view: ConversationView, words: str = ""
) -> CannedOffer:
    """The answers that contain all of `words`, short answers to questions too; without words what fits the topic."""
    language, topic = view.language or FALLBACK_LANGUAGE, topic_of(view)
    own = with_words(await _own(session, service, officer, view), words)
    shared = list(canned_answers(service.content, service.lines, language, topic=topic, words=words))
    if words.strip():
        shared += with_words(question_pieces(service.lines, language, topic, _state_of(view.told, topic)), words)
    else:
        own = own[:MAX_OWN]
    found = [*own, *(_with_hours(service, each, language) for each in shared)]
    return CannedOffer(language, found[:MAX_ANSWERS])


async def suggested(
    session: AsyncSession, service: OutboxContext, officer: Officer, view: ConversationView
) -> Sequence[CannedAnswer] | None:
    """The ready answers and question pieces that are nearest to what the citizen asked last, the nearest first.

    Before all others stands the piece of the question that the bot understood in that message.

    None while the encoder is away or has citizens' messages to read first: ask again.
    """
    asked = last_asked(view.items)
    if asked is None:
        return []
    language, topic = view.language or FALLBACK_LANGUAGE, _topic_asked_about(asked, view)
    offered = [
        *await _own(session, service, officer, view),
        *every_answer(service.content, service.lines, language, topic, _state_of(view.told, topic)),
    ]
    titles, texts = [each.title for each in offered], [each.text for each in offered]
    try:
        likeness = await service.likeness.of(asked.text or "", [*titles, *texts])
    except DialogueUnavailable as error:
        log.info("nothing_suggested", why=str(error))
        return None
    scores = [of_title + of_text for of_title, of_text in zip(likeness, likeness[len(offered) :], strict=False)]
    found = question_id(asked.question) if asked.question else None
    by_score = sorted(zip(scores, offered, strict=True), key=lambda each: (each[1].id != found, -each[0]))
    ranked = [each for _, each in by_score]
    pieces = [each for each in ranked if each.source == AnswerSource.QUESTION][:MAX_PIECES]
    others = [each for each in ranked if each.source != AnswerSource.QUESTION][:MAX_OTHERS]
    return [_with_hours(service, each, language) for each in ranked if each in pieces or each in others]


def last_asked(items: Sequence[Item]) -> CitizenSaid | None:
    """The newest message of the citizen about a matter, else the newest at all.

    A "yes", thanks, or the request for an officer is passed over where there is another message. What the bot has
    understood as a question is one, however short.
    """
    said = [item for item in reversed(items) if isinstance(item, CitizenSaid) and item.kind != MessageKind.CHOICE]
    written = [item for item in said if item.text and item.text.strip()]
    of_matters = [item for item in written if item.question or item.topic is None or names_a_matter(item.topic)]
    asked = (item for item in of_matters if item.question or len(item.text or "") > _SAYS_LITTLE)
    return next(asked, next(iter(of_matters or written), None))


def _topic_asked_about(asked: CitizenSaid, view: ConversationView) -> str | None:
    """The latest topic up to that message: what the citizen has turned to since the request for an officer counts."""
    said = [item for item in view.items if isinstance(item, CitizenSaid) and item.at <= asked.at]
    return next((item.topic for item in reversed(said) if names_a_matter(item.topic)), None) or topic_of(view)


def topic_of(view: ConversationView) -> str | None:
    """The conversation's topic: that of its open queue entry, else the latest that the bot understood."""
    understood = (item.topic for item in reversed(view.items) if isinstance(item, CitizenSaid))
    return view.topic or next(filter(names_a_matter, understood), None)


async def _own(
    session: AsyncSession, service: OutboxContext, officer: Officer, view: ConversationView
) -> Sequence[CannedAnswer]:
    """The officer's own answers in this language, with the variables filled that are known."""
    language, topic = view.language or FALLBACK_LANGUAGE, topic_of(view)
    title = service.lines.title(topic, language) if topic else None
    values = {"name": officer.name, "date": day(today()), **({"topic": title} if title else {})}
    return [
        CannedAnswer(
            f"own:{each.id.hex}", each.title, filled(each.text, values, service.lines, language), AnswerSource.OWN
        )
        for each in await own_answers(session, service.keyring, officer.id, language)
    ]


def _with_hours(service: OutboxContext, answer: CannedAnswer, language: str) -> CannedAnswer:
    return replace(answer, text=service.hours.filled_known(answer.text, language, service.lines))


def _state_of(told: Told, topic: str | None) -> dict[str, tuple[str, ...]]:
    """What is known of the citizen, as the variants of short answers ask for it."""
    state = {part.value: values for part, values in told.facts.items()}
    return {**state, **({"watched": ("yes",)} if told.watched else {}), **({"topic": (topic,)} if topic else {})}
