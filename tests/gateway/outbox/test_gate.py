"""Checks of the gate: what is no reply goes only to who said yes to it, and never to a phone that may be watched."""

import ast
import datetime as dt
import uuid
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

import gateway
from gateway.bulletins.followers import follow, notify_followers
from gateway.conversations.kinds import Author, OutboxState, Permission, ReplyKind, UnaskedKind
from gateway.conversations.messages import Reply
from gateway.conversations.models import Conversation, OutboxItem
from gateway.conversations.repository import locked
from gateway.conversations.told import Consent
from gateway.core.database import now
from gateway.handover import ownership
from gateway.handover.replies import reply
from gateway.handover.shifts import start_shift
from gateway.handover.timers import run_due_timers
from gateway.outbox import gate
from gateway.outbox.gate import NEEDS, HeldBack, Permit, permit
from gateway.outbox.queue import ANSWERS_DANGER, enqueue
from gateway.outbox.reengagement import queue_template
from gateway.outbox.send import _send_and_record
from gateway.service import Service
from tests.gateway.handover.test_ownership import act, kept_hours
from tests.worlds import officers as desk
from tests.worlds import outbox
from tests.worlds.bulletins import corrected, published
from tests.worlds.officers import SARI

pytestmark = pytest.mark.anyio
MINUTE, HOUR = dt.timedelta(minutes=1), dt.timedelta(hours=1)
Happens = Callable[[Service, uuid.UUID], Awaitable[None]]


async def an_officer_comes(service: Service, talk: uuid.UUID) -> None:
    await act(service, ownership.claim, SARI, talk)


async def an_officer_has_to_go(service: Service, talk: uuid.UUID) -> None:
    await act(service, ownership.release, SARI, talk, "shift_ended")


async def an_officer_gives_back(service: Service, talk: uuid.UUID) -> None:
    await act(service, ownership.give_back, SARI, talk)


async def minutes_pass(service: Service, talk: uuid.UUID) -> None:
    await desk.age(service, talk, queued_at=6 * MINUTE)
    await run_due_timers(service)


async def hours_pass(service: Service, talk: uuid.UUID) -> None:
    await kept_hours(service, "0:00-24:00")
    await desk.age(service, talk, queued_at=13 * HOUR)
    await run_due_timers(service)


async def danger_is_noticed_late(service: Service, talk: uuid.UUID) -> None:
    await desk.age(service, talk, danger_at=ANSWERS_DANGER + MINUTE)
    await run_due_timers(service)


async def an_officer_lets_know_after_a_day(service: Service, talk: uuid.UUID) -> None:
    await desk.age(service, talk, last_citizen_message_at=25 * HOUR)
    async with service.database.transaction() as session:
        await queue_template(session, service, await locked(session, talk), "reply_waits", {}, officer=SARI)


async def the_service_opens_after_a_day(service: Service, talk: uuid.UUID) -> None:
    await kept_hours(service, "0:00-24:00")
    await act(service, start_shift, SARI)
    await desk.age(service, talk, last_citizen_message_at=25 * HOUR)
    await run_due_timers(service)


async def a_followed_bulletin_changes(service: Service, talk: uuid.UUID) -> None:
    bulletin_id = await published(service)
    async with service.database.transaction() as session:
        assert await follow(session, await locked(session, talk), bulletin_id)
    await corrected(service, bulletin_id, keywords=["veitsi"])
    await notify_followers(service)


async def a_talk_is_over(service: Service, talk: uuid.UUID) -> None:
    await act(service, reply, SARI, talk, "Oletko kunnossa?")
    await act(service, ownership.give_back, SARI, talk)


# Of each kind: whether an officer has the conversation before, and what makes the service say it.
HAPPENINGS: dict[UnaskedKind, tuple[bool, Happens]] = {
    UnaskedKind.OFFICER_JOINED: (False, an_officer_comes),
    UnaskedKind.OFFICER_LEFT: (True, an_officer_has_to_go),
    UnaskedKind.GIVEN_BACK: (True, an_officer_gives_back),
    UnaskedKind.STILL_WAITING: (False, minutes_pass),
    UnaskedKind.NOBODY_CAME: (False, hours_pass),
    UnaskedKind.LATE_DANGER_LINE: (True, danger_is_noticed_late),
    UnaskedKind.ANSWER_WAITS: (True, an_officer_lets_know_after_a_day),
    UnaskedKind.INVITED: (False, the_service_opens_after_a_day),
    UnaskedKind.OFFICER_FEEDBACK: (True, a_talk_is_over),
    UnaskedKind.BULLETIN_UPDATE: (False, a_followed_bulletin_changes),
}
EVERY_KIND = pytest.mark.parametrize("kind", list(UnaskedKind))
ABOUT_AN_OFFICER = pytest.mark.parametrize("kind", [kind for kind, by in NEEDS.items() if by == Permission.ASKED])


async def happen(service: Service, kind: UnaskedKind, **told: object) -> uuid.UUID:
    """A citizen who has asked for an officer and told this, and then what makes the service say something unasked."""
    with_officer, happening = HAPPENINGS[kind]
    talk = await (desk.owned(service) if with_officer else desk.waiting(service))
    await desk.tells(service, talk, **told)
    try:
        await happening(service, talk)
    except HeldBack:
        assert kind == UnaskedKind.ANSWER_WAITS
    return talk


async def queued(service: Service, talk: uuid.UUID, kind: UnaskedKind) -> list[OutboxItem]:
    async with service.database.transaction() as session:
        rows = await session.scalars(
            select(OutboxItem).where(OutboxItem.conversation_id == talk, OutboxItem.unasked_kind == kind)
        )
        return list(rows)


def test_every_kind_has_a_need_and_something_that_makes_the_service_say_it() -> None:
    assert set(NEEDS) == set(HAPPENINGS) == set(UnaskedKind)


@EVERY_KIND
async def test_who_asked_or_follows_is_told(service: Service, kind: UnaskedKind) -> None:
    talk = await happen(service, kind)

    (item,) = await queued(service, talk, kind)
    assert (item.state, item.permission, item.reply_kind) == ("queued", NEEDS[kind], None)


@EVERY_KIND
async def test_nothing_is_pushed_to_a_phone_that_may_be_watched(service: Service, kind: UnaskedKind) -> None:
    talk = await happen(service, kind, watched=True)

    assert await queued(service, talk, kind) == []


@ABOUT_AN_OFFICER
@pytest.mark.parametrize("consent", [Consent.NONE, Consent.OFFERED, Consent.CANCELLED])
async def test_nothing_about_an_officer_is_pushed_to_who_did_not_ask(
    service: Service, kind: UnaskedKind, consent: Consent
) -> None:
    talk = await happen(service, kind, consent=consent)

    assert await queued(service, talk, kind) == []


@EVERY_KIND
async def test_it_is_the_gate_that_holds_it_back(
    service: Service, kind: UnaskedKind, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same happenings with the gate taken away: so the tests above can fail."""
    monkeypatch.setattr(gate, "refusal_of", lambda *_, **__: None)
    talk = await happen(service, kind, watched=True, consent=Consent.NONE)

    assert len(await queued(service, talk, kind)) == 1


@EVERY_KIND
async def test_what_waits_is_dropped_once_the_phone_may_be_watched(service: Service, kind: UnaskedKind) -> None:
    talk = await happen(service, kind)
    await desk.tells(service, talk, watched=True)
    async with service.database.transaction() as session:
        for item in await session.scalars(select(OutboxItem).where(OutboxItem.unasked_kind.is_distinct_from(kind))):
            item.state = OutboxState.SENT
    await outbox.look(service)

    (item,) = await queued(service, talk, kind)
    assert item.state == "dropped"


async def test_the_gate_is_asked_once_more_just_before_the_request(service: Service) -> None:
    talk = await happen(service, UnaskedKind.OFFICER_JOINED)
    (leased,) = (await outbox.look(service)).items
    await desk.tells(service, talk, watched=True)
    await _send_and_record(service, leased)

    assert (await outbox.row(service, leased.id)).state == "dropped"


async def test_a_request_that_has_ended_permits_nothing_about_the_next_officer(service: Service) -> None:
    talk = await desk.owned(service)
    await act(service, ownership.give_back, SARI, talk)
    await act(service, ownership.claim, SARI, talk)

    assert len(await queued(service, talk, UnaskedKind.OFFICER_JOINED)) == 1
    assert (await desk.events(service, talk))[-1] == "held_back"


async def test_the_waiting_line_says_so_and_danger_that_was_queued_silently_gets_none(service: Service) -> None:
    await kept_hours(service, "0:00-24:00")
    asked, silent = await desk.waiting(service), await desk.waiting(service)
    await desk.tells(service, silent, consent=Consent.NONE)
    for talk in (asked, silent):
        await desk.age(service, talk, queued_at=6 * MINUTE)
    await run_due_timers(service)
    await run_due_timers(service)

    assert (await desk.events(service, asked))[-1] == "waiting_line"
    assert (await desk.events(service, silent))[2:] == ["held_back"]
    assert await desk.said(service, silent) == []


async def test_danger_in_time_is_answered_also_on_a_watched_phone_whose_citizen_did_not_ask(service: Service) -> None:
    talk = await desk.owned(service)
    await desk.tells(service, talk, watched=True, consent=Consent.NONE)
    await desk.age(service, talk, danger_at=MINUTE)
    await run_due_timers(service)

    assert (await desk.said(service, talk))[-1].text.startswith("112")


async def test_what_an_officer_types_is_a_reply_and_goes_to_a_watched_phone(service: Service) -> None:
    talk = await desk.owned(service)
    await outbox.look(service)
    await desk.tells(service, talk, watched=True, consent=Consent.NONE)
    await act(service, reply, SARI, talk, "Hei, olen konstaapeli Sari.")
    async with service.database.transaction() as session:
        for item in await session.scalars(select(OutboxItem).where(OutboxItem.state == "sending")):
            item.state = OutboxState.FAILED

    assert await outbox.texts(service) == ["Hei, olen konstaapeli Sari."]


async def test_the_yes_of_another_citizen_permits_nothing(service: Service) -> None:
    one, other = await outbox.conversation(service), await outbox.conversation(service)
    async with service.database.transaction() as session:
        row = await locked(session, one.id)
        assert permit(session, service, row, UnaskedKind.BULLETIN_UPDATE, other) is None
        assert permit(session, service, row, UnaskedKind.BULLETIN_UPDATE) is None
        assert permit(session, service, row, UnaskedKind.BULLETIN_UPDATE, row) is not None


async def test_what_cannot_be_read_is_not_pushed_and_holds_up_nobody(service: Service) -> None:
    talk = await happen(service, UnaskedKind.OFFICER_JOINED)
    other = await outbox.conversation(service)
    await outbox.queue(service, other, "muille")
    async with service.database.transaction() as session:
        (await locked(session, talk)).told_sealed = b"spoilt"

    assert await outbox.texts(service) == ["muille"]
    assert [item.state for item in await queued(service, talk, UnaskedKind.OFFICER_JOINED)] == ["dropped"]


# Around the gate


async def test_only_the_gate_makes_a_permit_and_it_is_for_one_conversation(service: Service) -> None:
    asked = await desk.waiting(service)
    other = await outbox.conversation(service)
    with pytest.raises(TypeError, match="Only the gate"):
        Permit(object(), asked, UnaskedKind.GIVEN_BACK)
    async with service.database.transaction() as session:
        given = permit(session, service, await locked(session, asked), UnaskedKind.GIVEN_BACK)
        assert given is not None
        key = service.keyring.unwrap(other.wrapped_key)
        words = Reply(text="x")
        with pytest.raises(ValueError, match="another conversation"):
            await enqueue(session, service.channels["whatsapp"], other, key, words, given, author=Author.SYSTEM)


@pytest.mark.parametrize(
    ("values", "constraint"),
    [
        ({}, "reply_or_unasked"),
        ({"reply_kind": "erased", "unasked_kind": "given_back", "permission": "asked"}, "reply_or_unasked"),
        ({"unasked_kind": "given_back"}, "unasked_is_permitted"),
        ({"unasked_kind": "given_back", "permission": "followed"}, "unasked_is_permitted"),
        ({"unasked_kind": "bulletin_update", "permission": "asked"}, "unasked_is_permitted"),
        ({"reply_kind": "erased", "permission": "asked"}, "unasked_is_permitted"),
        ({"reply_kind": "answer"}, "answer_has_turn"),
        ({"reply_kind": "officer", "author": "officer"}, "officer_is_named"),
        ({"reply_kind": "officer", "officer_id": uuid.uuid4()}, "officer_is_named"),
    ],
)
async def test_the_table_itself_refuses_an_entry_around_the_gate(
    service: Service, values: dict[str, object], constraint: str
) -> None:
    talk = await outbox.conversation(service)
    with pytest.raises(IntegrityError, match=constraint):
        await _insert(service, talk, **values)


async def _insert(service: Service, talk: Conversation, **values: object) -> None:
    row = {"sequence": 1, "conversation_id": talk.id, "author": "system", "state": "queued", "attempts": 0}
    async with service.database.transaction() as session:
        session.add(OutboxItem(**{**row, "due_at": now(), "created_at": now(), **values}))


# What may be a reply without a turn or an officer, and the one place of each.
EXCEPTIONS = {
    "ERASURE_CONFIRMED": {"outbox/queue.py", "privacy/erasure.py"},
    "danger": {"handover/timers.py", "inbox/outage_line.py", "turns/danger_line.py"},
    "OutboxItem": set[str](),
    "ReplyTo": {"outbox/queue.py"},
}


def test_no_module_makes_a_row_of_its_own_or_calls_something_else_a_reply() -> None:
    root = Path(gateway.__file__).parent
    found: dict[str, set[str]] = {name: set() for name in EXCEPTIONS}
    for path in root.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if (name := _exception_in(node)) is not None:
                found[name].add(str(path.relative_to(root)))

    assert set(ReplyKind) == {"answer", "officer", "erased", "danger_line"}
    assert found == EXCEPTIONS


def _exception_in(node: ast.AST) -> str | None:
    """The name of what this piece of code does, where it is one of `EXCEPTIONS`."""
    if isinstance(node, ast.Name) and node.id == "ERASURE_CONFIRMED":
        return "ERASURE_CONFIRMED"
    if not isinstance(node, ast.Call):
        return None
    if isinstance(node.func, ast.Attribute) and node.func.attr == "danger":
        return "danger"
    called = node.func.id if isinstance(node.func, ast.Name) else ""
    if called == "insert" and any(isinstance(each, ast.Name) and each.id == "OutboxItem" for each in node.args):
        return "OutboxItem"
    return called if called in ("OutboxItem", "ReplyTo") else None
