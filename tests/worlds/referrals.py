"""Referral links, made as an editor makes them and followed as a citizen follows them."""

import uuid
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

from sqlalchemy import func, select

from gateway.accounts.acting_person import record
from gateway.analytics.counts import fold
from gateway.analytics.models import DailyCount
from gateway.referrals.models import ReferralLink
from gateway.referrals.service import create
from gateway.service import Service
from simulator import Citizen, Platform
from tests.worlds.road import Road
from tests.worlds.webchat_visitor import Visitor


@dataclass(frozen=True)
class Editor:
    """Somebody who makes doors."""

    id: uuid.UUID
    name: str = "Eetu Example"


async def door(service: Service, name: str = "Kallion koulu") -> ReferralLink:
    """A new door."""
    async with service.database.transaction() as session:
        return await create(session, Editor(uuid.uuid4()), name, "wall", record)


async def came(service: Service, measure: str = "referral") -> dict[str, int]:
    """How many came by each door, exactly: what nobody sees."""
    async with service.database.transaction() as session:
        await fold(session)
    async with service.database.transaction() as session:
        rows = await session.execute(
            select(DailyCount.part, func.sum(DailyCount.count))
            .where(DailyCount.measure == measure)
            .group_by(DailyCount.part)
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
    platforms: dict[str, Platform] = {
        "wa.me": Platform.WHATSAPP,
        "m.me": Platform.MESSENGER,
        "ig.me": Platform.INSTAGRAM,
    }
    citizen = road.citizen(platform=platforms[address.netloc])
    if address.netloc == "wa.me":
        citizen.writes(query["text"])
    else:
        citizen.sends("link", ref=query["ref"])
    return citizen
