"""Checks of the web chat on the whole road: page, inbox, turn, outbox, stream, statuses; real HTTP, real databases."""

import asyncio
import datetime as dt
import uuid
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import func, select, update

from gateway.channels.webchat.models import WebMessage, WebSession
from gateway.console.queue_view import queue_view
from gateway.content.editing.feedback_inbox import copy_of, groups
from gateway.content.models import MissReason
from gateway.conversations.kinds import Author
from gateway.conversations.models import Contact, ContactAddress, Conversation, Message, OutboxItem, Turn
from gateway.core.config.settings import Settings
from gateway.core.database import Base, now
from gateway.core.locale import Language
from gateway.core.models import TokenBucket
from gateway.handover.models import QueueEntry
from gateway.ops.backup.tables import EXCLUDED_TABLES
from gateway.privacy.erased_list import ErasedList
from tests.worlds.outage import away
from tests.worlds.outbox import put
from tests.worlds.road import until
from tests.worlds.scripted_engine import ScriptedEngine, answer
from tests.worlds.webchat_visitor import OWN_PAGE, Chat, News, Visitor, open_chat, words_of

pytestmark = pytest.mark.anyio


@pytest.fixture
async def chat(settings: Settings, engine: ScriptedEngine) -> AsyncIterator[Chat]:
    async with open_chat(settings, engine) as chat:
        yield chat


@pytest.fixture
async def visitor(chat: Chat) -> AsyncIterator[Visitor]:
    visitor = chat.visitor()
    await visitor.open()
    yield visitor
    await visitor.close()


async def heard(news: News, author: str, count: int) -> list[str]:
    """The words of one side, once there are so many."""

    async def enough() -> bool:
        return len(news.texts(author)) >= count

    await until(enough)
    return news.texts(author)


async def count(chat: Chat, table: type[Base]) -> int:
    async with chat.service.database.transaction() as session:
        return (await session.scalar(select(func.count()).select_from(table))) or 0


async def one[Row: Base](chat: Chat, table: type[Row]) -> Row:
    async with chat.service.database.transaction() as session:
        return (await session.scalars(select(table))).one()


async def test_words_are_answered_on_the_stream_with_buttons_and_a_tapped_button_is_a_topic(
    visitor: Visitor, engine: ScriptedEngine
) -> None:
    engine.next_answer = answer("Vaihda salasana.", buttons=(("topic:account_hacked", "Tili kaapattu"),))
    async with visitor.listening() as news:
        assert (await visitor.write("mun tili hakkeroitiin")).status_code == 200
        said = await heard(news, "bot", 1)
        choice = next(each for each in news.entries if each["author"] == "bot")["choices"][0]
        await visitor.write(choice["title"], choice=choice["id"])
        await heard(news, "bot", 2)

    assert "Vaihda salasana." in said[0]
    assert choice == {"id": "topic:account_hacked", "title": "Tili kaapattu"}
    assert (engine.asked[0].text, engine.asked[0].channel) == ("mun tili hakkeroitiin", "web")
    assert (engine.asked[1].text, engine.asked[1].choice) == (None, "account_hacked")
    assert news.texts("citizen") == ["mun tili hakkeroitiin", "Tili kaapattu"]


async def test_a_message_that_is_pasted_is_taken_apart_here_too(visitor: Visitor, engine: ScriptedEngine) -> None:
    async with visitor.listening() as news:
        await visitor.write("got a text: Your tax refund of 312,40e is ready. Claim: http://vero-refund.info/me?id=7")
        await heard(news, "bot", 1)

    (parts,) = [request.scam_check for request in engine.asked if request.scam_check is not None]
    assert parts["suspicion"] == "strong"
    assert "id=7" not in str(parts)


async def test_the_page_without_script_comes_back_with_the_answer_in_it(
    visitor: Visitor, engine: ScriptedEngine
) -> None:
    engine.delay = 0.4
    form = {"text": "mun tili hakkeroitiin", "id": uuid.uuid4().hex, "lang": "sv"}
    sent = await visitor.client.post("/chat/messages", data=form, headers={"Sec-Fetch-Site": "same-origin"})
    page = await visitor.client.get(sent.headers["location"])

    assert sent.status_code == 303
    assert '<html lang="sv"' in page.text
    assert [words[:21] for words in words_of(page.text)] == ["mun tili hakkeroitiin", "Olen Helsingin poliis"]


async def test_the_same_message_sent_twice_is_one_message_with_one_reply(visitor: Visitor, chat: Chat) -> None:
    name = uuid.uuid4().hex
    async with visitor.listening() as news:
        for _ in range(3):
            assert (await visitor.write("mun tili hakkeroitiin", id=name)).status_code == 200
        await heard(news, "bot", 1)
        await asyncio.sleep(0.3)

    assert (await count(chat, Message), await count(chat, Turn), len(news.texts("bot"))) == (1, 1, 1)


async def test_a_reply_is_delivered_when_the_stream_has_it_and_read_when_the_page_says_so(
    visitor: Visitor, chat: Chat
) -> None:
    async def rank_is(rank: int) -> bool:
        return (await one(chat, OutboxItem)).delivery_rank == rank

    async with visitor.listening() as news:
        await visitor.write("mun tili hakkeroitiin")
        await heard(news, "bot", 1)
        await until(lambda: rank_is(2))
        assert (await visitor.post("/chat/read", number="1")).status_code == 204
        await until(lambda: rank_is(3))

    assert (await one(chat, OutboxItem)).state == "sent"


async def test_nothing_is_delivered_to_a_page_that_does_not_listen(visitor: Visitor, chat: Chat) -> None:
    await visitor.write("mun tili hakkeroitiin")

    async def sent() -> bool:
        return await count(chat, WebMessage) == 1

    await until(sent)
    await asyncio.sleep(0.2)
    assert (await one(chat, OutboxItem)).delivery_rank == 0


async def test_a_reply_that_a_page_had_as_it_was_closed_is_delivered(visitor: Visitor, chat: Chat) -> None:
    if chat.service.database.is_sqlite:
        pytest.skip("SQLite has one writer: while it is held up, a page is shown nothing.")
    await visitor.write("mun tili hakkeroitiin")

    async def waits() -> bool:
        return await count(chat, WebMessage) == 1

    async def delivered() -> bool:
        return (await one(chat, OutboxItem)).delivery_rank == 2

    await until(waits)
    async with chat.service.database.transaction() as session:
        await session.execute(select(WebMessage).with_for_update())  # nobody can note what was handed over
        async with visitor.listening() as news:
            await heard(news, "bot", 1)
        await asyncio.sleep(0.3)  # the gateway has seen that the page is gone

    await until(delivered)


async def test_a_stream_goes_on_after_its_last_event_and_brings_nothing_twice(visitor: Visitor) -> None:
    async with visitor.listening() as first:
        await visitor.write("yksi asia")
        await heard(first, "bot", 1)
    await visitor.write("toinen asia")
    async with visitor.listening(first.last_id) as second:
        await heard(second, "bot", 1)
        await asyncio.sleep(0.2)
    async with visitor.listening() as from_the_beginning:
        await heard(from_the_beginning, "bot", 2)

    assert second.texts("citizen") == ["toinen asia"]
    assert len(second.texts("bot")) == 1
    assert from_the_beginning.entries == [*first.entries, *second.entries]


async def test_typing_is_shown_while_the_engine_thinks_and_ends_with_the_answer(
    visitor: Visitor, engine: ScriptedEngine
) -> None:
    engine.delay = 0.5
    async with visitor.listening() as news:
        await visitor.write("mun tili hakkeroitiin")
        await heard(news, "bot", 1)

    assert max(news.typing) > 0
    assert news.typing[-1] == 0


async def test_an_officer_is_told_from_the_bot(visitor: Visitor, chat: Chat) -> None:
    async with visitor.listening() as news:
        await visitor.write("mun tili hakkeroitiin")
        await heard(news, "bot", 1)
        async with chat.service.database.transaction() as session:
            talk = (await session.scalars(select(Conversation))).one()
            await put(session, chat.service, talk, "Hei, olen konstaapeli.", Author.OFFICER)
        chat.service.wake_outbox()
        assert await heard(news, "officer", 1) == ["Hei, olen konstaapeli."]

    assert '<li class="row officer"' in (await visitor.open()).text


async def test_the_web_keeps_to_nobody_elses_pace(settings: Settings, engine: ScriptedEngine) -> None:
    slow = settings.model_copy(update={"pair_burst": 1.0, "pair_seconds": 60.0, "number_rate": 1.0})
    async with open_chat(slow, engine) as chat:
        visitor = chat.visitor()
        await visitor.open()
        await six_replies_come_at_once(visitor, chat)
        await visitor.close()


async def six_replies_come_at_once(visitor: Visitor, chat: Chat) -> None:
    async with visitor.listening() as news:
        await visitor.write("mun tili hakkeroitiin")
        await heard(news, "bot", 1)
        async with chat.service.database.transaction() as session:
            talk = (await session.scalars(select(Conversation))).one()
            for number in range(5):
                await put(session, chat.service, talk, f"{number}")
        chat.service.wake_outbox()
        said = await heard(news, "bot", 6)
        async with chat.service.database.transaction() as session:
            scopes = set(await session.scalars(select(TokenBucket.scope)))

    assert said[1:] == [f"{number}" for number in range(5)]
    assert scopes == {"chat", "address"}


async def test_a_message_is_kept_while_the_database_is_away_and_answered_when_it_is_back(
    settings: Settings, engine: ScriptedEngine
) -> None:
    settings = settings.model_copy(update={"storage_timeout": 0.5})
    async with open_chat(settings, engine) as chat:
        visitor = chat.visitor()
        await visitor.open()
        async with away(settings.database_url):
            assert (await visitor.write("apua mun tili hakkeroitiin")).status_code == 200
        async with visitor.listening() as news:
            assert len(await heard_slowly(news)) == 1
        await visitor.close()

    assert [each.text for each in engine.asked] == ["apua mun tili hakkeroitiin"]


async def test_page_and_stream_bear_it_when_the_database_is_away(settings: Settings, engine: ScriptedEngine) -> None:
    settings = settings.model_copy(update={"storage_timeout": 0.5})
    async with open_chat(settings, engine) as chat:
        visitor = chat.visitor()
        await visitor.open()
        async with visitor.listening() as news:
            await visitor.write("mun tili hakkeroitiin")
            await heard(news, "bot", 1)
        async with away(settings.database_url):
            page = await visitor.open()
            async with visitor.listening() as refused:
                assert refused.status == 503
            forgotten = await visitor.client.post("/chat/end", data={}, headers=OWN_PAGE)
        later = await visitor.open()
        await visitor.close()

    assert (page.status_code, forgotten.status_code, words_of(page.text)) == (200, 503, [])
    assert len(words_of(later.text)) == 2


async def heard_slowly(news: News) -> list[str]:
    async def there() -> bool:
        return bool(news.texts("bot"))

    await until(there, 20)
    return news.texts("bot")


async def test_two_processes_serve_one_session(settings: Settings, engine: ScriptedEngine) -> None:
    if settings.database_url.startswith("sqlite"):
        pytest.skip("SQLite is for one process.")
    async with open_chat(settings, engine) as one_, open_chat(settings, engine) as other:
        writer, listener = one_.visitor(), other.visitor()
        await writer.open()
        for cookie in writer.client.cookies.jar:
            listener.client.cookies.jar.set_cookie(cookie)
        async with listener.listening() as news:
            await writer.write("mun tili hakkeroitiin")
            said = await heard(news, "bot", 1)
            await writer.write("entä sitten")
            await heard(news, "bot", 2)
            await asyncio.sleep(0.3)
        await writer.close()
        await listener.close()

    assert "Hei!" in said[0]
    assert len(news.texts("bot")) == 2


async def test_to_forget_deletes_the_talk_the_contact_and_the_way_back(visitor: Visitor, chat: Chat) -> None:
    async with visitor.listening() as news:
        await visitor.write("mun tili hakkeroitiin")
        await heard(news, "bot", 1)
        await visitor.post("/chat/end")

        async def over() -> bool:
            return news.over

        await until(over)

    tables = (WebMessage, Message, OutboxItem, Conversation, Contact, ContactAddress)

    async def nothing_is_left() -> bool:
        return [await count(chat, table) for table in tables] == [0] * 6

    assert await count(chat, Conversation) == 0  # at once
    await until(nothing_is_left)
    assert (await one(chat, WebSession)).wrapped_key == b""
    assert words_of((await visitor.open()).text) == []


async def test_to_forget_is_the_one_erasure_the_editors_copies_go_and_a_restored_backup_erases_again(
    visitor: Visitor, chat: Chat
) -> None:
    async with visitor.listening() as news:
        await visitor.write("ihan outo asia jota kukaan ei ymmärrä")
        await heard(news, "bot", 1)
    keyring = chat.service.keyring
    async with chat.service.database.transaction() as session:
        for text in ("ihan outo asia jota kukaan ei ymmärrä", "toisen ihmisen outo asia"):
            session.add_all(copy_of(keyring, reason=MissReason.MISSED, language=Language.FI, topic=None, text=text))
    talk = (await one(chat, Conversation)).id
    await visitor.post("/chat/end")

    async with chat.service.database.transaction() as session:
        (group,) = await groups(session, keyring)
    assert group.texts == ["toisen ihmisen outo asia"]

    async def listed() -> bool:
        erased = ErasedList(chat.service.settings.erased_folder)
        return [each.conversations for each in erased] == [(talk.hex,)]

    await until(listed)
    assert "missed_message" in EXCLUDED_TABLES


async def test_a_ticket_that_was_copied_before_the_end_opens_nothing_afterwards(visitor: Visitor, chat: Chat) -> None:
    thief = chat.visitor()
    for cookie in visitor.client.cookies.jar:
        thief.client.cookies.jar.set_cookie(cookie)
    async with visitor.listening() as news:
        await visitor.write("mun tili hakkeroitiin")
        await heard(news, "bot", 1)
    await visitor.post("/chat/exit")

    assert (await thief.write("hei")).status_code == 409
    async with thief.listening() as stolen:
        assert stolen.status == 204
    assert words_of((await thief.open()).text) == []
    await thief.close()


async def test_danger_stays_in_front_of_the_officers_when_the_citizen_forgets_the_chat(
    visitor: Visitor, chat: Chat, engine: ScriptedEngine
) -> None:
    engine.next_answer = answer("112", danger="emergency")
    async with visitor.listening() as news:
        await visitor.write("joku murtautuu meille")
        await heard(news, "bot", 1)
    await visitor.post("/chat/end")

    assert (await one(chat, QueueEntry)).urgency == "emergency"
    assert (await count(chat, Message), await count(chat, WebMessage)) == (1, 0)


async def test_to_leave_quickly_ends_the_session_and_leads_elsewhere(visitor: Visitor, chat: Chat) -> None:
    async with visitor.listening() as news:
        await visitor.write("mun tili hakkeroitiin")
        await heard(news, "bot", 1)
    left = await visitor.post("/chat/exit")

    assert (left.status_code, left.headers["location"]) == (303, chat.settings.chat_exit_url)
    assert not list(visitor.client.cookies.jar)
    assert (await count(chat, WebMessage), await count(chat, Message)) == (0, 1)


async def test_a_silent_session_is_over_and_its_words_are_deleted(visitor: Visitor, chat: Chat) -> None:
    async with visitor.listening() as news:
        await visitor.write("mun tili hakkeroitiin")
        await heard(news, "bot", 1)
    async with chat.service.database.transaction() as session:
        await session.execute(update(WebSession).values(last_seen_at=now() - dt.timedelta(minutes=31)))

    assert words_of((await visitor.open()).text) == []
    assert (await count(chat, WebSession)) == 1


async def test_a_reply_to_a_session_that_is_over_is_given_up_and_calls_nobody(visitor: Visitor, chat: Chat) -> None:
    await visitor.write("hei")

    async def sent() -> bool:
        return await count(chat, WebMessage) == 1

    await until(sent)
    await visitor.post("/chat/exit")
    async with chat.service.database.transaction() as session:
        talk = (await session.scalars(select(Conversation))).one()
        await put(session, chat.service, talk, "x")
    chat.service.wake_outbox()

    async def failed() -> bool:
        async with chat.service.database.transaction() as session:
            states = await session.scalars(select(OutboxItem.state).order_by(OutboxItem.sequence))
            return states.all()[-1] == "failed"

    await until(failed)
    assert await count(chat, QueueEntry) == 0


async def test_one_network_does_not_fill_the_top_of_the_queue_and_is_told_to_be_one(
    chat: Chat, engine: ScriptedEngine
) -> None:
    engine.next_answer = answer("112", danger="emergency")
    chats = [chat.visitor() for _ in range(7)]
    for number, each in enumerate(chats):
        each.client.headers["X-Forwarded-For"] = "203.0.113.6" if number == 6 else "203.0.113.5"
        await each.open()
        await each.write(f"apua joku murtautuu meille {number}")

        async def queued(places: int = number + 1) -> bool:
            return await count(chat, QueueEntry) == places

        await until(queued)
        await each.close()
    async with chat.service.database.transaction() as session:
        rows = (await queue_view(session, chat.service)).rows

    assert [row.words[-1] for row in rows] == ["0", "1", "2", "6", "3", "4", "5"]
    assert [row.of_one_network for row in rows] == [6, 6, 6, 0, 6, 6, 6]
