"""Officers who publish bulletins, and words to publish."""

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from gateway.bulletins import service as writing
from gateway.bulletins.models import Bulletin
from gateway.core.database import now
from gateway.service import Service


@dataclass(frozen=True)
class Person:
    id: uuid.UUID
    name: str


OLIVIA = Person(uuid.uuid4(), "Olivia")
OSKAR = Person(uuid.uuid4(), "Oskar")
REASON = "Kukaan muu ei ole paikalla."

WORDS = {
    "fi": {"title": "Puukotus Kalliossa", "text": "Kalliossa on puukotettu yhtä ihmistä. Yleisöllä ei ole vaaraa."},
    "sv": {"title": "Knivdåd i Berghäll", "text": "En person har knivskurits i Berghäll. Allmänheten är inte i fara."},
    "en": {"title": "Stabbing in Kallio", "text": "One person was stabbed in Kallio. The public is not in danger."},
}


def content(**changes: Any) -> dict[str, Any]:
    """A notice of an hour that began a minute ago."""
    at = now()
    return {
        "words": WORDS,
        "places": ["Kallio", "Berghäll"],
        "keywords": ["puukotus", "puukot*", "knivdåd", "stabbing"],
        "starts_at": at - dt.timedelta(minutes=1),
        "ends_at": at + dt.timedelta(hours=1),
        **changes,
    }


async def changed_at(service: Service, bulletin_id: uuid.UUID) -> dt.datetime:
    async with service.database.transaction() as session:
        return (await session.scalars(select(Bulletin.changed_at).where(Bulletin.id == bulletin_id))).one()


async def published(service: Service, **changes: Any) -> uuid.UUID:
    """Two people publish a notice; returns its id."""
    async with service.database.transaction() as session:
        bulletin_id = await writing.create(session, OLIVIA, content(**changes))
        await writing.propose(session, OLIVIA, bulletin_id)
    await approved(service, bulletin_id)
    return bulletin_id


async def corrected(service: Service, bulletin_id: uuid.UUID, **changes: Any) -> None:
    """Two people publish a correction."""
    seen = await changed_at(service, bulletin_id)
    async with service.database.transaction() as session:
        await writing.revise(session, OLIVIA, bulletin_id, content(**changes), seen=seen)
        await writing.propose(session, OLIVIA, bulletin_id)
    await approved(service, bulletin_id)


async def approved(service: Service, bulletin_id: uuid.UUID) -> None:
    seen = await changed_at(service, bulletin_id)
    async with service.database.transaction() as session:
        await writing.approve(session, OSKAR, bulletin_id, seen=seen)
    service.bulletins.invalidate()


async def withdrawn(service: Service, bulletin_id: uuid.UUID) -> None:
    async with service.database.transaction() as session:
        await writing.withdraw(session, OSKAR, bulletin_id, REASON)
    service.bulletins.invalidate()
