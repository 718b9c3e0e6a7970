"""Console: what is known from the citizen's words, each part linked to its message, and how it can be set right."""

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.console.timeline import CitizenSaid, Item
from gateway.conversations.models import Message
from gateway.conversations.priority import said_ages
from gateway.conversations.told import Consent, DangerState, Told, ToldPart
from gateway.conversations.told_wording import band_of, known_parts, state_words
from gateway.core.i18n import N_, gettext

# The message itself must be on the page of what was written before this.
_JUST_AFTER = dt.timedelta(milliseconds=1)


@dataclass(frozen=True)
class ToldItem:
    """One part in words; `link` leads to the message that told it, `corrected_by` names an officer who set it right."""

    part: ToldPart
    words: str
    link: str | None
    corrected_by: str | None
    is_warning: bool


@dataclass(frozen=True)
class Correction:
    """A button that sets a part right."""

    part: ToldPart
    value: str


async def told_items(
    session: AsyncSession, conversation_id: uuid.UUID, told: Told, items: Sequence[Item], language: str
) -> Sequence[ToldItem]:
    """All that is known, in the officer's language, the request last; `items` are those on the page."""
    links = await _links(session, conversation_id, told, items)
    texts = {item.id: item.text or "" for item in items if isinstance(item, CitizenSaid)}
    said = {part: texts.get(source, "") for part, source in told.sources.items()}
    return [
        ToldItem(
            part=part,
            words=_age_words(language, values, said.get(part, ""))
            if part == ToldPart.AGE
            else state_words(language, part, values),
            link=links.get(part),
            corrected_by=told.corrected_by.get(part),
            is_warning=(part, values[0]) in ((ToldPart.DANGER, DangerState.NOW), (ToldPart.WATCHED, "yes")),
        )
        for part, values in sorted(known_parts(told), key=lambda each: each[0] == ToldPart.CONSENT)
    ]


def _age_words(language: str, values: tuple[str, ...], said: str) -> str:
    """The very age, where the message that told it has one alone and it is within the band; else the band."""
    ages = said_ages(said)
    if len(ages) == 1 and values == (band_of(age := min(ages)),):
        return gettext(language, N_("age %(years)s"), years=age)
    return state_words(language, ToldPart.AGE, values)


async def _links(
    session: AsyncSession, conversation_id: uuid.UUID, told: Told, items: Sequence[Item]
) -> Mapping[ToldPart, str]:
    shown = {item.id for item in items if isinstance(item, CitizenSaid)}
    elsewhere = set(told.sources.values()) - shown
    links = {part: f"#said-{source}" for part, source in told.sources.items() if source in shown}
    if not elsewhere:
        return links
    rows = await session.execute(
        select(Message.id, Message.received_at).where(
            Message.conversation_id == conversation_id, Message.id.in_(elsewhere)
        )
    )
    pages = {message_id: quote((at + _JUST_AFTER).isoformat()) for message_id, at in rows}
    for part, source in told.sources.items():
        if source in pages:
            links[part] = f"/console/conversations/{conversation_id}?before={pages[source]}#said-{source}"
    return links


def corrections(told: Told) -> Sequence[Correction]:
    """The buttons that change something, in the order of the parts."""
    found = []
    if told.danger == DangerState.NOW:
        found.append(Correction(ToldPart.DANGER, DangerState.PASSED))
    if told.danger != DangerState.NONE:
        found.append(Correction(ToldPart.DANGER, DangerState.NONE))
    found.append(Correction(ToldPart.WATCHED, "no" if told.watched else "yes"))
    if told.consent == Consent.ASKED:
        found.append(Correction(ToldPart.CONSENT, Consent.NONE))
    return [*found, *(Correction(part, "none") for part in told.facts)]
