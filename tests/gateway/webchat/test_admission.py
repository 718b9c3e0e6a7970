"""Checks of the web chat's door: who may write, how much, with which ticket, and in which frame."""

import asyncio
import datetime as dt
import uuid
from collections.abc import AsyncIterator

import pytest
import time_machine
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st
from sqlalchemy import func, select

from gateway.channels.webchat import limits
from gateway.channels.webchat.channel import is_same_origin
from gateway.conversations.models import InboxEvent
from gateway.core.config.settings import Settings
from gateway.core.networks import Networks, read_networks
from gateway.core.rate_limit import MemoryBuckets, Rate
from gateway.webchat.admission import Addresses
from gateway.webchat.requests import cookie_name
from gateway.webchat.service import ChatService
from gateway.webchat.tickets import Tickets
from tests.worlds import tiers
from tests.worlds.scripted_engine import ScriptedEngine
from tests.worlds.webchat_visitor import OWN_PAGE, Chat, Visitor, open_chat

LIFE = dt.timedelta(hours=8)
HOST = "https://chat.example"


@pytest.fixture
async def chat(settings: Settings, engine: ScriptedEngine) -> AsyncIterator[Chat]:
    changes = {"chat_embed_origins": "https://poliisi.example, https://ung.example", "trusted_proxies": "127.0.0.1"}
    async with open_chat(settings.model_copy(update=changes), engine) as chat:
        yield chat


async def events(chat: Chat) -> int:
    async with chat.service.database.transaction() as session:
        return (await session.scalar(select(func.count()).select_from(InboxEvent))) or 0


def test_a_ticket_opens_only_what_it_was_made_for() -> None:
    tickets = Tickets("secret", LIFE)
    ticket = tickets.new("poliisi-fi")
    value = tickets.write(ticket)

    assert tickets.read(value) == ticket
    assert tickets.read(value.replace(ticket.session.hex, uuid.uuid4().hex)) is None
    assert Tickets("another secret", LIFE).read(value) is None
    assert tickets.read(None) is None


def test_a_ticket_ends_with_its_life_and_cannot_be_made_younger() -> None:
    tickets = Tickets("secret", LIFE)
    with time_machine.travel("2026-11-24T12:00:00+00:00", tick=False) as clock:
        value = tickets.write(tickets.new())
        clock.shift(LIFE - dt.timedelta(seconds=1))
        assert tickets.read(value) is not None
        clock.shift(1)
        assert tickets.read(value) is None
        begun = value.split(".")[1]
        assert tickets.read(value.replace(begun, str(int(begun) + 3600))) is None


@pytest.mark.parametrize("source", ["a b", "x" * 33, "<script>", "å", "a;b"])
def test_a_source_that_is_no_plain_name_is_left_out(source: str) -> None:
    assert Tickets("secret", LIFE).new(source).source == ""


@given(st.text(max_size=200))
@examples(deadline=None, max_examples=tiers.examples(60))
def test_no_cookie_of_another_form_is_a_ticket(value: str) -> None:
    assert Tickets("secret", LIFE).read(value) is None


@pytest.mark.parametrize(
    ("headers", "ours"),
    [
        ({"sec-fetch-site": "same-origin"}, True),
        ({"sec-fetch-site": "cross-site", "origin": HOST, "host": "chat.example"}, False),
        ({"sec-fetch-site": "same-site"}, False),
        ({"sec-fetch-site": "none"}, False),
        ({"origin": HOST, "host": "chat.example"}, True),
        ({"origin": HOST, "host": "inner:8000"}, True),
        ({"origin": "https://evil.example", "host": "chat.example"}, False),
        ({"origin": "null", "host": "chat.example"}, False),
        ({"origin": "https://chat.example.evil", "host": "chat.example"}, False),
        ({}, False),
    ],
)
def test_only_our_own_page_may_write(headers: dict[str, str], ours: bool) -> None:
    assert is_same_origin(headers, HOST) is ours


def test_an_address_is_a_hash_that_changes_each_day_and_hides_a_household_of_ipv6() -> None:
    addresses = Addresses("secret", Networks())
    with time_machine.travel("2026-11-24T12:00:00+00:00", tick=False) as clock:
        today = addresses.of("192.0.2.7", {})
        assert addresses.of("192.0.2.8", {}) != today
        assert addresses.of("2001:db8:1:2::1", {}) == addresses.of("2001:db8:1:2:ffff::9", {})
        assert addresses.of("2001:db8:1:2::1", {}) != addresses.of("2001:db8:1:3::1", {})
        clock.shift(dt.timedelta(days=1))
        assert addresses.of("192.0.2.7", {}) != today


def test_only_our_own_proxy_is_believed_about_where_a_request_came_from() -> None:
    passed = {"x-forwarded-for": "198.51.100.1, 203.0.113.5, 10.0.0.2"}
    alone, behind = Addresses("secret", Networks()), Addresses("secret", read_networks("10.0.0.1, 10.0.0.2"))

    assert alone.of("192.0.2.7", passed) == alone.of("192.0.2.7", {})
    assert behind.of("10.0.0.1", passed) == behind.of("203.0.113.5", {})
    assert behind.of("192.0.2.7", passed) == behind.of("192.0.2.7", {})


@given(st.lists(st.floats(min_value=0, max_value=30), min_size=1, max_size=60))
@examples(deadline=None, max_examples=tiers.examples(40))
def test_a_bucket_never_gives_more_than_its_burst_and_what_refilled(pauses: list[float]) -> None:
    rate, buckets, given_ = Rate(5, 2.0), MemoryBuckets(), 0
    with time_machine.travel("2026-11-24T12:00:00+00:00", tick=False) as clock:
        for pause in pauses:
            clock.shift(dt.timedelta(seconds=pause))
            given_ += buckets.take("a", rate)

    assert given_ <= rate.burst + sum(pauses) / rate.seconds + 1e-3
    assert given_ >= min(len(pauses), int(rate.burst))


@pytest.mark.anyio
async def test_another_sites_page_writes_nothing_in_a_citizens_name(chat: Chat) -> None:
    visitor = chat.visitor()
    await visitor.open()
    form = {"text": "hei", "id": uuid.uuid4().hex}
    for path in ("/chat/messages", "/chat/end", "/chat/exit", "/chat/read"):
        for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}, {}):
            assert (await visitor.client.post(path, data=form, headers=headers)).status_code == 403
    await visitor.close()

    assert await events(chat) == 0


@pytest.mark.anyio
async def test_a_session_that_writes_too_much_is_told_so_and_only_it(chat: Chat) -> None:
    loud, calm = chat.visitor(), chat.visitor()
    await loud.open()
    await calm.open()
    answers = [await loud.write(f"viesti {number}") for number in range(int(limits.SESSION_MESSAGES.burst) + 3)]
    refused = [each for each in answers if each.status_code != 200]

    assert len(refused) >= 1
    assert {(each.status_code, each.text) for each in refused} == {(429, '{"problem":"too_fast"}')}
    assert (await calm.write("apua")).status_code == 200
    form = {"text": "vielä yksi", "id": uuid.uuid4().hex, "lang": "en"}
    page = await loud.client.post("/chat/messages?lang=en", data=form, headers={"Sec-Fetch-Site": "same-origin"})
    assert page.status_code == 429
    assert "Wait a moment" in page.text
    assert "vielä yksi</textarea>" in page.text
    await loud.close()
    await calm.close()


@pytest.mark.anyio
async def test_danger_gets_through_a_crowded_network(chat: Chat, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "ADDRESS_MESSAGES", Rate(3, 60.0))
    crowd = [chat.visitor() for _ in range(3)]
    for each in crowd:
        await each.open()
        assert [(await each.write("hei")).status_code for _ in range(3)] == [200, 200, 200]
    late = chat.visitor()
    await late.open()

    assert (await late.write("apua")).status_code == 200
    rest = [(await late.write("hei")).status_code for _ in range(int(limits.SESSION_ALWAYS.burst))]
    assert rest == [200] * (len(rest) - 1) + [429]
    for each in [*crowd, late]:
        await each.close()


@pytest.mark.anyio
async def test_one_address_begins_only_so_many_sessions_and_another_is_not_touched(
    chat: Chat, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "ADDRESS_SESSIONS", Rate(2, 3600.0))
    statuses = []
    for address in ("203.0.113.5", "203.0.113.5", "203.0.113.5", "203.0.113.6"):
        visitor = chat.visitor()
        visitor.client.headers["X-Forwarded-For"] = address
        await visitor.open()
        statuses.append((await visitor.write("hei")).status_code)
        await visitor.close()

    assert statuses == [200, 200, 429, 200]


@pytest.mark.anyio
async def test_a_session_has_only_so_many_open_streams(chat: Chat) -> None:
    visitor = chat.visitor()
    await visitor.open()
    streams = [visitor.listening() for _ in range(limits.STREAMS_OF_SESSION)]
    for stream in streams:
        assert (await stream.__aenter__()).status == 200
    async with visitor.listening() as one_more:
        assert one_more.status == 429
    await streams[0].__aexit__(None, None, None)
    for _ in range(100):
        async with visitor.listening() as again:
            if again.status == 200:
                break
        await asyncio.sleep(0.05)
    assert again.status == 200
    for stream in streams[1:]:
        await stream.__aexit__(None, None, None)
    await visitor.close()


@pytest.mark.anyio
async def test_only_the_allowed_sites_may_frame_the_chat_and_nobody_the_page_itself(chat: Chat) -> None:
    visitor = chat.visitor()
    framed, plain = await visitor.open(embedded="1"), await visitor.open()
    widget = await visitor.client.get("/chat/widget.js")
    cookies = framed.headers["set-cookie"], plain.headers["set-cookie"]
    await visitor.close()

    assert "frame-ancestors https://poliisi.example https://ung.example;" in framed.headers["content-security-policy"]
    assert "frame-ancestors 'none'" in plain.headers["content-security-policy"]
    assert widget.headers["cross-origin-resource-policy"] == "cross-origin"
    assert "HttpOnly; Secure; SameSite=None; Partitioned" in cookies[0]
    assert "HttpOnly; SameSite=Lax" in cookies[1]


@pytest.mark.parametrize(("public_url", "prefix"), [("https://neuvo.example", "__Host-"), ("http://localhost", "")])
@pytest.mark.parametrize("embedded", [True, False])
def test_over_tls_no_neighbour_can_plant_a_session(
    settings: Settings, public_url: str, prefix: str, embedded: bool
) -> None:
    name = cookie_name(settings.model_copy(update={"public_url": public_url}), embedded=embedded)

    assert name == f"{prefix}neuvo_chat{'_frame' if embedded else ''}"


@pytest.mark.anyio
async def test_the_cookie_has_what_its_name_promises(settings: Settings, engine: ScriptedEngine) -> None:
    async with open_chat(settings.model_copy(update={"public_url": "https://neuvo.example"}), engine) as chat:
        visitor = chat.visitor()
        cookies = [(await visitor.open(embedded=way)).headers["set-cookie"] for way in ("", "1")]
        await visitor.close()

    for cookie in cookies:
        assert cookie.startswith("__Host-neuvo_chat")
        assert "; Path=/; " in cookie
        assert "; Secure" in cookie
        assert "Domain" not in cookie


@pytest.mark.anyio
async def test_the_page_is_not_kept(chat: Chat) -> None:
    visitor = chat.visitor()
    plain = await visitor.open()
    await visitor.close()

    assert plain.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("origins", ["poliisi.fi", "https://*.fi", "https://a.fi; script-src *", "https://a.fi/path"])
def test_an_origin_that_would_change_the_policy_is_refused_at_start(origins: str) -> None:
    with pytest.raises(ValueError, match="NEUVO_CHAT_EMBED_ORIGINS"):
        Settings(_env_file=None, chat_embed_origins=origins)


@pytest.mark.anyio
async def test_a_message_without_words_with_too_many_or_without_an_id_is_refused_with_a_sentence(chat: Chat) -> None:
    visitor = chat.visitor()
    await visitor.open()
    bad = [{"text": " "}, {"text": "x" * 4097}, {"text": "hei", "id": "a b"}, {"text": "hei", "choice": "x" * 129}]
    bad += [{"text": "hei", "choice": made_up} for made_up in ("topic:a b", "topic:\x00", "mun nimi on Aino")]
    answers = [await visitor.write(**each) for each in bad]
    long = await visitor.write("x" * (limits.BODY_BYTES + 1))
    longest = await visitor.write("ä" * 4096)
    await visitor.close()

    assert [each.status_code for each in answers] == [400] * 7
    assert (long.status_code, longest.status_code) == (413, 200)
    assert await events(chat) == 1


@pytest.mark.anyio
async def test_no_body_no_cookie_and_no_query_is_a_500(chat: Chat, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.webchat.routes.ANSWER_WAIT", 0.2)
    visitor: Visitor = chat.visitor()
    await visitor.open()
    for body in (b"\xff\xfe", b"text=%00%ff&id=12345678", b"&" * 40, b"id=" + b"1" * 60, b"text=hei&id=12345678\x00"):
        for path in ("messages", "read", "end"):
            answer = await visitor.client.post(f"/chat/{path}", content=body, headers=OWN_PAGE)
            assert answer.status_code < 500, (path, body)
    for query in ("lang=%00", "after=99999999999", "after=²", "embedded=2", "source=%3Cb%3E", "ended=%F0%9F%98%80"):
        assert (await visitor.client.get(f"/chat?{query}", timeout=30)).status_code < 500
    for cursor in ("x", "-", "1-", "9" * 40, "99999999999999999-1"):
        async with visitor.listening(cursor) as news:
            assert news.status in (200, 204, 422)
    await visitor.close()


@pytest.mark.anyio
async def test_words_that_no_page_of_ours_has_are_not_kept_of_a_source(
    settings: Settings, engine: ScriptedEngine
) -> None:
    async with open_chat(settings.model_copy(update={"chat_sources": "poliisi-fi"}), engine) as chat:
        pages = ChatService.of(chat.service)

        assert pages.new_ticket("Poliisi-FI").source == "poliisi-fi"
        assert pages.new_ticket("k7q2").source == "k7q2"  # the code of a link, if there is such a one
        assert pages.new_ticket("aino-virtanen").source == ""
