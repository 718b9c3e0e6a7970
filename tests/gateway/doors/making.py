"""Checks of doors: one is made as an editor makes it, and gone through as a citizen goes."""

import uuid
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

from sqlalchemy import func, select

from gateway.accounts.acting import record
from gateway.channels.simulator import Citizen, Platform
from gateway.doors.making import make
from gateway.doors.models import Door
from gateway.figures.counting import fold
from gateway.figures.models import FigureCount
from gateway.service import Service
from tests.gateway.road import Road
from tests.gateway.webchat.visitor import Visitor


@dataclass(frozen=True)
class Editor:
    """Somebody who makes doors."""

    id: uuid.UUID
    name: str = "Eetu Example"


async def door(service: Service, name: str = "Kallion koulu") -> Door:
    """A new door."""
    async with service.database.transaction() as session:
        return await make(session, Editor(uuid.uuid4()), name, "wall", record)


async def came(service: Service, measure: str = "door") -> dict[str, int]:
    """How many came by each door, exactly: what nobody sees."""
    async with service.database.transaction() as session:
        await fold(session)
    async with service.database.transaction() as session:
        rows = await session.execute(
            select(FigureCount.part, func.sum(FigureCount.count))
            .where(FigureCount.measure == measure)
            .group_by(FigureCount.part)
        )
        return {part: int(count) for part, count in rows}


async def go_through(road: Road, link: str) -> Citizen | None:
    """What a citizen's device does with a link, and the first words; the phone, where it is not a browser."""
    address, query = urlsplit(link), {name: values[0] for name, values in parse_qs(urlsplit(link).query).items()}
    if address.netloc not in ("wa.me", "m.me", "ig.me"):
        visitor = Visitor(road.settings.port)
        await visitor.open(**query)
        assert (await visitor.write("hei")).status_code == 200
        await visitor.close()
        return None
    platforms: dict[str, Platform] = {"wa.me": "whatsapp", "m.me": "messenger", "ig.me": "instagram"}
    citizen = road.citizen(platform=platforms[address.netloc])
    if address.netloc == "wa.me":
        citizen.writes(query["text"])
    else:
        citizen.sends("link", ref=query["ref"])
    return citizen
