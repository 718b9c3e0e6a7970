"""The inbox as a desk: what is understood by now leaves, nothing of danger is preselected, several go at once."""

import html
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import func, select, update

from gateway.content.editing import feedback_inbox
from gateway.content.errors import ContentRefused
from gateway.content.models import MissedMessage, MissReason
from gateway.content.routes import inbox
from gateway.core.config.settings import Settings
from gateway.core.locale import Language
from tests.worlds.editors import Editor, Editors, editors

pytestmark = pytest.mark.anyio
HERE = "/content/inbox"


class NoEncoder:
    """A machine without the encoder's environment: messages are grouped by their words."""

    async def labels(self, texts: list[str], languages: list[str]) -> list[int]:
        raise ContentRefused("not_trained_here")


@pytest.fixture
async def workshop(settings: Settings, template: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Editors]:
    monkeypatch.setattr(inbox, "meaning_of", lambda _: NoEncoder())
    async with editors(settings, template) as made:
        yield made


async def keep(workshop: Editors, text: str, reason: MissReason, topic: str = "", now: str = "") -> None:
    """A missed message; the bot that is live now is sure that it is `now`."""
    rows = feedback_inbox.copy_of(workshop.service.keyring, reason=reason, language=Language.FI, topic=topic, text=text)
    for row in rows:
        row.now_topic, row.now_confidence, row.asked_release = now or "nlu_fallback", 0.97, 1
    async with workshop.service.database.transaction() as session:
        session.add_all(rows)


async def waiting(editor: Editor, **query: str) -> list[str]:
    """The texts that wait to be dealt with, without those that have left."""
    page = await editor.get(f"{HERE}?{'&'.join(f'{name}={value}' for name, value in query.items())}")
    return re.findall(r'class="missed-text" lang="fi">([^<]+)<', page.partition("by now</summary>")[0])


async def test_what_the_bot_understands_by_now_leaves(workshop: Editors) -> None:
    editor = await workshop.editor("elina")
    await keep(workshop, "instani vietiin eilen", MissReason.MISSED, now="account_hacked")
    await keep(workshop, "linkki tuli postilta", MissReason.WRONG_GUESS, "sextortion", now="parcel_sms")
    stays = {
        "ei edelleenkään tajuta": ("", MissReason.MISSED, ""),
        "tajuttiin muttei auttanut": ("parcel_sms", MissReason.NOT_HELPED, "parcel_sms"),
        "arvataan väärin vieläkin": ("parcel_sms", MissReason.WRONG_GUESS, "parcel_sms"),
        "tätä luullaan hädäksi": ("", MissReason.MISSED, "suicidal_thoughts"),
    }
    for text, (topic, reason, now) in stays.items():
        await keep(workshop, text, reason, topic, now)
    assert set(await waiting(editor)) == stays.keys()
    page = await editor.get(HERE)
    assert "The bot understands 2 groups by now" in page
    assert "instani vietiin eilen" in page, "who doubts it can look"


async def test_no_topic_of_danger_is_chosen_beforehand(workshop: Editors) -> None:
    """Row 18."""
    editor = await workshop.editor("elina")
    asked = {"suicidal_thoughts": ("asdf qwer", []), "parcel_sms": ("se linkki taas", ["parcel_sms"])}
    for topic, (text, chosen) in asked.items():
        await keep(workshop, text, MissReason.CHOSEN, topic)
        page = await editor.get(HERE)
        (address,) = re.findall(rf'href="({HERE}/[0-9a-f-]+)">Deal with it<[^<]+: {text}', page)
        form = await editor.get(address)
        assert re.findall(r'<option value="([a-z_]+)" selected>', form.partition('id="topic"')[2]) == chosen


async def test_several_groups_are_joined_or_deleted_at_once(workshop: Editors) -> None:
    """Row 17."""
    editor = await workshop.editor("elina")
    for text in ("koira karkasi metsään", "mistä löydän kissani", "paljonko passi maksaa"):
        await keep(workshop, text, MissReason.MISSED)
    page = await editor.get(HERE)
    of = {
        text: value for value, text in re.findall(r'name="chosen" value="([^"]+)" aria-label="Choose: ([^"]+)"', page)
    }
    pets = [of["koira karkasi metsään"], of["mistä löydän kissani"]]
    assert (await editor.post(f"{HERE}/several", do="join", chosen=pets[:1])).status_code == 422, "one is not several"
    assert (await editor.post(f"{HERE}/several", do="join", chosen=pets)).status_code == 303
    assert len(await waiting(editor)) == 2
    assert (await editor.post(f"{HERE}/several", do="discard", chosen=[pets[0]])).status_code == 303
    assert await waiting(editor) == ["paljonko passi maksaa"]
    async with workshop.service.database.transaction() as session:
        assert await session.scalar(select(func.count()).select_from(MissedMessage)) == 1


async def test_the_inbox_and_the_figures_lead_to_each_other_by_topic(workshop: Editors) -> None:
    editor = await workshop.editor("elina")
    await keep(workshop, "tuli outo paketti", MissReason.UNSURE, "parcel_sms")
    await keep(workshop, "joku on tilillä", MissReason.UNSURE, "account_hacked")
    assert await waiting(editor, topic="parcel_sms") == ["tuli outo paketti"]
    assert 'href="/console/figures/answers#topic-parcel_sms"' in await editor.get(HERE)
    assert "What became of the answers" in html.unescape(await editor.get("/console/figures/answers"))


async def test_a_group_is_asked_again_before_it_leaves(workshop: Editors) -> None:
    """What nobody has asked again waits, whatever the bot took it for at first."""
    editor = await workshop.editor("elina")
    await keep(workshop, "instani vietiin eilen", MissReason.MISSED, "account_hacked", now="account_hacked")
    async with workshop.service.database.transaction() as session:
        await session.execute(update(MissedMessage).values(now_topic=None, now_confidence=None, asked_release=None))
    assert await waiting(editor) == ["instani vietiin eilen"]
