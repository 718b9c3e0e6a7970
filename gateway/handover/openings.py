"""Handover: who may read a conversation and why; each opening has a ground, which the audit log keeps.

One's own and what waits may be opened at once. For everything else a ground is chosen first, from a closed list, and
holds in that session for `LIFETIME`.
"""

import datetime as dt
import uuid
from collections.abc import Mapping
from typing import ClassVar

from sqlalchemy import ColumnElement, select
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.conversations.kinds import ConversationState, EventKind
from gateway.conversations.models import Conversation, ConversationEvent
from gateway.core.actors import Officer
from gateway.core.database import now, upsert
from gateway.core.errors import NothingWritten
from gateway.handover.models import CHOSEN_GROUNDS, ConversationOpening, OpeningGround, ShownList

# A page that stays open is logged anew after it, and a chosen ground is asked for again.
LIFETIME = dt.timedelta(minutes=30)
# Whoever has had the conversation may look once more at what they did.
WORKING_DAY = dt.timedelta(hours=12)
_HAD = (EventKind.CLAIMED, EventKind.TAKEN_OVER)


class GroundRefused(NothingWritten):
    """There is no ground for reading a conversation, or it is none of those that can be chosen."""

    texts: ClassVar[Mapping[str, str]] = {
        "ground_missing": "Say first why the conversation is opened.",
        "ground_unknown": "Choose one of the grounds that are offered.",
    }


async def ground_without_asking(
    session: AsyncSession, officer: Officer, conversation: Conversation
) -> OpeningGround | None:
    """Why this officer may read the conversation without saying so, or None."""
    if conversation.officer_id == officer.id:
        return OpeningGround.OWN
    if conversation.state == ConversationState.WAITING:
        return OpeningGround.WAITING
    mine = (ConversationEvent.conversation_id == conversation.id, ConversationEvent.created_at > now() - WORKING_DAY)
    events = await session.scalars(
        select(ConversationEvent).where(*mine, ConversationEvent.kind.in_((*_HAD, EventKind.HANDED_ON)))
    )
    had = any(
        each.actor == officer.actor if each.kind in _HAD else str(officer.id) == (each.details or {}).get("to_id")
        for each in events
    )
    return OpeningGround.ANSWERED if had else None


async def ground_of(
    session: AsyncSession, officer: Officer, session_id: uuid.UUID, conversation: Conversation
) -> OpeningGround | None:
    """Why this officer may read the conversation now: by itself, or as they chose a while ago; None: ask first."""
    found = await ground_without_asking(session, officer, conversation)
    if found is not None:
        return found
    chosen = select(ConversationOpening.ground).where(
        *_opening(session_id, conversation.id),
        ConversationOpening.ground.in_(CHOSEN_GROUNDS),
        ConversationOpening.opened_at > now() - LIFETIME,
    )
    ground: OpeningGround | None = await session.scalar(chosen)
    return ground


def chosen_ground(officer: Officer, code: str) -> OpeningGround:
    """The ground that was chosen; raises `GroundRefused` for anything that this officer is not offered."""
    if code not in CHOSEN_GROUNDS or (code == OpeningGround.SUPERVISION and not officer.supervisor):
        raise GroundRefused("ground_unknown")
    return OpeningGround(code)


async def keep_opening(
    session: AsyncSession, session_id: uuid.UUID, conversation_id: uuid.UUID, ground: OpeningGround
) -> None:
    """Keep that the session has the conversation open from now on."""
    values = {"ground": ground, "opened_at": now()}
    row = upsert(session, ConversationOpening).values(session_id=session_id, conversation_id=conversation_id, **values)
    await session.execute(row.on_conflict_do_update(index_elements=["session_id", "conversation_id"], set_=values))


async def is_open(session: AsyncSession, session_id: uuid.UUID, conversation_id: uuid.UUID) -> bool:
    """Whether the session's opening of the conversation still counts, so that a page that refreshes is no new one."""
    query = select(ConversationOpening.session_id).where(
        *_opening(session_id, conversation_id), ConversationOpening.opened_at > now() - LIFETIME
    )
    return (await session.scalar(query)) is not None


async def is_new_list(session: AsyncSession, session_id: uuid.UUID, name: str, shown: bytes) -> bool:
    """Remember what a list shows in this session; returns whether it showed something else before."""
    known = select(ShownList.shown_hash).where(ShownList.session_id == session_id, ShownList.name == name)
    if await session.scalar(known) == shown:
        return False
    row = upsert(session, ShownList).values(session_id=session_id, name=name, shown_hash=shown)
    await session.execute(row.on_conflict_do_update(index_elements=["session_id", "name"], set_={"shown_hash": shown}))
    return True


def _opening(session_id: uuid.UUID, conversation_id: uuid.UUID) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return (
        ConversationOpening.session_id == session_id,
        ConversationOpening.conversation_id == conversation_id,
    )
