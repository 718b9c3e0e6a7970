"""Checks of the webhook's signature against those who do not have the secret, and against their stopwatch."""

import hashlib
import hmac
import time
from collections.abc import AsyncIterator, Callable

import httpx2
import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as some
from sqlalchemy import func, select

from gateway.app import create_app
from gateway.channels.meta.json import signature_of
from gateway.channels.whatsapp.channel import WhatsApp
from gateway.conversations.models import InboxEvent
from gateway.core.config.settings import Settings
from gateway.service import Service
from tests.worlds import tiers
from tests.worlds import whatsapp_bodies as bodies
from tests.worlds.scripted_engine import ScriptedEngine

PATH = "/webhooks/whatsapp"
NAME = "X-Hub-Signature-256"
CONTENT = bodies.body(bodies.message(body="hei"))
GOOD = bodies.signed(CONTENT)[NAME]


@pytest.fixture
async def client(service: Service, engine: ScriptedEngine) -> AsyncIterator[httpx2.AsyncClient]:
    app = create_app(service.settings.model_copy(update={"simulator": False}), engine)
    app.state.service = service
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://localhost") as client:
        yield client


def forgeries() -> dict[str, bytes]:
    """Signatures of those who do not have the secret, as the header's bytes."""
    digest = GOOD.removeprefix("sha256=")
    weak = hmac.new(b"", CONTENT, hashlib.sha256).hexdigest()
    return {
        "cut": GOOD[:-1].encode(),
        "cut to half": GOOD[: len(GOOD) // 2].encode(),
        "only the name": b"sha256=",
        "without the name": digest.encode(),
        "another algorithm": f"sha1={digest}".encode(),
        "in capitals": f"sha256={digest.upper()}x".encode(),
        "one letter too many": f"{GOOD}0".encode(),
        "one letter another": (GOOD[:-1] + ("0" if GOOD[-1] != "0" else "1")).encode(),
        "with an empty secret": f"sha256={weak}".encode(),
        "no key at all": f"sha256={hashlib.sha256(CONTENT).hexdigest()}".encode(),
        "wide digits": b"sha256=" + "０".encode() * 64,
        "latin letters": b"sha256=" + b"\xe4" * 64,
        "a byte that is no text": b"sha256=\xff\xfe" + digest.encode()[2:],
        "two in one": f"{GOOD},{GOOD}".encode(),
        "spaces inside": f"sha256= {digest}".encode(),
    }


@pytest.mark.anyio
@pytest.mark.parametrize("kind", sorted(forgeries()))
async def test_a_forgery_is_401_without_a_word_and_stores_nothing(
    client: httpx2.AsyncClient, service: Service, kind: str
) -> None:
    answer = await client.post(PATH, content=CONTENT, headers={NAME.encode(): forgeries()[kind]})

    assert (answer.status_code, answer.content) == (401, b"")
    assert await stored(service) == 0


@pytest.mark.anyio
async def test_a_good_signature_of_another_body_opens_nothing(client: httpx2.AsyncClient, service: Service) -> None:
    for other in (
        CONTENT + b" ",
        CONTENT[:-1],
        CONTENT.replace(b"hei", b"hej"),
        b"",
        CONTENT.decode().upper().encode(),
    ):
        assert (await client.post(PATH, content=other, headers={NAME: GOOD})).status_code == 401
    assert await stored(service) == 0


@pytest.mark.anyio
async def test_a_replayed_delivery_is_the_same_message_however_often(
    client: httpx2.AsyncClient, service: Service
) -> None:
    for _ in range(5):
        assert (await client.post(PATH, content=CONTENT, headers={NAME: GOOD})).status_code == 200
    assert await stored(service) == 1


@given(some.binary(max_size=80))
@examples(max_examples=tiers.examples(200), deadline=None)
def test_no_bytes_pass_for_a_signature(given_bytes: bytes) -> None:
    channel = WhatsApp(Settings())
    header = given_bytes.decode("latin-1")
    assert channel.verify({NAME.lower(): header}, CONTENT) is (header == GOOD)


@given(some.binary(max_size=200), some.text(min_size=1, max_size=40))
@examples(max_examples=tiers.examples(100), deadline=None)
def test_the_signature_is_the_one_that_the_standard_library_makes(body: bytes, secret: str) -> None:
    assert signature_of(secret, body) == "sha256=" + hmac.new(secret.encode(), body, "sha256").hexdigest()


def test_a_signature_that_is_nearly_right_takes_as_long_as_one_that_is_wrong_from_the_start() -> None:
    channel = WhatsApp(Settings())
    near, far = GOOD[:-1] + ("0" if GOOD[-1] != "0" else "1"), "sha256=" + ("0" if GOOD[7] != "0" else "1") + GOOD[8:]

    assert alike(
        lambda: channel.verify({NAME.lower(): near}, CONTENT), lambda: channel.verify({NAME.lower(): far}, CONTENT)
    )


def test_the_stopwatch_of_this_file_sees_a_comparison_that_stops_early() -> None:
    # Without this, the test above could not fail.
    secret = "s" * 20_000
    near, far = secret[:-1] + "x", "x" + secret[1:]

    def careless(guess: str) -> bool:
        return all(ours == theirs for ours, theirs in zip(secret, guess, strict=True))

    assert not alike(lambda: careless(near), lambda: careless(far), rounds=20)


def alike(first: Callable[[], object], second: Callable[[], object], rounds: int = 400) -> bool:
    """Whether two ways take the same time: their quickest tries, in turn, within 20 %; a busy machine only adds."""
    quickest = [float("inf"), float("inf")]
    for _ in range(rounds):
        for place, way in enumerate((first, second)):
            quickest[place] = min(quickest[place], _taken(way))
    return abs(quickest[0] - quickest[1]) <= 0.2 * max(quickest)


def _taken(way: Callable[[], object]) -> float:
    began = time.perf_counter()
    for _ in range(5):
        way()
    return time.perf_counter() - began


async def stored(service: Service) -> int:
    async with service.database.transaction() as session:
        return await session.scalar(select(func.count()).select_from(InboxEvent)) or 0
