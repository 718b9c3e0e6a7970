"""Beside the road: editors make doors and put them away; each deed is in the audit log."""

from collections.abc import Sequence

from sqlalchemy import exists, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.acting import Actor, Record
from gateway.database import now
from gateway.doors.arriving import is_door
from gateway.doors.codes import new_code
from gateway.doors.models import Door
from gateway.errors import GatewayError

KINDS = ("profile", "story", "wall", "campaign")
LONGEST_NAME = 60


class DoorRefused(GatewayError):
    """A form was filled in wrongly; `why` is the key of the sentence that says so."""

    status = 422

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class NoSuchDoor(GatewayError):
    """No door has this code."""

    status = 404


async def make(session: AsyncSession, actor: Actor, name: str, kind: str, record: Record) -> Door:
    """A new door with a code of its own. Raises `DoorRefused`."""
    name = " ".join(name.split())
    if not 0 < len(name) <= LONGEST_NAME:
        raise DoorRefused("refused_name")
    if kind not in KINDS:
        raise DoorRefused("refused_kind")
    if await session.scalar(select(exists().where(func.lower(Door.name) == name.lower()))):
        raise DoorRefused("refused_taken")
    code = new_code()
    while await is_door(session, code):
        code = new_code()
    door = Door(code=code, name=name, kind=kind, actor_id=actor.id, actor_name=actor.name, made_at=now())
    session.add(door)
    await session.flush()
    await record(session, actor, "doors.made", f"door {code}", {"kind": kind})
    return door


async def put_away(session: AsyncSession, actor: Actor, code: str, *, away: bool, record: Record) -> None:
    """Stop offering a door, or offer it again; its links work on. Raises `NoSuchDoor`."""
    door = await opened(session, code)
    if (door.put_away_at is not None) == away:
        return  # pressed twice
    door.put_away_at = now() if away else None
    await record(session, actor, "doors.put_away" if away else "doors.put_back", f"door {code}", {})


async def opened(session: AsyncSession, code: str) -> Door:
    """One door. Raises `NoSuchDoor`."""
    found: Door | None = await session.scalar(select(Door).where(Door.code == code))
    if found is None:
        raise NoSuchDoor(code)
    return found


async def listed(session: AsyncSession) -> Sequence[Door]:
    """All doors, the newest first."""
    return (await session.scalars(select(Door).order_by(Door.made_at.desc(), Door.id.desc()))).all()


async def names(session: AsyncSession) -> dict[str, str]:
    """The name of each door, by code."""
    return {door.code: door.name for door in await session.scalars(select(Door))}
