"""Checks of web push: the published example, and what a push service of our own receives, by whom and when."""

import asyncio
import dataclasses
import datetime as dt
import uuid
from collections.abc import AsyncIterator

import httpx2
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from sqlalchemy import select, update

from gateway.conversations.kinds import Danger
from gateway.core.actors import Officer, Role
from gateway.core.config.settings import Settings
from gateway.core.database import now
from gateway.handover import ownership
from gateway.handover.models import PushSubscription, QueueEntry
from gateway.handover.push_alarms import (
    AGAIN,
    PushProof,
    delete_gone_browsers,
    on_call_at,
    push_due,
    renew,
    subscribe,
    unsubscribe,
)
from gateway.handover.shifts import start_shift
from gateway.handover.web_push import PushAddress, decode, encode, encrypt, is_allowed
from gateway.service import Service
from tests.gateway.handover.test_ownership import act
from tests.worlds import officers as desk
from tests.worlds.push_service import PushService, decrypt
from tests.worlds.road import open_road
from tests.worlds.scripted_engine import ScriptedEngine
from tests.worlds.staff import browser, make_person

pytestmark = pytest.mark.anyio
# RFC 8291, appendix A.
EXAMPLE = {
    "plaintext": "When I grow up, I want to be a watermelon",
    "as_private": "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw",
    "ua_private": "q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94",
    "ua_public": "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
    "salt": "DGv6ra1nlYgDCS1FRnbzlw",
    "auth_secret": "BTBZMqHH6r4Tts7J_aSIgg",
    "message": (
        "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl"
        "7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
    ),
}


def private(written: str) -> ec.EllipticCurvePrivateKey:
    return ec.derive_private_key(int.from_bytes(decode(written)), ec.SECP256R1())


def test_the_published_example_is_encrypted_to_its_last_byte_and_read_again() -> None:
    address = PushAddress("https://push.example.net/x", EXAMPLE["ua_public"], EXAMPLE["auth_secret"])
    plain, salt = EXAMPLE["plaintext"].encode(), decode(EXAMPLE["salt"])
    body = encrypt(plain, address, sender=private(EXAMPLE["as_private"]), salt=salt)

    assert encode(body) == EXAMPLE["message"]
    assert decrypt(private(EXAMPLE["ua_private"]), decode(EXAMPLE["auth_secret"]), body) == plain
    assert encrypt(plain, address) != encrypt(plain, address)


@pytest.mark.parametrize(
    ("endpoint", "allowed"),
    [
        ("https://fcm.googleapis.com/fcm/send/x", True),
        ("https://updates.push.services.mozilla.com/wpush/v2/x", True),
        ("https://evilfcm.googleapis.com/x", False),
        ("https://push.apple.com.evil.example/x", False),
        ("https://127.0.0.1/x", False),
        ("http://fcm.googleapis.com/x", False),
        ("file:///etc/passwd", False),
        ("", False),
    ],
)
def test_only_the_named_push_services_are_ever_sent_to(settings: Settings, endpoint: str, allowed: bool) -> None:
    strict = settings.model_copy(update={"environment": "production"})
    assert is_allowed(strict, endpoint) is allowed


@pytest.fixture
async def push(service: Service) -> AsyncIterator[PushService]:
    push = PushService()
    push.start()
    yield push
    push.stop()


async def person(service: Service, push: PushService, *roles: Role, on_call: bool = False) -> Officer:
    made = await make_person(service, f"p{uuid.uuid4().hex[:6]}", *roles)
    async with service.database.transaction() as session:
        await subscribe(session, service, made.id, push.address, on_call=on_call)
    return Officer(made.id, "Olivia", supervisor=Role.SUPERVISOR in roles)


async def pushed(service: Service, push: PushService) -> list[str]:
    """The kinds that arrive now."""
    before = len(push.bodies)
    begun = await push_due(service)
    async with asyncio.timeout(10):
        while len(push.bodies) < before + begun:
            await asyncio.sleep(0.01)
    return [each["kind"] for each in push.received[before:]]


async def test_an_emergency_reaches_a_browser_with_no_page_open_and_no_word_is_in_it(
    service: Service, push: PushService
) -> None:
    olivia = await person(service, push, Role.OFFICER)
    await act(service, start_shift, olivia)
    talk = await desk.waiting(service, urgency=Danger.EMERGENCY)
    await desk.writes(service, talk, "hänellä on veitsi")

    assert await pushed(service, push) == ["emergency"]
    assert push.received == [{"kind": "emergency", "conversation": str(talk)}]
    assert push.headers[0]["urgency"] == "high"
    assert push.headers[0]["content-encoding"] == "aes128gcm"
    assert talk.hex.encode() not in push.bodies[0]


async def test_it_is_pushed_again_until_it_is_claimed_and_what_is_not_urgent_once(
    service: Service, push: PushService
) -> None:
    olivia = await person(service, push, Role.OFFICER)
    await act(service, start_shift, olivia)
    urgent, calm = await desk.waiting(service, urgency=Danger.EMERGENCY), await desk.waiting(service)
    assert sorted(await pushed(service, push)) == ["emergency", "waiting"]
    assert await pushed(service, push) == []
    async with service.database.transaction() as session:
        await session.execute(update(QueueEntry).values(pushed_at=now() - AGAIN - dt.timedelta(seconds=1)))
    assert await pushed(service, push) == ["emergency"]

    await act(service, ownership.claim, olivia, urgent)
    async with service.database.transaction() as session:
        await session.execute(update(QueueEntry).values(pushed_at=None))
    assert await pushed(service, push) == ["waiting"]
    assert (await desk.row(service, calm)).state == "waiting"


@pytest.mark.parametrize(
    ("role", "on_call", "urgency", "escalated", "expected"),
    [
        (Role.OFFICER, False, Danger.EMERGENCY, False, []),
        (Role.OFFICER, True, Danger.EMERGENCY, False, ["emergency"]),
        (Role.OFFICER, True, None, False, []),
        (Role.OFFICER, True, None, True, ["waiting"]),
        (Role.OFFICER, False, None, True, []),
        (Role.EDITOR, True, Danger.EMERGENCY, False, []),  # was an officer once
        (Role.SUPERVISOR, False, Danger.CRISIS, False, ["crisis"]),  # nobody at all is on duty
        (Role.SUPERVISOR, False, None, False, []),
        (Role.SUPERVISOR, False, None, True, ["waiting"]),
    ],
)
async def test_who_is_off_duty_is_pushed_to_on_call_and_supervisors_when_nobody_takes_it(
    service: Service,
    push: PushService,
    role: Role,
    on_call: bool,
    urgency: Danger | None,
    escalated: bool,
    expected: list[str],
) -> None:
    await person(service, push, role, on_call=on_call)
    talk = await desk.waiting(service, urgency=urgency)
    if escalated:
        await desk.age(service, talk, escalated_at=dt.timedelta(seconds=1))

    assert await pushed(service, push) == expected


async def test_an_address_that_is_gone_is_pushed_to_no_more_and_a_fault_of_the_service_is_borne(
    service: Service, push: PushService
) -> None:
    olivia = await person(service, push, Role.OFFICER)
    await act(service, start_shift, olivia)
    for status, left in ((500, 1), (410, 0)):
        push.status = status
        await desk.waiting(service, urgency=Danger.EMERGENCY)
        await pushed(service, push)
        async with asyncio.timeout(5):
            while await _subscriptions(service) != left:
                await asyncio.sleep(0.02)


async def _subscriptions(service: Service) -> int:
    async with service.database.transaction() as session:
        return len((await session.scalars(select(PushSubscription).where(PushSubscription.gone_at.is_(None)))).all())


async def test_a_browser_that_renews_its_address_is_pushed_to_there_for_whom_and_when_it_was(
    service: Service, push: PushService
) -> None:
    """Also after the push service has said that the old one is gone; without the old secret nothing changes."""
    olivia = await person(service, push, Role.OFFICER, on_call=True)
    before = PushProof(push.address.endpoint, push.address.auth)
    push.status = 410
    await desk.waiting(service, urgency=Danger.EMERGENCY)
    assert await pushed(service, push) == ["emergency"]
    async with asyncio.timeout(5):
        while await _subscriptions(service):
            await asyncio.sleep(0.02)
    push.status = 201
    renewed = dataclasses.replace(push.address, endpoint=f"{push.address.endpoint}/renewed")
    async with service.database.transaction() as session:
        assert await renew(session, service, PushProof(before.endpoint, "another secret"), renewed) is None
        assert await renew(session, service, PushProof("https://elsewhere.example", before.auth), renewed) is None
        assert await on_call_at(session, service, olivia.id, renewed.endpoint) is None
    await desk.waiting(service, urgency=Danger.EMERGENCY)
    assert await pushed(service, push) == []

    for _ in range(2):  # the first answer may have been lost
        async with service.database.transaction() as session:
            assert await renew(session, service, before, renewed) == olivia.id
    async with service.database.transaction() as session:
        assert await on_call_at(session, service, olivia.id, renewed.endpoint) is True
        assert await on_call_at(session, service, olivia.id, before.endpoint) is None
        await session.execute(update(QueueEntry).values(pushed_at=None))
    assert await pushed(service, push) == ["emergency", "emergency"]


async def test_an_address_that_nobody_renews_is_deleted(service: Service, push: PushService) -> None:
    await person(service, push, Role.OFFICER)
    for gone, left in ((dt.timedelta(days=29), 1), (dt.timedelta(days=31), 0)):
        async with service.database.transaction() as session:
            await session.execute(update(PushSubscription).values(gone_at=now() - gone))
            await delete_gone_browsers(session)
            assert len((await session.scalars(select(PushSubscription))).all()) == left


async def test_a_browser_renews_its_address_over_http_with_nobody_signed_in(
    settings: Settings, engine: ScriptedEngine, push: PushService
) -> None:
    async with open_road(settings.model_copy(update={"push_hosts": "127.0.0.1"}), engine) as road:
        olivia = await person(road.service, push, Role.OFFICER)
        address = dataclasses.replace(push.address, endpoint=f"{push.address.endpoint}/renewed")
        fields = {**vars(address), "old_endpoint": push.address.endpoint, "old_auth": push.address.auth}
        async with browser(road.app, {}) as client:
            answers = [
                await client.post("/console/push/renew", data={**fields, **wrong})
                for wrong in ({"old_auth": "x"}, {"endpoint": "https://elsewhere.example/"}, {"p256dh": "x"}, {})
            ]
        assert [each.status_code for each in answers] == [422, 422, 422, 204]
        async with road.service.database.transaction() as session:
            assert await on_call_at(session, road.service, olivia.id, address.endpoint) is False


async def test_a_browser_is_set_up_once_sealed_and_taken_away(service: Service, push: PushService) -> None:
    olivia = await person(service, push, Role.OFFICER)
    async with service.database.transaction() as session:
        await subscribe(session, service, olivia.id, push.address, on_call=True)
        (row,) = (await session.scalars(select(PushSubscription))).all()
        assert row.on_call
        assert b"127.0.0.1" not in row.address_sealed
        endpoint = push.address.endpoint
        assert await on_call_at(session, service, olivia.id, endpoint) is True
        assert await on_call_at(session, service, uuid.uuid4(), endpoint) is None, "it is another's browser"
        await unsubscribe(session, service, uuid.uuid4(), push.address.endpoint)
        assert len((await session.scalars(select(PushSubscription))).all()) == 1
        await unsubscribe(session, service, olivia.id, push.address.endpoint)
        assert not (await session.scalars(select(PushSubscription))).all()
    assert issubclass(httpx2.HTTPStatusError, httpx2.HTTPError)
