"""Handover, areas: the parts of the town that officers know, and how a conversation is found to be of one.

It is of the area whose places the citizen names, else of the one in which the link hangs by which they came, else of
none. Nobody is asked where they are, and no place that a phone sends is read for it.
"""

import json
import re
import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, delete, exists, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.conversations.models import Conversation, Message
from gateway.core import crypto
from gateway.core.database import now
from gateway.core.keyring import Keyring
from gateway.handover.errors import HandoverTextRefused
from gateway.handover.models import QueueEntry
from gateway.handover.team_models import MAX_NAME, Area, OfficerProfile, Team

MAX_AREAS, MAX_PLACES = 50, 60
SHORTEST_PLACE, LONGEST_PLACE = 4, 40  # characters: a shorter beginning would be found in words that are no place
BATCH_SIZE = 50
LOOKED_AT = 20  # messages of a conversation, the newest first


@dataclass(frozen=True)
class AreaSettings:
    """What a supervisor says of an area: beginnings of the words that name places in it, and codes of links."""

    name: str
    places: tuple[str, ...] = ()
    codes: frozenset[str] = frozenset()


@dataclass(frozen=True)
class KnownArea:
    """An area."""

    id: uuid.UUID
    settings: AreaSettings


async def all_areas(session: AsyncSession) -> Sequence[KnownArea]:
    """Every area, by name."""
    rows = await session.scalars(select(Area).order_by(Area.name))
    return [KnownArea(row.id, AreaSettings(row.name, tuple(row.places), frozenset(row.codes))) for row in rows]


def read_places(written: str) -> tuple[str, ...]:
    """Places as they are typed, with commas or on lines of their own; each once, in small letters."""
    typed = (" ".join(each.split()).casefold() for each in re.split(r"[,;\n]", written))
    return tuple(dict.fromkeys(filter(None, typed)))


async def keep_area(session: AsyncSession, area_id: uuid.UUID | None, settings: AreaSettings) -> None:
    """Make an area, or change the one with this id; raises `HandoverTextRefused`."""
    name = " ".join(settings.name.split())
    lengths = {len(each) for each in settings.places}
    if not 0 < len(name) <= MAX_NAME or len(settings.places) > MAX_PLACES:
        raise HandoverTextRefused("area_incomplete", longest=MAX_NAME, most=MAX_PLACES)
    if lengths and not SHORTEST_PLACE <= min(lengths) <= max(lengths) <= LONGEST_PLACE:
        raise HandoverTextRefused("area_place", shortest=SHORTEST_PLACE, longest=LONGEST_PLACE)
    areas = await all_areas(session)
    if any(each.settings.name.casefold() == name.casefold() and each.id != area_id for each in areas):
        raise HandoverTextRefused("area_named", name=name)
    row = await session.get(Area, area_id) if area_id is not None else None
    if row is None:
        if len(areas) >= MAX_AREAS:
            raise HandoverTextRefused("areas_full", most=MAX_AREAS)
        row = Area(id=uuid.uuid4(), created_at=now())
        session.add(row)
    row.name, row.places, row.codes = name, list(settings.places), sorted(settings.codes)
    await session.flush()


async def delete_area(session: AsyncSession, area_id: uuid.UUID) -> None:
    """Delete an area; who had it alone then takes every area, and its conversations are of none."""
    takers = [*await session.scalars(select(Team)), *await session.scalars(select(OfficerProfile))]
    for taker in takers:
        taker.areas = [each for each in taker.areas if each != str(area_id)]
    await session.flush()
    await session.execute(delete(Area).where(Area.id == area_id))


def as_stored(areas: Collection[uuid.UUID]) -> list[str]:
    """Ids of areas as teams and profiles keep them."""
    return sorted(str(each) for each in areas)


def as_ids(stored: Collection[str]) -> frozenset[uuid.UUID]:
    """The ids of such a list."""
    return frozenset(uuid.UUID(each) for each in stored)


def named_in(text: str, areas: Sequence[KnownArea]) -> uuid.UUID | None:
    """The area of which a text names a place: a word that begins so; of several places the longest."""
    words = text.casefold()
    found = [
        (len(place), area)
        for area in areas
        for place in area.settings.places
        if re.search(rf"(?<![\w-]){re.escape(place)}", words)
    ]
    return max(found, key=lambda each: each[0])[1].id if found else None


async def find_areas(session: AsyncSession, keyring: Keyring) -> None:
    """Find the area of open requests that have none and in which somebody has written since it was looked for."""
    areas = await all_areas(session)
    if not areas:
        return
    rows = (await session.execute(
        select(QueueEntry, Conversation.referral, Conversation.wrapped_key)
        .join(Conversation, Conversation.id == QueueEntry.conversation_id)
        .where(QueueEntry.resolved_at.is_(None), QueueEntry.area_id.is_(None), _has_unread())
        .order_by(QueueEntry.rank, QueueEntry.queued_at, QueueEntry.id)
        .limit(BATCH_SIZE)
        .with_for_update(of=QueueEntry, skip_locked=True)
    )).all()  # fmt: skip
    unread = await _unread(session, [entry.conversation_id for entry, _, _ in rows])
    by_code = {code: area.id for area in areas for code in area.settings.codes}
    for entry, referral, wrapped_key in rows:
        key, first = keyring.unwrap(wrapped_key), entry.area_read is None
        for message_id, sealed in unread.get(entry.conversation_id, ()):
            entry.area_read = max(entry.area_read or 0, message_id)
            text = json.loads(crypto.unseal(key, sealed, "message.content")).get("text") if sealed else None
            entry.area_id = entry.area_id or (named_in(text, areas) if text else None)
        if first and entry.area_id is None and referral is not None:
            entry.area_id = by_code.get(referral)


def _has_unread() -> ColumnElement[bool]:
    return exists().where(
        Message.conversation_id == QueueEntry.conversation_id, Message.id > func.coalesce(QueueEntry.area_read, 0)
    )


async def _unread(
    session: AsyncSession, conversation_ids: Sequence[uuid.UUID]
) -> Mapping[uuid.UUID, list[tuple[int, bytes | None]]]:
    """Of each conversation the newest messages in which no area was looked for, the newest first."""
    if not conversation_ids:
        return {}
    place = func.row_number().over(partition_by=Message.conversation_id, order_by=Message.id.desc())
    newest = (
        select(Message.conversation_id, Message.id, Message.content_sealed, place.label("place"))
        .join(QueueEntry, QueueEntry.conversation_id == Message.conversation_id)
        .where(
            Message.conversation_id.in_(conversation_ids),
            QueueEntry.resolved_at.is_(None),
            Message.id > func.coalesce(QueueEntry.area_read, 0),
        )
        .subquery()
    )
    found: dict[uuid.UUID, list[tuple[int, bytes | None]]] = {}
    for row in await session.execute(select(newest).where(newest.c.place <= LOOKED_AT).order_by(newest.c.place)):
        found.setdefault(row.conversation_id, []).append((row.id, row.content_sealed))
    return found
