"""Checks of Messenger and Instagram station by station: mutated bodies in the tables, and the pace of each place."""

import datetime as dt
import json
import random
from typing import Any

import pytest
from sqlalchemy import select, update

from gateway.analytics.wording import PARTS
from gateway.channels.base import SendFailed
from gateway.console.wording import CHANNELS
from gateway.conversations.contacts import AddressBook
from gateway.conversations.kinds import Author, ChannelName
from gateway.conversations.messages import IncomingMessage
from gateway.conversations.models import Conversation, InboxEvent, OutboxItem
from gateway.core.database import now
from gateway.core.rate_limit import Pace
from gateway.inbox.store import store_delivery
from gateway.outbox.dispatch import lease_due
from gateway.service import Service
from simulator import Platform
from tests.worlds.meta_bodies import PLACES, files
from tests.worlds.outbox import put
from tests.worlds.process_events import sort_events
from tests.worlds.production import production, secret

pytestmark = pytest.mark.anyio
STRANGE: tuple[Any, ...] = (
    None,
    True,
    -1,
    10**30,
    1e308,
    "",
    "\x00",
    "\ud800",
    "🇫🇮" * 300,
    [],
    [[]],
    {},
    {"id": {"id": []}},
)


def mutated(document: Any, dice: random.Random) -> Any:
    """The same body with one value strange, missing or doubled."""
    spots: list[tuple[Any, Any]] = []

    def walk(part: Any) -> None:
        keys = list(part) if isinstance(part, dict) else range(len(part)) if isinstance(part, list) else []
        for key in keys:
            spots.append((part, key))
            walk(part[key])

    walk(document)
    spot, key = dice.choice(spots)
    if dice.random() < 0.3:
        del spot[key]
    else:
        spot[key] = dice.choice(STRANGE)
    return document


async def test_no_mutated_body_fails_at_any_station_and_none_blocks_its_neighbours(
    service: Service, platform: Platform
) -> None:
    dice = random.Random(7)
    channel = service.channels[platform]
    for round_ in range(6):
        for path in files(platform):
            content = json.dumps(mutated(json.loads(path.read_text("utf-8")), dice)).encode()
            async with service.database.transaction() as session:
                await store_delivery(session, service.keyring, channel, content)
        async with service.database.transaction() as session:
            await sort_events(session, service.keyring, dt.timedelta(hours=24))
        async with service.database.transaction() as session:
            states = {(row.state, row.reason) for row in await session.scalars(select(InboxEvent))}
        assert {state for state, _ in states} <= {"done", "ignored"}, (round_, states)


async def queued(
    service: Service, platform: str, count: int, *, person: str = "1", author: Author = Author.BOT
) -> None:
    message = IncomingMessage(
        external_id=person, business_number=PLACES[platform], sent_at=now(), kind="text", user_id=person
    )
    async with service.database.transaction() as session:
        talk = await AddressBook(session, service.keyring, ChannelName(platform), service.idle).conversation_for(
            message
        )
        for place in range(count):
            await put(session, service, talk.row, f"{person} {place}", author)


async def look(service: Service) -> list[str]:
    async with service.database.transaction() as session:
        found = await lease_due(session, service, 40)
        for each in found.items:
            await session.execute(update(OutboxItem).where(OutboxItem.id == each.id).values(state="sent"))
    return [each.reply.text for each in found.items]


async def test_each_place_has_its_own_pace_and_a_person_a_share_of_it(service: Service) -> None:
    messenger = service.channels["messenger"]
    messenger.pace = Pace(number_rate=300, pair_burst=2, pair_seconds=1000)  # type: ignore[misc]
    await queued(service, "messenger", 3, person="1")
    await queued(service, "messenger", 1, person="2")
    await queued(service, "instagram", 3, person="1")

    said = [text for _ in range(4) for text in await look(service)]

    assert sorted(said) == ["1 0", "1 0", "1 1", "1 1", "1 2", "2 0"]
    async with service.database.transaction() as session:
        waiting = (await session.scalars(select(OutboxItem).where(OutboxItem.state == "queued"))).one()
    assert waiting.waits_for == "pair_rate"


async def test_a_page_at_its_limit_holds_back_its_own_replies_and_nobody_elses(service: Service) -> None:
    service.channels["messenger"].pace = Pace(number_rate=1, pair_burst=9, pair_seconds=0)  # type: ignore[misc]
    for person in ("1", "2", "3"):
        await queued(service, "messenger", 1, person=person)
        await queued(service, "instagram", 1, person=person)

    assert sorted(await look(service)) == ["1 0", "1 0", "2 0", "3 0"]


async def test_replies_of_a_platform_that_is_switched_off_wait_and_the_others_go(service: Service) -> None:
    await queued(service, "messenger", 1)
    await queued(service, "instagram", 1)
    every = service.channels
    service.channels = {name: channel for name, channel in every.items() if name != "messenger"}
    assert await look(service) == ["1 0"]

    service.channels = every
    assert await look(service) == ["1 0"]


async def test_the_tag_is_never_set_on_what_a_program_wrote(service: Service, platform: Platform) -> None:
    await queued(service, platform, 1)
    await queued(service, platform, 1, person="2", author=Author.OFFICER)
    async with service.database.transaction() as session:
        await session.execute(update(Conversation).values(last_citizen_message_at=now() - dt.timedelta(hours=25)))
        claimed = (await lease_due(session, service, 9)).items

    assert sorted((each.reply.author, each.reply.late) for each in claimed) == [("bot", True), ("officer", True)]
    ends = {each.reply.author: each.may_go_until - now() for each in claimed}
    assert ends[Author.BOT] < dt.timedelta(0) < dt.timedelta(days=5) < ends[Author.OFFICER]
    (bot,) = [each for each in claimed if each.reply.author == "bot"]
    with pytest.raises(SendFailed, match="window_closed"):
        await service.channels[platform].send(bot.recipient, bot.reply, str(bot.id))


async def test_every_platform_has_its_name_for_people(service: Service) -> None:
    assert service.channels.keys() <= CHANNELS.keys()
    assert service.channels.keys() <= PARTS["channel"].keys()


@pytest.mark.parametrize("name", ["messenger_app_secret", "messenger_access_token", "instagram_verify_token"])
def test_production_refuses_a_platform_with_a_sample_secret(name: str) -> None:
    own = {
        **{
            f"{on}_{part}": secret(f"{on}_{part}")
            for on in PLACES
            for part in ("app_secret", "verify_token", "access_token")
        },
        "messenger_page_id": "2",
        "instagram_account_id": "3",
    }
    assert production(**own).messenger_page == "2"
    del own[name]
    with pytest.raises(ValueError, match=f"NEUVO_{name.upper()}"):
        production(**own)
