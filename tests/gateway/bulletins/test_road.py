"""Checks of bulletins on the road: people publish, citizens ask, followers hear, the public reads."""

import asyncio
import datetime as dt
import uuid
from typing import Any

import httpx2
import pytest
import time_machine
from sqlalchemy import func, select

from gateway.app import create_service
from gateway.bulletins import service as writing
from gateway.bulletins.content import BulletinRefused
from gateway.bulletins.followers import FOLLOWERS_KEPT, delete_old_followers, follow, notify_followers
from gateway.bulletins.models import Bulletin, BulletinEvent, BulletinFollower, BulletinVersion
from gateway.bulletins.states import FourEyes, NotAllowed, ReasonMissing
from gateway.conversations.kinds import ConversationState, Priority
from gateway.conversations.models import Contact, Conversation, OutboxItem
from gateway.core.config.settings import Settings
from gateway.core.database import now
from gateway.core.locale import Language
from gateway.dialogue.engine import Guess
from gateway.hours.service import save as save_hours
from gateway.service import Service
from tests.worlds.bulletins import (
    OLIVIA,
    OSKAR,
    REASON,
    WORDS,
    approved,
    changed_at,
    content,
    corrected,
    published,
    withdrawn,
)
from tests.worlds.outbox import conversation, queue, texts
from tests.worlds.road import Road, until
from tests.worlds.scripted_engine import ScriptedEngine, answer

pytestmark = pytest.mark.anyio
WEEK = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
RUMOUR = answer("En vahvista huhuja.", topic="rumours_and_news")


async def events(service: Service) -> list[str]:
    async with service.database.transaction() as session:
        return list(await session.scalars(select(BulletinEvent.kind).order_by(BulletinEvent.id)))


async def test_two_people_publish_and_every_step_says_who(service: Service) -> None:
    recorded: list[tuple[str, str]] = []

    async def record(session: Any, actor: Any, action: str, subject: str, details: Any) -> None:
        recorded.append((action, actor.name))

    async with service.database.transaction() as session:
        bulletin_id = await writing.create(session, OLIVIA, content())
        await writing.propose(session, OLIVIA, bulletin_id)
    seen = await changed_at(service, bulletin_id)
    async with service.database.transaction() as session:
        with pytest.raises(FourEyes):
            await writing.approve(session, OLIVIA, bulletin_id, seen=seen, record=record)
        assert await service.bulletins.in_force(session) == ()
        await writing.approve(session, OSKAR, bulletin_id, seen=seen, record=record)
    service.bulletins.invalidate()
    async with service.database.transaction() as session:
        (notice,) = await service.bulletins.in_force(session)

    assert notice.content.words["sv"].title == "Knivdåd i Berghäll"
    assert await events(service) == ["written", "proposed", "published"]
    assert recorded == [("bulletin.published", "Oskar")]


async def test_whoever_changed_a_proposal_may_not_approve_it_and_words_that_changed_are_read_again(
    service: Service,
) -> None:
    async with service.database.transaction() as session:
        bulletin_id = await writing.create(session, OLIVIA, content())
        await writing.propose(session, OLIVIA, bulletin_id)
    first = await changed_at(service, bulletin_id)
    async with service.database.transaction() as session:
        await writing.revise(session, OSKAR, bulletin_id, content(places=["Kamppi"]), seen=first)
        await writing.propose(session, OSKAR, bulletin_id)
    second = await changed_at(service, bulletin_id)
    async with service.database.transaction() as session:
        with pytest.raises(FourEyes):
            await writing.approve(session, OSKAR, bulletin_id, seen=second)
        with pytest.raises(writing.ChangedMeanwhile):
            await writing.approve(session, OLIVIA, bulletin_id, seen=first)
        with pytest.raises(writing.ChangedMeanwhile):
            await writing.revise(session, OLIVIA, bulletin_id, content(), seen=first)


async def test_one_alone_publishes_in_an_emergency_with_a_reason_that_is_kept_and_recorded(service: Service) -> None:
    recorded: list[Any] = []

    async def record(session: Any, actor: Any, action: str, subject: str, details: Any) -> None:
        recorded.append((action, details["reason"]))

    async with service.database.transaction() as session:
        bulletin_id = await writing.create(session, OLIVIA, content())
        with pytest.raises(ReasonMissing):
            await writing.publish_alone(session, OLIVIA, bulletin_id, " kiire ", record)
        await writing.publish_alone(session, OLIVIA, bulletin_id, REASON, record)
        version = await session.get_one(BulletinVersion, {"bulletin_id": bulletin_id, "number": 1})

    assert (version.emergency_reason, version.approver_name) == (REASON, "Olivia")
    assert recorded == [("bulletin.published_alone", REASON)]
    assert (await events(service))[-1] == "published_alone"


async def test_a_record_that_fails_undoes_the_publishing(service: Service) -> None:
    async def record(session: Any, actor: Any, action: str, subject: str, details: Any) -> None:
        raise OSError("the audit log cannot be written")

    async with service.database.transaction() as session:
        bulletin_id = await writing.create(session, OLIVIA, content())
    with pytest.raises(OSError, match="audit"):
        async with service.database.transaction() as session:
            await writing.publish_alone(session, OLIVIA, bulletin_id, REASON, record)
    async with service.database.transaction() as session:
        assert await service.bulletins.in_force(session) == ()


async def test_two_who_approve_at_once_publish_once(service: Service, settings: Settings) -> None:
    other = create_service(settings, ScriptedEngine())
    async with service.database.transaction() as session:
        bulletin_id = await writing.create(session, OLIVIA, content())
        await writing.propose(session, OLIVIA, bulletin_id)
    seen = await changed_at(service, bulletin_id)

    async def approve(by: Service) -> None:
        async with by.database.transaction() as session:
            await writing.approve(session, OSKAR, bulletin_id, seen=seen)

    outcomes = await asyncio.gather(approve(service), approve(other), return_exceptions=True)
    await other.close()

    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["ChangedMeanwhile", "NoneType"]
    assert (await events(service)).count("published") == 1


async def test_while_a_correction_is_written_the_old_words_hold_and_both_are_kept(service: Service) -> None:
    bulletin_id = await published(service)
    seen = await changed_at(service, bulletin_id)
    words = {**WORDS, "fi": {**WORDS["fi"], "text": "Kalliossa on puukotettu kahta ihmistä."}}
    async with service.database.transaction() as session:
        await writing.revise(session, OLIVIA, bulletin_id, content(words=words), seen=seen)
        await writing.propose(session, OLIVIA, bulletin_id)
        (old,) = await service.bulletins.in_force(session)
    await approved(service, bulletin_id)
    service.bulletins.invalidate()
    async with service.database.transaction() as session:
        (new,) = await service.bulletins.in_force(session)
        states = list(await session.scalars(select(BulletinVersion.state).order_by(BulletinVersion.number)))

    assert (old.content.words["fi"].text, old.corrected_at) == (WORDS["fi"]["text"], None)
    assert new.content.words["fi"].text == words["fi"]["text"]
    assert new.corrected_at is not None
    assert states == ["replaced", "published"]
    assert (await events(service))[-1] == "corrected"


async def test_a_notice_starts_and_ends_by_itself_and_one_whose_end_has_passed_is_not_published(
    service: Service,
) -> None:
    begins = now() + dt.timedelta(hours=1)
    await published(service, starts_at=begins, ends_at=begins + dt.timedelta(hours=1))
    seen = []
    for minutes in (-1, 1, 59, 60):
        with time_machine.travel(begins + dt.timedelta(minutes=minutes), tick=False):
            async with service.database.transaction() as session:
                seen.append(len(await service.bulletins.in_force(session)))
    assert seen == [0, 1, 1, 0]

    async with service.database.transaction() as session:
        late = await writing.create(session, OLIVIA, content(ends_at=now() + dt.timedelta(seconds=1)))
    with time_machine.travel(now() + dt.timedelta(minutes=1)):
        async with service.database.transaction() as session:
            with pytest.raises(BulletinRefused):
                await writing.publish_alone(session, OLIVIA, late, REASON)


async def test_withdrawn_or_ended_early_a_notice_holds_no_more_and_nothing_can_be_added(service: Service) -> None:
    first, second = await published(service), await published(service, places=["Hakaniemi"])
    async with service.database.transaction() as session:
        await writing.withdraw(session, OLIVIA, first, REASON)
        await writing.end_now(session, OLIVIA, second)
        assert await service.bulletins.in_force(session) == ()
        with pytest.raises(NotAllowed):
            await writing.withdraw(session, OLIVIA, first, REASON)
    seen = await changed_at(service, first)
    async with service.database.transaction() as session:
        with pytest.raises(NotAllowed):
            await writing.revise(session, OLIVIA, first, content(), seen=seen)
        with pytest.raises(writing.NoSuchBulletin):
            await writing.propose(session, OLIVIA, uuid.uuid4())


@pytest.mark.parametrize(
    ("asked", "language", "title"),
    [
        ("mitä kalios tapahtuu", "fi", "Puukotus Kalliossa"),
        ("vad händer i bärghäll", "sv", "Knivdåd i Berghäll"),
        ("is it true about the stabing in kallio", "en", "Stabbing in Kallio"),
    ],
)
async def test_published_in_one_process_it_is_answered_by_another_within_five_seconds(
    road: Road, engine: ScriptedEngine, settings: Settings, asked: str, language: str, title: str
) -> None:
    engine.next_answer = answer("En vahvista huhuja.", topic="rumours_and_news", language=language)
    citizen = road.citizen()
    citizen.writes(asked)
    before = await citizen.next_reply()
    assert before.text.endswith("En vahvista huhuja.")

    other = create_service(settings, ScriptedEngine())
    await published(other)
    await other.close()
    started = asyncio.get_running_loop().time()

    async def told() -> bool:
        citizen.writes(asked)
        return title in (await citizen.next_reply()).text

    await until(told, 5.0)
    assert asyncio.get_running_loop().time() - started < 5


async def test_a_rumour_is_answered_by_the_notices_and_where_news_are(road: Road, engine: ScriptedEngine) -> None:
    await published(road.service)
    engine.next_answer = answer(
        "En vahvista huhuja.", topic="rumours_and_news", buttons=(("topic:need_to_talk", "Puhu"),)
    )
    citizen = road.citizen()
    citizen.writes("mitä stadissa tapahtuu")
    reply = await citizen.next_reply()

    assert "Poliisi kertoo:\n\n*Puukotus Kalliossa*\nKalliossa on puukotettu yhtä ihmistä." in reply.text
    assert "poliisi.fi" in reply.text
    assert "Voimassa " in reply.text
    assert "En vahvista huhuja." not in reply.text
    assert reply.titles == ["Kerro muutoksista", "Puhu"]


async def test_a_question_that_was_not_understood_but_names_the_place_gets_the_notice(
    road: Road, engine: ScriptedEngine
) -> None:
    await published(road.service)
    understood = answer("En ymmärtänyt.", topic="nlu_fallback")
    engine.next_answer = understood
    citizen = road.citizen()
    citizen.writes("kallios?")
    assert "*Puukotus Kalliossa*" in (await citizen.next_reply()).text
    citizen.writes("kallis?")
    assert (await citizen.next_reply()).text == "En ymmärtänyt."
    guessed = understood.understood.model_copy(update={"ranking": (Guess(topic="rumours_and_news", confidence=0.3),)})
    engine.next_answer = understood.model_copy(update={"understood": guessed})
    citizen.writes("mitä täällä on menossa")
    assert "*Puukotus Kalliossa*" in (await citizen.next_reply()).text


async def test_a_matter_of_the_citizens_own_is_answered_first(road: Road, engine: ScriptedEngine) -> None:
    await published(road.service)
    citizen = road.citizen()
    engine.next_answer = answer("Tee rikosilmoitus.", topic="property_theft_lost")
    citizen.writes("kalliossa vietiin mun pyörä")
    theft = (await citizen.next_reply()).text

    assert theft.index("Tee rikosilmoitus.") < theft.index("*Puukotus Kalliossa*")


async def test_danger_comes_first_and_unchanged_and_a_crisis_hears_of_nothing_else(
    road: Road, engine: ScriptedEngine
) -> None:
    await published(road.service)
    citizen = road.citizen()
    engine.next_answer = answer("Soita 112.", topic="emergency_now", danger="emergency", escalation=("emergency",))
    citizen.writes("kalliossa joku heiluu puukon kanssa")
    named = (await citizen.next_reply()).text
    citizen.writes("joku heiluu kirveen kanssa")
    unnamed = (await citizen.next_reply()).text
    engine.next_answer = answer("Soita 112 tai MIELI.", topic="suicidal_thoughts", danger="crisis")
    citizen.writes("hyppään kallion sillalta")
    crisis = (await citizen.next_reply()).text

    assert named.startswith("Soita 112.\n\nPoliisi on kertonut myös tästä:\n\n*Puukotus Kalliossa*")
    assert unnamed == "Soita 112."
    assert crisis == "Soita 112 tai MIELI."


async def test_who_said_yes_hears_of_a_correction_and_a_withdrawal_once(road: Road, engine: ScriptedEngine) -> None:
    bulletin_id = await published(road.service)
    engine.next_answer = RUMOUR
    aino, eino = road.citizen("Aino"), road.citizen("Eino")
    for citizen in (aino, eino):
        citizen.writes("onks kalliossa joku juttu")
        await citizen.next_reply()
    asked = len(engine.asked)
    aino.taps("Kerro muutoksista")
    assert "Kerron sinulle" in (await aino.next_reply()).text
    assert len(engine.asked) == asked

    words = {**WORDS, "fi": {"title": "Puukotus Kalliossa", "text": "Yksi on otettu kiinni."}}
    await corrected(road.service, bulletin_id, words=words)
    correction = (await aino.next_reply()).text
    await withdrawn(road.service, bulletin_id)
    withdrawal = (await aino.next_reply()).text

    assert "Yksi on otettu kiinni." in correction
    assert "Korjattu tiedote." in correction
    assert "perunut" in withdrawal
    for citizen in (aino, eino):
        with pytest.raises(TimeoutError):
            await citizen.next_reply(timeout=1.3)
    async with road.service.database.transaction() as session:
        priorities = list(await session.scalars(select(OutboxItem.priority).where(OutboxItem.turn_id.is_(None))))
    assert priorities == [Priority.BULK, Priority.BULK]


@pytest.mark.parametrize(
    "words",
    [
        "kyllä, kerro", "Joo kerro kiitos!", "kerro", "ilmoita jos muuttuu", "Ja, berätta gärna", "håll mig uppdaterad",
        "yes, tell me", "Please let me know", "Yes please",
    ],
)  # fmt: skip
async def test_a_yes_in_words_is_one_too(road: Road, engine: ScriptedEngine, words: str) -> None:
    await published(road.service)
    engine.next_answer = RUMOUR
    aino = road.citizen("Aino")
    aino.writes("onks kalliossa joku juttu")
    await aino.next_reply()
    asked = len(engine.asked)
    aino.writes(words)

    assert "Kerron sinulle" in (await aino.next_reply()).text
    assert len(engine.asked) == asked
    async with road.service.database.transaction() as session:
        assert await session.scalar(select(func.count()).select_from(BulletinFollower)) == 1


@pytest.mark.parametrize("words", ["kyllä", "kerro mikä siellä on", "en", "kerro poliisille", "yes but why"])
async def test_what_may_mean_something_else_is_no_yes(road: Road, engine: ScriptedEngine, words: str) -> None:
    """A bare yes may be one to the other button."""
    await published(road.service)
    engine.next_answer = answer("En vahvista.", topic="rumours_and_news", buttons=(("topic:need_to_talk", "Puhu"),))
    aino = road.citizen("Aino")
    aino.writes("onks kalliossa joku juttu")
    await aino.next_reply()
    aino.writes(words)
    await aino.next_reply()

    async with road.service.database.transaction() as session:
        assert await session.scalar(select(func.count()).select_from(BulletinFollower)) == 0


async def test_two_processes_tell_each_follower_once(service: Service, settings: Settings) -> None:
    bulletin_id = await published(service)
    talks = [await conversation(service) for _ in range(12)]
    async with service.database.transaction() as session:
        for talk in talks:
            assert await follow(session, talk, bulletin_id)
            assert await follow(session, talk, bulletin_id)
    await corrected(service, bulletin_id)
    other = create_service(settings, ScriptedEngine())
    await asyncio.gather(*(notify_followers(each) for each in (service, other) * 3))
    await other.close()

    async with service.database.transaction() as session:
        queued = list(await session.scalars(select(OutboxItem.conversation_id)))
    assert sorted(queued) == sorted(talk.id for talk in talks)


async def test_outside_the_window_and_while_an_officer_talks_nobody_is_told_and_a_reply_goes_first(
    service: Service,
) -> None:
    bulletin_id = await published(service)
    late, talked_to, waiting = [await conversation(service) for _ in range(3)]
    async with service.database.transaction() as session:
        for talk in (late, talked_to, waiting):
            await follow(session, talk, bulletin_id)
        (await session.get_one(Conversation, late.id)).last_citizen_message_at = now() - dt.timedelta(hours=24)
        (await session.get_one(Conversation, talked_to.id)).state = ConversationState.OFFICER
        (await session.get_one(Conversation, waiting.id)).language = Language.SV
    await withdrawn(service, bulletin_id)
    await notify_followers(service)
    await queue(service, await conversation(service), "ett svar")

    said = await texts(service)
    assert said[0] == "ett svar"
    assert len(said) == 2
    assert said[1].startswith("*Knivdåd i Berghäll*\nPolisen har återkallat")
    async with service.database.transaction() as session:
        (await session.get_one(Conversation, talked_to.id)).state = ConversationState.BOT
    await notify_followers(service)
    assert len(await texts(service)) == 1


async def test_who_is_blocked_hears_of_no_change_and_who_cannot_be_told_holds_nobody_up(service: Service) -> None:
    bulletin_id = await published(service)
    blocked, broken, other = [await conversation(service) for _ in range(3)]
    async with service.database.transaction() as session:
        for talk in (blocked, broken, other):
            await follow(session, talk, bulletin_id)
        (await session.get_one(Contact, blocked.contact_id)).blocked_at = now()
        (await session.get_one(Conversation, broken.id)).wrapped_key = b"of a data key that is gone"
    await withdrawn(service, bulletin_id)
    assert await notify_followers(service) is False

    async with service.database.transaction() as session:
        assert list(await session.scalars(select(OutboxItem.conversation_id))) == [other.id]


async def test_a_bulletin_that_is_over_cannot_be_followed_and_followers_are_forgotten(service: Service) -> None:
    bulletin_id, talk = await published(service), await conversation(service)
    async with service.database.transaction() as session:
        assert await follow(session, talk, bulletin_id)
        assert await delete_old_followers(session) == 0
        ends_at = (await session.get_one(Bulletin, bulletin_id)).ends_at
    assert ends_at is not None
    with time_machine.travel(ends_at + FOLLOWERS_KEPT + dt.timedelta(seconds=1)):
        async with service.database.transaction() as session:
            assert not await follow(session, talk, bulletin_id)
            assert not await follow(session, talk, uuid.uuid4())
            assert await delete_old_followers(session) == 1


async def test_a_citizen_who_is_erased_follows_nothing(service: Service) -> None:
    bulletin_id, talk = await published(service), await conversation(service)
    async with service.database.transaction() as session:
        await follow(session, talk, bulletin_id)
        await session.delete(await session.get_one(Conversation, talk.id))
    async with service.database.transaction() as session:
        assert await session.scalar(select(func.count()).select_from(BulletinFollower)) == 0


async def test_the_hours_are_filled_into_an_answer_and_stand_on_the_pages_of_privacy_and_chat(
    road: Road, engine: ScriptedEngine
) -> None:
    engine.next_answer = answer("Jonossa. {officer_presence}", topic="talk_to_officer", language="sv")
    citizen = road.citizen()
    citizen.writes("jag vill prata med en polis")
    said = (await citizen.next_reply()).text
    async with httpx2.AsyncClient(base_url=f"http://127.0.0.1:{road.settings.port}", trust_env=False) as client:
        page = await client.get("/privacy?lang=en")
        chat = await client.get("/chat?lang=fi")
        other = create_service(road.settings, ScriptedEngine())
        week = {key: ["8:00-20:00"] for key in WEEK}
        async with other.database.transaction() as session:
            await save_hours(session, OLIVIA, {"week": week, "holidays": []})
        await other.close()

        async def is_shown() -> bool:
            return "Polisen svarar i den här chatten mån–sön kl. 8–20." in (await client.get("/chat?lang=sv")).text

        await until(is_shown, 20)

    assert "Polisen svarar i den här chatten mån–fre kl. 9–16." in said
    assert "Officers answer in this chat Mon–Fri 9 am–4 pm." in page.text
    assert '<p class="welcome" id="hours">Poliisi vastaa tässä chatissa ma–pe klo 9–16.' in chat.text


async def test_everybody_reads_what_was_published_corrected_and_withdrawn(road: Road) -> None:
    bulletin_id = await published(road.service)
    hidden = await published(road.service, starts_at=now() + dt.timedelta(minutes=50), places=["Kamppi"])
    words = {**WORDS, "sv": {"title": "Knivdåd i Berghäll", "text": "Två personer har knivskurits i Berghäll."}}
    await corrected(road.service, bulletin_id, words=words)
    async with httpx2.AsyncClient(base_url=f"http://127.0.0.1:{road.settings.port}", trust_env=False) as client:
        page = await client.get("/bulletins?lang=sv")
        again = await client.get("/bulletins?lang=sv", headers={"if-none-match": page.headers["etag"]})
        by_browser = await client.get("/bulletins", headers={"accept-language": "en-GB,en;q=0.8"})
        feed = await client.get("/bulletins.atom?lang=sv")
        await withdrawn(road.service, bulletin_id)
        after = await client.get("/bulletins?lang=sv", headers={"if-none-match": page.headers["etag"]})

    assert "<ins>" in page.text
    assert "Två personer" in page.text
    assert hidden.hex not in page.text
    assert "Olivia" not in page.text + feed.text
    assert (again.status_code, again.content) == (304, b"")
    assert page.headers["cache-control"].startswith("public, max-age=30")
    assert 'lang="en"' in by_browser.text
    assert feed.headers["content-type"].startswith("application/atom+xml")
    assert "Rättat: Knivdåd i Berghäll" in feed.text
    assert after.status_code == 200
    assert "Återkallat" in after.text
