"""Two editors publish in Chromium while citizens write: `python -m tests.bench.editing [--rate 20] [--pictures DIR]`.

The whole service on PostgreSQL (two gateways, two Rasas, the real model, Meta's stand-in with its phone). A missed
message becomes a topic in three languages; the check refuses it twice; the other editor approves; it is trained,
examined and published; a phone is answered with it; an answer alone is changed; then they return to yesterday.
Prints how long each took and what went wrong; the status is 1 when anything was lost or answered by the wrong bot.
"""

import argparse
import asyncio
import contextlib
import json
import os
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import Browser, Page, ViewportSize, expect, sync_playwright
from sqlalchemy import select

from gateway.content.models import ContentJob
from gateway.core.config.settings import PROJECT
from tests.bench.faults import Plan, Stage, open_stage, settle
from tests.bench.found_animal import ANSWERS, BETTER, EXAMPLES, FOUND, MISSED, PROBE, SHORT_TITLE, TITLES
from tests.bench.probing import Asking
from tests.worlds.editor_pages import CONFIRMED, UNCONFIRMED, EditorPages, pick, wait_for_job, write
from tests.worlds.services import CHROMIUM_FLAGS, need_chromium
from tests.worlds.simulator_process import DESKTOP

PATIENCE = 1800.0  # seconds for a training beside everything else
REPLY = 300.0  # seconds for a reply: how late it comes is reported, not judged
LAG = 6.0  # seconds in which what was asked before an exchange is answered, and the words are read again


@dataclass
class Story:
    """What the two editors do, in the order of the story; `took` and `replied` are seconds by what took them."""

    stage: Stage
    asking: Asking
    pictures: Path | None
    took: dict[str, float] = field(default_factory=dict)
    replied: dict[str, float] = field(default_factory=dict)

    def play(self) -> None:
        """All of it; raises `AssertionError` where a page is not as it should be."""
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=need_chromium(), args=CHROMIUM_FLAGS)
            expect.set_options(timeout=60_000)
            try:
                self._play(browser)
            finally:
                browser.close()

    def _play(self, browser: Browser) -> None:
        url = self.stage.weather.stack.url
        eetu, elli = (
            EditorPages(browser.new_context(viewport=DESKTOP, locale="fi-FI"), url, login, "fi")  # type: ignore[arg-type]
            for login in ("eetu", "elli")
        )
        with self.asking.while_live("old", LAG):
            with self._phone(browser, "Aino") as phone:
                for place, text in enumerate(MISSED):
                    self._say(phone, text, place + 1)
            self._make_topic(eetu)
            self._be_refused(eetu)
            elli.go("/content/publishing").get_by_role("button", name="Olen lukenut muutokset").click()
            expect(elli.page.get_by_text("Hyväksynyt Elli Ranta")).to_be_visible()
            time.sleep(3 * LAG)
        with self._timed("new topic: from the button to live"):
            elli.page.get_by_role("button", name="Julkaise", exact=True).click()
            wait_for_job(elli.page, "valmis", PATIENCE)
        self._picture(elli.page, "published")
        with self.asking.while_live("new", LAG):
            time.sleep(LAG)
            with self._phone(browser, "Eero") as phone:
                told = self._say(phone, PROBE)
                assert ANSWERS["fi"][:20] in told, told
                self._picture(phone, "answered")
            self._change_one_answer(eetu, elli)
            time.sleep(2 * LAG)
        with self._timed("return: from the button to live"):
            elli.page.get_by_role("button", name="Palaa tähän (0)").click()
            wait_for_job(elli.page, "valmis", PATIENCE)
        with self.asking.while_live("old", LAG):
            time.sleep(LAG)
            with self._phone(browser, "Iida") as phone:
                told = self._say(phone, PROBE)
                assert ANSWERS["fi"][:20] not in told, told
            time.sleep(3 * LAG)
        for editor in (eetu, elli):
            assert [each for each in editor.complaints if "status of 4" not in each] == []

    def _make_topic(self, editor: EditorPages) -> None:
        page = editor.go("/content/inbox")
        row = page.locator("li.missed").filter(has_text=FOUND).first
        expect(row).to_be_visible()
        row.get_by_role("link", name="Käsittele").click()
        page.get_by_role("link", name="Tee tästä uusi aihe").click()
        page.get_by_label("Ryhmä").select_option("police_service")
        write(page, {f"title-{language}": title for language, title in TITLES.items()})
        write(page, {f"answer-{language}": text for language, text in ANSWERS.items()})
        write(page, {f"examples-{language}": "\n".join(lines) for language, lines in EXAMPLES.items()})
        pick(page, "fi", UNCONFIRMED)
        page.get_by_role("button", name="Luo aihe").click()
        expect(page.locator("#title-fi")).to_have_value(TITLES["fi"])
        expect(page).to_have_url(f"{editor.url}/content/topics/stray_animal?said=created")
        assert FOUND not in editor.go("/content/inbox").content()

    def _be_refused(self, editor: EditorPages) -> None:
        """A button that is too long, then a number that nobody has confirmed; each is mended where it stands."""
        self._check(editor, f"on {len(TITLES['sv'])} merkkiä")
        page = editor.go("/content/topics/stray_animal")
        write(page, {"title-sv": SHORT_TITLE})
        self._save(page)
        self._check(editor, "UNCONFIRMED")
        self._picture(page, "refused")
        write(editor.go("/content/topics/stray_animal"), {"answer-fi": ANSWERS["fi"]})
        pick(page, "fi", CONFIRMED)
        self._save(page)
        page = editor.go("/content/publishing")
        page.get_by_role("button", name="Julkaise", exact=True).click()
        wait_for_job(page, "ei julkaistu")
        expect(page.locator(".job [role=status]")).to_contain_text("Toisen sisällöntuottajan on hyväksyttävä")

    def _check(self, editor: EditorPages, refusal: str) -> None:
        page = editor.go("/content/publishing")
        page.get_by_role("button", name="Tarkista").click()
        expect(page.locator(".job .notice.bad").filter(has_text=refusal).first).to_be_visible(timeout=120_000)

    def _save(self, page: Page) -> None:
        page.get_by_role("button", name="Tallenna").click()
        expect(page.get_by_role("status").first).to_contain_text("Tallennettu luonnokseen")

    def _change_one_answer(self, eetu: EditorPages, elli: EditorPages) -> None:
        write(eetu.go("/content/topics/stray_animal"), {"answer-en": BETTER})
        self._save(eetu.page)
        elli.go("/content/publishing").get_by_role("button", name="Olen lukenut muutokset").click()
        expect(elli.page.get_by_text("Hyväksynyt Elli Ranta")).to_be_visible()
        with self._timed("one answer of all the content: from the button to live"):
            elli.page.get_by_role("button", name="Julkaise", exact=True).click()
            wait_for_job(elli.page, "valmis", PATIENCE)

    @contextlib.contextmanager
    def _phone(self, browser: Browser, name: str) -> Iterator[Page]:
        """A phone of its own for each citizen: who asked three things in vain waits for an officer.

        Closed after it, for the page shows all the twenty that write each second, which is work of this machine too.
        """
        context = browser.new_context(viewport=ViewportSize(width=375, height=812), locale="fi-FI")
        page = context.new_page()
        page.goto(f"http://127.0.0.1:{self.stage.graph_port}/?language=fi")
        expect(page.locator("#text")).to_be_enabled()
        page.locator("#tools-toggle").click()
        page.locator("#new-phone").click()
        page.locator("#phone-name").fill(name)
        page.locator("#new-phone-form button[type=submit]").click()
        expect(page.locator("#new-phone-card")).to_be_hidden()
        yield page
        context.close()

    def _say(self, phone: Page, text: str, number: int = 1) -> str:
        """Write on the phone and wait for reply number `number`; its text."""
        phone.locator("#text").fill(text)
        bubble = phone.locator("#log .row.service .text").nth(number - 1)
        with self._timed(f"reply {len(self.replied) + 1} on the phone", self.replied):
            phone.locator("#text").press("Enter")
            expect(bubble).to_be_visible(timeout=REPLY * 1000)
        return bubble.inner_text()

    @contextlib.contextmanager
    def _timed(self, what: str, into: dict[str, float] | None = None) -> Iterator[None]:
        began = time.monotonic()
        yield
        (self.took if into is None else into)[what] = time.monotonic() - began

    def _picture(self, page: Page, name: str) -> None:
        if self.pictures is not None:
            self.pictures.mkdir(parents=True, exist_ok=True)
            page.screenshot(path=self.pictures / f"editing-{name}.png", full_page=True)


async def play(folder: Path, rate: float, pictures: Path | None) -> tuple[Story, list[str], list[ContentJob]]:
    """The service, the load and the story; what went wrong, and the jobs as they ended."""
    plan = Plan("postgresql", kills=0, seconds=0, rate=rate, seed=1, gateways=2)
    async with open_stage(folder, plan) as stage:
        asking = Asking(stage.weather.simulator)
        story = Story(stage, asking, pictures)
        load = asyncio.create_task(asking.write(rate))
        try:
            await asyncio.to_thread(story.play)
        except BaseException:
            (PROJECT / "results").mkdir(exist_ok=True)
            shutil.copy(stage.weather.stack.log, PROJECT / "results" / "editing.log")
            raise
        finally:
            asking.stop()
            await load
        await settle(stage)
        async with stage.database.transaction() as session:
            done = list(await session.scalars(select(ContentJob).order_by(ContentJob.created_at)))
        return story, asking.problems(), done


def shown(story: Story, problems: list[str], done: list[ContentJob]) -> str:
    """The report, for people."""
    lines = [f"  {what:<55}{seconds:>8.1f} s" for what, seconds in (story.took | story.replied).items()]
    for job in done:
        seconds = (job.finished_at - job.created_at).total_seconds() if job.finished_at else 0.0
        parts = {
            name: job.result[name]
            for name in ("train_seconds", "swap_seconds", "right", "examined")
            if name in job.result
        }
        lines.append(f"  job {job.kind:<9} {job.state:<9}{seconds:>8.1f} s  {json.dumps(parts)}")
    lines.append(f"  {len(story.asking.asked)} messages asked, {len(problems)} problems")
    for each, times in Counter(problems).most_common(30):
        lines.append(f"  PROBLEM, {times} times: {each}")
    return "\n".join(lines)


def main() -> int:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.editing", description=__doc__)
    parser.add_argument("--rate", type=float, default=20.0, help="messages a second (20)")
    parser.add_argument("--pictures", type=Path, help="a folder for screenshots")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        story, problems, done = asyncio.run(play(Path(folder), chosen.rate, chosen.pictures))
    print(f"editing under {chosen.rate:g} messages a second, load average {os.getloadavg()[0]:.1f}, {PROJECT.name}")
    print(shown(story, problems, done))
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
