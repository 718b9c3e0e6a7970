"""Waves of scam messages: counted by sender and story, named in the reader's language, and drafted as a bulletin."""

import datetime as dt

import pytest
from sqlalchemy import select

from gateway.analytics.counts import cells_of
from gateway.analytics.models import CountIncrement, Measure
from gateway.bulletins.form import content_of, empty_fields
from gateway.bulletins.matching import match
from gateway.bulletins.scam_draft import scam_fields
from gateway.content.editing.missed_messages import _reason
from gateway.content.models import MissReason
from gateway.conversations.kinds import ChannelName, TurnOutcome
from gateway.conversations.models import Conversation, Turn
from gateway.conversations.scam_checks import ScamChecks
from gateway.conversations.scam_wording import ASKED, REASONS, STORIES, SUSPICIONS, wave_name
from gateway.core.config.settings import PROJECT
from gateway.core.locale import LANGUAGES
from gateway.service import Service
from gateway.turns.run import run_turn
from scam_check.kinds import Asked, ReasonKind, Story, Suspicion
from tests.gateway.inbox.test_scam_checks import PASTED, deliver
from tests.worlds import whatsapp_bodies as bodies
from tests.worlds.scripted_engine import ScriptedEngine, answer

AT = dt.datetime(2026, 11, 28, 12, tzinfo=dt.UTC)
SENDERS = ScamChecks(PROJECT / "data", None).senders


@pytest.mark.anyio
async def test_a_turn_counts_once_a_day_by_sender_and_story_and_by_nothing_else(service: Service) -> None:
    engine = service.engine
    assert isinstance(engine, ScriptedEngine)
    engine.next_answer = answer(topic="scam_check")
    for _ in range(2):
        await deliver(service, bodies.message(body=PASTED))
        async with service.database.transaction() as session:
            (conversation,) = (await session.scalars(select(Conversation.id))).all()
        while await run_turn(service, conversation) is True:
            pass

    async with service.database.transaction() as session:
        turns = (await session.scalars(select(Turn.scam))).all()
        counted = (await session.scalars(select(CountIncrement).where(CountIncrement.measure == Measure.SCAM))).all()

    assert set(turns) == {"vero:refund"}
    assert [(each.part, each.count) for each in counted] == [("vero:refund", 1)]


def test_a_turn_without_a_suspicious_message_counts_in_no_wave() -> None:
    cells = cells_of(TurnOutcome.ANSWERED, "parcel_sms", "fi", None, ChannelName.WHATSAPP)

    assert not [measure for measure, _ in cells if measure == Measure.SCAM]


def test_the_closed_lists_have_words_for_the_staff() -> None:
    for names, kinds in ((SUSPICIONS, Suspicion), (REASONS, ReasonKind), (ASKED, Asked), (STORIES, Story)):
        assert set(names) == {kind.value for kind in kinds}
    assert wave_name("sv", "vero:refund", SENDERS) == "Skatteförvaltningen: återbetalning"
    assert wave_name("fi", "none:job", SENDERS) == "työpaikka"
    assert wave_name("en", "gone:job", SENDERS) == "gone: job"


@pytest.mark.parametrize("key", sorted(SENDERS))
def test_the_draft_of_every_sender_is_a_bulletin_that_can_be_proposed(key: str) -> None:
    for story in Story:
        fields = scam_fields(f"{key}:{story.value}", SENDERS, AT)
        assert content_of({**fields, "keywords": fields["keywords"] or "huijaus"}).places == ("Helsinki",)


def test_the_draft_is_found_by_who_pastes_the_same_and_not_by_others() -> None:
    keywords = content_of(scam_fields("vero:refund", SENDERS, AT)).keywords

    assert match(PASTED, (), keywords).keywords
    assert not match("mun pyörä varastettiin", (), keywords).keywords


@pytest.mark.parametrize("wave", ["", "x", "vero", "vero:nonsense", "<script>:refund", "vero:refund:more", ":" * 80])
def test_an_address_that_is_no_wave_gives_an_empty_form(wave: str) -> None:
    assert scam_fields(wave, SENDERS, AT) == empty_fields(AT)


def test_a_wave_without_a_known_sender_is_told_by_its_story() -> None:
    fields = scam_fields("none:new_number", SENDERS, AT)

    assert "närståendes nya nummer" in fields["text_sv"]
    assert all(fields[f"title_{language}"] for language in LANGUAGES)


def test_what_the_check_could_not_tell_is_in_the_editors_inbox_and_a_warning_is_not() -> None:
    assert _reason(Turn(topic="scam_check", confidence=1.0, guesses=[], scam=None)) is MissReason.SCAM_UNTOLD
    assert _reason(Turn(topic="scam_check", confidence=1.0, guesses=[], scam="vero:refund")) is None
