"""From a draft to what citizens are told: real training that is killed on the way, real git, real models.

It costs a training and an examination, so one test goes the whole way: a gateway's, then an operator's at a terminal.
"""

import asyncio
import os
import re
import shutil
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from answers.library import Library
from gateway.cli import parser
from gateway.content import commands
from gateway.content.editing.overview import accuracy, results_of_live
from gateway.content.editing.playground import DraftBot
from gateway.content.errors import ContentRefused
from gateway.content.models import ContentJob, JobKind
from gateway.content.publishing import jobs, rasa_process, releases
from gateway.content.publishing.approvals import approve
from gateway.content.publishing.manifest import manifest_path, model_key, read_manifest, write_manifest
from gateway.content.publishing.releases import Published
from gateway.content.publishing.runner import JobRunner
from gateway.content.publishing.selection import waiting
from gateway.content.repository.examples import read_examples
from gateway.content.repository.git import Editor
from gateway.content.repository.topics import AnswerChange, change_answer, read_topic
from gateway.content.repository.working_copy import Change, WorkingCopy
from gateway.content.wording import PARTS
from gateway.core.config.settings import PROJECT, Settings
from gateway.core.database import Database
from gateway.dialogue.engine import DialogueRequest
from tests.worlds.small_content import MAIJA, OLLI, without_embeddings

pytestmark = pytest.mark.anyio
Terminal = Callable[..., Awaitable[tuple[int, str]]]


class Workshop:
    """A working copy, a database and a runner; no Rasa listens at its address."""

    def __init__(self, folder: Path, **settings: object) -> None:
        self.settings = Settings(
            database_url=f"sqlite:///{folder / 'neuvo.db'}",
            state_dir=folder,
            rasa_url="http://127.0.0.1:9",
            **settings,  # type: ignore[arg-type]
        )
        self.database = Database(self.settings.database_url)
        self.config = without_embeddings(folder)
        self.copy = WorkingCopy(folder / "content")
        self.published = Published(self.settings)

    async def order(self, kind: str, **result: object) -> ContentJob:
        async with self.database.transaction() as session:
            return await jobs.enqueue(session, JobKind(kind), self.copy.head, MAIJA, dict(result))

    async def run(self, kind: str, **result: object) -> ContentJob:
        job = await self.order(kind, **result)
        assert await self.runner().run_next(jobs.LANES[job.kind])
        return await self.read(job)

    def runner(self) -> JobRunner:
        return JobRunner(self.settings, self.database, self.config)

    async def read(self, job: ContentJob) -> ContentJob:
        async with self.database.transaction() as session:
            return await jobs.get(session, job.id)

    async def until(self, job: ContentJob, key: str) -> None:
        while not any(line["key"] == key for line in (await self.read(job)).log):
            await asyncio.sleep(0.05)

    def retitle(self, title: str, editor: Editor = MAIJA) -> None:
        seen = read_topic(self.copy, "parcel_sms")
        change = change_answer(self.copy, "parcel_sms", seen.version, AnswerChange(title={"sv": title}))
        self.copy.save([change], editor, title)


@pytest.fixture
def anyio_backend() -> tuple[str, dict[str, bool]]:
    """The loop of the real process: it starts other processes in its own way."""
    return "asyncio", {"use_uvloop": True}


@pytest.fixture(autouse=True)
def migrated(migrated_sqlite: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copy(migrated_sqlite, tmp_path / "neuvo.db")
    # The project's own model has learned far more than our few words: the gate would rightly refuse ours.
    monkeypatch.setattr(releases, "FIRST_MODEL", tmp_path / "none.tar.gz")
    # Where other tests have the processors, a training that leaves them to everybody else would never end.
    monkeypatch.setattr(rasa_process, "NICENESS", 0)  # `test_low_priority.py` looks at it
    # What another run has trained of the same words is not taken for a training of this one.
    monkeypatch.setenv("RASA_CACHE_DIRECTORY", str(tmp_path / "cache"))
    # A command has its own runner; it trains without vectors, too.
    config = without_embeddings(tmp_path)
    monkeypatch.setattr(commands, "JobRunner", lambda settings, database: JobRunner(settings, database, config))


@pytest.fixture
async def workshop(copy: WorkingCopy, tmp_path: Path) -> AsyncIterator[Workshop]:
    workshop = Workshop(tmp_path, content_four_eyes=False)
    yield workshop
    await workshop.database.close()


@pytest.fixture
def terminal(workshop: Workshop, capsys: pytest.CaptureFixture[str]) -> Terminal:
    """`python -m gateway content …` on the workshop: its status, and what it printed."""

    async def order(*words: str) -> tuple[int, str]:
        capsys.readouterr()
        status = await asyncio.to_thread(commands.run, workshop.settings, parser().parse_args(["content", *words]))
        printed = capsys.readouterr()
        return status, printed.out + printed.err

    return order


def trainings() -> list[int]:
    """The training processes that this test's process has begun."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and f"PPid:\t{os.getpid()}\n" in (entry / "status").read_text():
                found += [int(entry.name)] if b"bot.train" in (entry / "cmdline").read_bytes() else []
        except OSError:
            continue
    return found


async def until_training() -> None:
    while not trainings():
        await asyncio.sleep(0.05)


async def test_until_something_is_published_the_projects_own_words_are_live(workshop: Workshop) -> None:
    assert workshop.published.link.resolve() == (PROJECT / "data").resolve()
    with pytest.raises(ContentRefused) as refusal:
        workshop.published.before()
    assert refusal.value.key == "nothing_earlier"


async def test_a_draft_with_a_mistake_is_refused_in_words_and_nothing_changes(workshop: Workshop) -> None:
    workshop.retitle("Ett alldeles för långt paket")
    job = await workshop.run("publish")

    assert job.state == "refused"
    assert "virheitä (1)" in jobs.outcome(job, "fi")
    assert job.result["findings"][0]["topic"] == "parcel_sms"
    assert workshop.published.live().number == 0
    assert list((workshop.published.folder / "work").iterdir()) == []


async def test_changed_answers_wait_for_other_eyes(copy: WorkingCopy, tmp_path: Path) -> None:
    workshop = Workshop(tmp_path)
    workshop.retitle("Paket")
    job = await workshop.run("publish")
    assert (job.state, job.log[-1]["key"]) == ("refused", "needs_approval")

    found = waiting(workshop.copy, "")
    assert [each.key for each in found.items] == ["answer:parcel_sms"]
    async with workshop.database.transaction() as session:
        with pytest.raises(ContentRefused) as refusal:
            await approve(session, found.items, MAIJA)
        assert refusal.value.key == "own_change"
    async with workshop.database.transaction() as session:
        await approve(session, found.items, OLLI)
    job = await workshop.order("publish")
    running = asyncio.create_task(workshop.runner().run_next())
    await workshop.until(job, "step_train")
    async with workshop.database.transaction() as session:
        await jobs.cancel(session, job.id)
    await running
    assert (await workshop.read(job)).state == "cancelled"
    assert trainings() == []
    assert workshop.published.live().number == 0
    await workshop.database.close()


@pytest.mark.timeout(300)  # two trainings, an examination and a second process of Rasa; 20 s on a quiet machine
async def test_training_that_dies_is_a_sentence_and_a_runner_that_stops_goes_on_elsewhere_to_the_end(
    workshop: Workshop, terminal: Terminal
) -> None:
    turns = "t: outo viesti paketista || topic:parcel_sms\nt: kiitos || act:thanks\n"
    talk = f"# own_1 | an editor's talk | parcel_sms\n{turns}"
    workshop.copy.save([Change("tests/fi/talks/own_1.txt", talk, None)], MAIJA, "talk")
    # The training process is killed: a sentence, and what is live stays.
    job = await workshop.order("publish")
    running = asyncio.create_task(workshop.runner().run_next())
    await until_training()
    os.kill(trainings()[0], signal.SIGKILL)
    await running
    ended = await workshop.read(job)
    assert (ended.state, ended.log[-1]["key"]) == ("refused", "training_failed")
    assert workshop.published.live().number == 0

    # The gateway stops in the middle of training: the job is given back, no process stays, the next one ends it.
    job = await workshop.order("train")
    running = asyncio.create_task(workshop.runner().run_next())
    await until_training()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert trainings() == []
    assert (await workshop.read(job)).active == 1
    status, printed = await terminal("publish", "--language", "fi")
    assert (status, printed) == (1, "neuvo: Toinen työ on kesken. Odota, kunnes se on valmis, tai keskeytä se.\n")
    assert await workshop.runner().run_next()
    ended = await workshop.read(job)
    assert ended.state == "done", jobs.sentences(ended, "en")
    assert "job_again" in {line["key"] for line in ended.log}
    parts = {line["parameters"]["part"] for line in ended.log if line["key"] == "train_part"}
    assert parts <= PARTS.keys()
    assert len(parts) > 3
    await _train_evaluate_publish(workshop, terminal)

    # What is live now was built here, and carries where it comes from.
    live = workshop.published.live()
    papers = read_manifest(Path(live.model), model_key(workshop.settings))
    assert (live.commit, papers["commit"]) == (workshop.copy.head, workshop.copy.head)
    await _try_the_draft(workshop)
    await _examine_the_bot_in_use(workshop, terminal)
    await _words_only(workshop, terminal)


async def _examine_the_bot_in_use(workshop: Workshop, terminal: Terminal) -> None:
    """Nothing is left to learn and nobody has examined the bot in use: it is, and the end says what to do."""
    published = workshop.published
    for path in published.models.glob("*.results.*"):
        path.unlink()
    status, printed = await terminal("evaluate")
    assert status == 0
    count = re.search(r"· Examined: (\d+ of \d+) messages right\.", printed)
    assert count, printed
    ending = printed.splitlines()[-1]
    assert f"The bot in use was examined: {count[1]} messages right" in ending
    assert ending.endswith("To train a new bot, change examples first.")
    assert accuracy(results_of_live(published))


async def _train_evaluate_publish(workshop: Workshop, terminal: Terminal) -> None:
    """Each order goes on where the one before has come to: nothing is trained or examined twice."""
    status, printed = await terminal("train")
    assert status == 0
    assert "· A bot has been trained of this draft already.\n· Done. The published bot has not changed.\n" in printed

    status, printed = await terminal("evaluate", "--language", "sv")
    assert status == 0
    assert re.search(r"· Samtal: [12] av 2 meddelanden rätt besvarade\.", printed), printed
    count = re.search(r"· Testet: (\d+) av (\d+) meddelanden rätt\.", printed)
    assert count
    assert int(count[2]) > 200
    assert "· Det finns inget resultat från boten i bruk att jämföra med." in printed
    assert workshop.published.live().number == 0
    (results,) = workshop.published.models.glob("*.results.json")
    written = results.stat().st_mtime_ns

    status, printed = await terminal("publish")
    assert status == 0
    assert f"· Examined: {count[1]} of {count[2]} messages right." in printed
    assert results.stat().st_mtime_ns == written
    assert "· The bot's process is not running; it loads the new version when it starts." in printed
    assert printed.splitlines()[-1].startswith("· Published.")
    assert workshop.published.live().number == 1

    status, printed = await terminal("publish", "--language", "fi")
    assert status == 1
    assert printed.splitlines()[-1] == "· Mikään ei ole muuttunut edellisen julkaisun jälkeen."
    assert workshop.published.live().number == 1


async def _try_the_draft(workshop: Workshop) -> None:
    """The draft answers with words that nobody has published, and says what it understood and why."""
    workshop.retitle("Utkast")
    text = read_examples(workshop.copy, "parcel_sms").texts["fi"][0]
    draft = DraftBot(workshop.settings)
    try:
        tried = await draft.ask([_asked(text)])
        talk = [_asked(text), _asked(choice="parcel_sms"), _asked(choice="follow_up_more")]
        await draft.ask(talk[:2])
        more = await draft.ask(talk)
        await draft.close()
        told_again = await draft.ask(talk)
        command = await draft.ask([*talk, _asked("/restart")])
        still = await draft.ask([*talk, _asked("/restart"), _asked(choice="follow_up_more")])
        alone = await draft.ask([_asked(choice="follow_up_more", talk="try-alone")])
        retired = await draft.ask([_asked(text, choice="retired", talk="try-retired")])
    finally:
        await draft.close()

    assert more.answer.replies[0].key == "parcel_sms", "the button goes on with the matter"
    assert told_again.answer.replies == more.answer.replies, "a new process is told the turns before"
    assert alone.answer.replies[0].key != "parcel_sms"
    assert "restart" not in {each.topic for each in command.guesses}
    assert still.answer.replies[0].key == "parcel_sms", "no command of Rasa's has begun the talk anew"
    assert retired.guesses[0].topic == "parcel_sms", "a button of a retired topic is asked as its words"
    assert tried.answer.replies[0].text
    assert tried.guesses[0].topic == "parcel_sms"
    assert tried.guesses[0].examples[0] == text
    assert ("language", "fi") in tried.entities


def _asked(text: str = "", choice: str | None = None, talk: str = "try-talk") -> DialogueRequest:
    words = None if choice else text
    return DialogueRequest(conversation_id=talk, channel="whatsapp", text=words, choice=choice, title=text)


async def _words_only(workshop: Workshop, terminal: Terminal) -> None:
    """An answer-only change is live in seconds, for whoever reads through the link; and it is returned from."""
    clock = [0.0]
    library = Library(workshop.published.link, "", lambda problems: None, lambda: clock[0])
    before = library.content.title("parcel_sms", "sv")
    workshop.retitle("Paket")
    status, printed = await terminal("publish")
    assert status == 0
    assert "· Only words changed: no training is needed." in printed
    assert "· It is the bot in use: there is nothing to compare." in printed
    clock[0] += 2
    assert library.content.title("parcel_sms", "sv") == "Paket"

    assert await terminal("rollback", "7") == (1, "neuvo: There is no published version 7.\n")
    status, printed = await terminal("rollback")
    assert (status, printed.splitlines()[-1]) == (0, "· Returned to the earlier version.")
    clock[0] += 2
    assert library.content.title("parcel_sms", "sv") == before
    assert workshop.published.earlier()[0].number == 2

    # A model that somebody changed is not put in place, and what is live stays.
    model = Path(workshop.published.live().model)
    manifest_path(model).write_text("{}", "utf-8")
    job = await workshop.run("rollback", to=2)
    assert (job.state, job.log[-1]["key"]) == ("refused", "model_refused")
    assert workshop.published.live().number == 1


def test_papers_of_another_hand_or_another_model_are_refused(tmp_path: Path) -> None:
    key, model = model_key(Settings()), tmp_path / "one.tar.gz"
    model.write_bytes(b"built here")
    write_manifest(model, key, {"commit": "c"})
    assert read_manifest(model, key)["commit"] == "c"

    with pytest.raises(ContentRefused):
        read_manifest(model, key[::-1])
    model.write_bytes(b"built elsewhere")
    with pytest.raises(ContentRefused):
        read_manifest(model, key)
