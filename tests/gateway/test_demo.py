"""Checks of the demo: it fills the real service, refuses where it must not, and adds nothing the second time."""

import datetime as dt
import random
from pathlib import Path

import pytest

from demo import fill as demo
from demo import talks
from demo.fill import DemoRefused, fill, is_filled, refuse_unsafe
from gateway.accounts import audit
from gateway.accounts.demonstration import make_people
from gateway.analytics import months
from gateway.analytics.models import Measure
from gateway.analytics.queries import first_day, rounded_counts
from gateway.api.reading import queue_now
from gateway.app import create_service
from gateway.bulletins.published import public_bulletins
from gateway.core.config.settings import Settings
from gateway.core.locale import HELSINKI
from gateway.dialogue.compose import OFFICER_TOPIC
from gateway.dialogue.engine import DialogueAnswer, DialogueRequest
from tests.worlds.ports import free_port
from tests.worlds.scripted_engine import ScriptedEngine, answer

pytestmark = pytest.mark.anyio

TOPICS = ("account_hacked", "bank_phishing", "sextortion", "report_how")


class ListeningEngine(ScriptedEngine):
    """Answers by what is written, as far as the demo needs it."""

    async def answer(self, request: DialogueRequest) -> DialogueAnswer:
        text = request.text or ""
        language = next((key for key, asks in talks.ASKS.items() if asks == text), "fi")
        self.next_answer = answer(topic=TOPICS[len(text) % 4], language=language)
        if text in talks.ASKS.values():
            self.next_answer = answer("Pyydän poliisia.", topic=OFFICER_TOPIC, language=language, escalation=("asked",))
        if "veitsi" in text:
            self.next_answer = answer("112", topic="immediate_danger", danger="emergency")
        return await super().answer(request)


@pytest.fixture
def settings(migrated_sqlite: Path, tmp_path: Path) -> Settings:
    (tmp_path / "neuvo.db").write_bytes(migrated_sqlite.read_bytes())
    port = free_port()
    return Settings(
        database_url=f"sqlite:///{tmp_path / 'neuvo.db'}",
        state_dir=tmp_path,
        port=port,
        internal_port=0,
        public_url=f"http://localhost:{port}",
    )


@pytest.mark.timeout(300)
async def test_a_filled_service_has_a_queue_a_wave_a_notice_and_figures(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(demo, "_REPLY_WITHIN", 3.0)
    await make_people(settings)
    await fill(settings, ListeningEngine(), count=48)

    service = create_service(settings, ScriptedEngine())
    today, last = dt.datetime.now(HELSINKI).date(), months.newest()
    async with service.database.transaction() as session:
        queue = await queue_now(session, settings.officer_lost_seconds)
        recent = await rounded_counts(session, today - dt.timedelta(days=60), today)
        begun = await first_day(session)
        (notice,) = await public_bulletins(session, "fi")
    await service.close()

    assert (queue.waiting, queue.waiting_emergency) == (len(talks.QUEUE), 1)
    assert recent.total(Measure.PEOPLE, "") >= 45
    assert recent.total(Measure.SCAM, talks.WAVE) >= 5
    assert recent.total(Measure.DANGER) == 0  # of one: below a step
    assert begun is not None
    assert begun < months.after(last)
    assert "vero" in f"{notice.title} {notice.text}".lower()
    assert "· 48 of 48 talks" in capsys.readouterr().out
    assert await is_filled(settings)


async def test_a_new_database_is_not_filled_and_a_half_filled_one_is_refused(settings: Settings) -> None:
    assert not await is_filled(settings)
    service = create_service(settings, ScriptedEngine())
    async with service.database.transaction() as session:
        await audit.record(session, "operator", demo._BEGUN, "demo")
    await service.close()
    with pytest.raises(DemoRefused, match="half-way"):
        await is_filled(settings)


@pytest.mark.parametrize(
    "wrong",
    [{"environment": "production"}, {"simulator": False}, {"demonstration": False}, {"graph_base_url": "http://a"}],
    ids=str,
)
def test_where_others_could_be_harmed_the_demo_is_refused(settings: Settings, wrong: dict[str, object]) -> None:
    refuse_unsafe(settings)
    with pytest.raises(DemoRefused):
        refuse_unsafe(settings.model_copy(update=wrong))


def test_the_talks_are_in_three_languages_and_the_same_each_time() -> None:
    made = [talks.ordinary(100, random.Random(1)) for _ in range(2)]
    assert made[0] == made[1]
    assert {each.language for each in made[0]} == set(talks.LANGUAGES)
    assert len({each.texts for each in made[0]}) >= 90, "Nearly everybody writes something of their own."
    assert sum(len(each.texts) for each in made[0]) >= 250
    assert sum(each.to_officer for each in made[0]) == 8
