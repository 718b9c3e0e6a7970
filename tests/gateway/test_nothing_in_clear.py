"""Checks of a used system: database, logs and disk are searched for what was sent through it; then all is erased."""

import asyncio
import base64
import contextlib
import re
import urllib.parse
import uuid
import zlib
from collections.abc import AsyncIterator, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import LargeBinary, MetaData, inspect, select

from gateway.console.transcript import transcript
from gateway.conversations.models import Contact, Conversation
from gateway.conversations.told import Consent, ToldPart
from gateway.core import crypto
from gateway.core.actors import Officer
from gateway.core.config.settings import Settings
from gateway.core.crypto import CannotOpen, DataKeys
from gateway.core.database import Base, Database
from gateway.handover import ownership
from gateway.handover.blocking import block, unblock
from gateway.handover.drafts import save_draft
from gateway.handover.notes import add_note
from gateway.handover.replies import reply
from gateway.handover.shifts import start_shift
from gateway.ops.backup.make import make_backup
from gateway.privacy.legal_holds import lift_hold, place_hold
from gateway.service import Service
from simulator import Citizen
from tests.gateway.handover.test_ownership import act
from tests.worlds import officers as desk
from tests.worlds import whatsapp_bodies as bodies
from tests.worlds.officers import CHIEF, SARI
from tests.worlds.road import Road, open_road, until
from tests.worlds.scripted_engine import ScriptedEngine, answer
from tests.worlds.webchat_visitor import News, Visitor

pytestmark = pytest.mark.anyio

WORDS = [
    "ensiviesti-kvartsi-7301", "muokattu-beryllium-7302", "peruttu-wolframi-7303", "vastaus-antimoni-7304",
    "poliisin-vastaus-rubidium-7305", "muistiinpano-tellurium-7306", "luonnos-osmium-7307", "syy-iridium-7308",
    "levyltä-palladium-7309", "selaimesta-hafnium-7310", "pidätys-skandium-7311", "napin-vanadiini-7312",
    "kerrottu-lutetium-7313",
]  # fmt: skip
NAME = "Ulpukka Zirkonsson"
SPOOLED = "358409876501"


def contexts() -> set[str]:
    """Every name under which the code of the gateway seals something."""
    found = set()
    for path in Path(crypto.__file__).parents[1].rglob("*.py"):
        found |= set(re.findall(r'"([a-z_]+\.[a-z_]+)"', path.read_text("utf-8")))
    return found


CONTEXTS = sorted(contexts())


def shapes(secret: str) -> Iterator[bytes]:
    """How a text may stand somewhere, all of them readable by anybody."""
    for text in {secret, secret.lower(), secret.upper()}:
        plain = text.encode()
        yield plain
        yield text.encode("utf-16-le")
        yield plain.hex().encode()
        yield urllib.parse.quote(text).encode()
        yield text.encode("unicode_escape")
        for shift in range(3):  # base64, wherever it begins in what was encoded
            # Without the characters at both ends that what stands before and after it would change.
            yield base64.b64encode(bytes(shift) + plain)[4 if shift else 0 : -4]


def found_in(place: bytes, secrets: Iterable[str]) -> set[str]:
    return {secret for secret in secrets for shape in shapes(secret) if shape in place}


async def dump(database: Database) -> dict[str, bytes]:
    """Every value of every table that is really there, also of tables that no model knows."""
    found: dict[str, bytes] = {}
    async with database.engine.connect() as connection:

        def read(sync: Any) -> None:
            metadata = MetaData()
            metadata.reflect(sync)
            assert set(inspect(sync).get_table_names()) >= set(Base.metadata.tables)
            for table in metadata.tables.values():
                for row in sync.execute(select(table)).mappings():
                    for column, value in row.items():
                        raw = bytes(value) if isinstance(value, bytes | memoryview) else str(value).encode()
                        found[f"{table.name}.{column}"] = found.get(f"{table.name}.{column}", b"") + b"\n" + raw

        await connection.run_sync(read)
    return found


def disk(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
async def road(settings: Settings, engine: ScriptedEngine) -> AsyncIterator[Road]:
    engine.next_answer = answer(WORDS[3])
    async with open_road(settings, engine, pair_limit=False) as road:
        yield road


async def use(road: Road) -> tuple[Citizen, Visitor, uuid.UUID]:
    """What a service is used for; returns a citizen with WhatsApp, one on the web page, and the talk of the first."""
    citizen = road.citizen(NAME)
    first = citizen.writes(f"{WORDS[0]} hetu 131052-308T")
    await citizen.next_reply()
    second = citizen.writes(f"{WORDS[2]} {NAME}")
    await citizen.next_reply()
    citizen.sends("edit", about=first.id, text=WORDS[1])
    citizen.sends("revoke", about=second.id)
    talk = await newest(road.service)
    facts = {ToldPart.BANK: (WORDS[12],)}
    await desk.tells(road.service, talk, consent=Consent.ASKED, facts=facts, corrected_by={ToldPart.BANK: NAME})
    await act(road.service, start_shift, SARI)
    await act(road.service, ownership.claim, SARI, talk)
    road.service.wake_outbox()
    await citizen.next_reply()
    await act(road.service, reply, SARI, talk, WORDS[4])
    road.service.wake_outbox()
    await citizen.next_reply()
    await act(road.service, add_note, SARI, talk, f"{WORDS[5]} {NAME}")
    await act(road.service, save_draft, SARI, talk, WORDS[6])
    await reasons(road.service, SARI, talk)
    visitor = Visitor(road.settings.port)
    await visitor.open()
    await visitor.write(f"{WORDS[9]} {NAME}")
    await visitor.write(WORDS[9], choice=WORDS[11])  # no button of ours
    await until(lambda: conversations_are(road, 2))
    return citizen, visitor, talk


async def reasons(service: Service, officer: Officer, talk: uuid.UUID) -> None:
    why = f"{WORDS[7]} {NAME}"
    await act(service, block, officer, talk, why)
    await act(service, unblock, officer, talk)
    await act(service, transcript, officer, talk, why)
    await act(service, place_hold, CHIEF, talk, WORDS[10])
    await act(service, ownership.release, officer, talk, why)


async def newest(service: Service) -> uuid.UUID:
    async with service.database.transaction() as session:
        return (await session.scalars(select(Conversation.id).order_by(Conversation.created_at.desc()).limit(1))).one()


async def conversations_are(road: Road, count: int) -> bool:
    async with road.service.database.transaction() as session:
        return len(list(await session.scalars(select(Conversation.id)))) == count


async def test_nothing_that_was_sent_stands_in_clear_and_after_erasure_no_key_opens_it(
    road: Road, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    citizen, visitor, talk = await use(road)
    secrets = [*WORDS, NAME, str(citizen.phone.number), SPOOLED, "131052-308T"]
    road.service.spool._folder.mkdir(parents=True, exist_ok=True)
    with road.service.spool.draining():  # an outage: what comes meanwhile waits on the disk
        await road.service.spool.append("whatsapp", bodies.body(bodies.message(body=WORDS[8], sender=SPOOLED)))
        await asyncio.to_thread(make_backup, road.settings, tmp_path / "one.backup")
        columns, on_disk = await dump(road.service.database), disk(tmp_path)
    output = "".join(capfd.readouterr())

    assert {name: hit for name, value in columns.items() if (hit := found_in(value, secrets))} == {}
    assert {name: hit for name, value in on_disk.items() if (hit := found_in(value, secrets))} == {}
    assert found_in(output.encode(), secrets) == set()
    assert {"spool/incoming.spool", "one.backup"} <= set(on_disk)
    assert "audit_head" in output

    await until(lambda: conversations_are(road, 3))
    await act(road.service, lift_hold, CHIEF, talk, "ohi")
    keys = await wrapped_keys(road)
    await erase_both(road, citizen, visitor)
    await road.service.database.truncate_wal()
    destroyed = keys - await wrapped_keys(road)
    assert len(destroyed) >= 4  # of two talks and two people
    assert [name for name, content in disk(tmp_path).items() if any(key in content for key in destroyed)] == []
    of_the_other = (SPOOLED, WORDS[8], WORDS[3])  # the bot's answer went to everybody
    await nothing_opens(road, [each for each in secrets if each not in of_the_other])
    await visitor.close()


def test_the_search_finds_a_text_in_each_shape_that_anybody_can_read() -> None:
    for shape in shapes(WORDS[0]):
        assert found_in(b"x" + shape + b"x", WORDS) == {WORDS[0]}
    for shift in range(3):
        assert found_in(base64.b64encode(b"?" * shift + WORDS[0].encode() + b"?"), WORDS) == {WORDS[0]}


async def erase_both(road: Road, citizen: Citizen, visitor: Visitor) -> None:
    citizen.writes("poista tietoni")
    while not (await citizen.next_reply()).text.startswith("Poistanko heti"):
        pass
    citizen.taps("Kyllä, poista")
    while not (await citizen.next_reply()).text.startswith("Valmis."):
        pass
    await visitor.write("poista tietoni")
    async with visitor.listening() as news:
        await until(lambda: _says(news, "Poistanko heti"))
        await visitor.write("Kyllä, poista", choice="privacy:erase:yes")
        await until(lambda: _says(news, "Valmis."))
    await until(lambda: conversations_are(road, 1))  # that of the spooled one


async def _says(news: News, beginning: str) -> bool:
    return any(text.startswith(beginning) for author in ("bot", "system") for text in news.texts(author))


async def wrapped_keys(road: Road) -> set[bytes]:
    """Every key of a talk or a person that is in the tables now."""
    columns = (Conversation.wrapped_key, Contact.wrapped_key)
    async with road.service.database.transaction() as session:
        return {bytes(key) for column in columns for key in await session.scalars(select(column))}


async def nothing_opens(road: Road, erased: list[str]) -> None:
    """Every key that is left, tried on everything that is sealed: nothing of the erased comes to light."""
    data_keys = DataKeys(road.settings.data_key.get_secret_value())
    keys, sealed = set[bytes](), list[bytes]()
    for table in Base.metadata.sorted_tables:
        for column in table.columns:
            if isinstance(column.type, LargeBinary):
                found = [value for value in await values(road, table, column.name) if value]
                if "wrapped" in column.name:
                    keys |= {data_keys.unwrap(value) for value in found}
                else:
                    sealed += found
    opened = [plain for key in keys for value in sealed for plain in opened_by(key, value)]
    assert opened  # the words of the one who was not erased: the search is not blind
    assert {each for plain in opened for each in found_in(plain, erased)} == set()


def opened_by(key: bytes, value: bytes) -> Iterator[bytes]:
    for context in CONTEXTS:
        with contextlib.suppress(CannotOpen):
            plain = crypto.unseal(key, value, context)
            yield plain
            with contextlib.suppress(zlib.error):
                yield zlib.decompress(plain)


async def values(road: Road, table: Any, column: str) -> list[bytes | None]:
    async with road.service.database.transaction() as session:
        return list(await session.scalars(select(table.c[column])))
