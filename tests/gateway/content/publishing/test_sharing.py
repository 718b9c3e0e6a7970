"""What is published on one machine is live on the others, verified; in the database, and in real object storage."""

import asyncio
import contextlib
import datetime as dt
import hashlib
import io
import json
import shutil
import tarfile
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, update

from gateway.app import create_app
from gateway.content.errors import ContentRefused
from gateway.content.models import PublishedChunk, PublishedRecord
from gateway.content.publishing import follower as follower_module
from gateway.content.publishing import releases, sharing
from gateway.content.publishing.blobs import PublishedStore, StoreFailed
from gateway.content.publishing.follower import Follower
from gateway.content.publishing.manifest import manifest_path, model_key, write_manifest
from gateway.content.publishing.releases import Published, Release
from gateway.content.publishing.s3 import signed_headers
from gateway.content.publishing.sharing import RecordRefused, Sharing, packed, unpacked
from gateway.content.publishing.stores import store_of
from gateway.core.config.settings import PROJECT, Settings
from gateway.core.database import Database
from tests.gateway.content.publishing.test_model_swap import Rasa
from tests.worlds.object_storage import object_storage
from tests.worlds.road import served, until

pytestmark = pytest.mark.anyio
WORDS = "Muuta salasanasi heti."


class Machine:
    """One machine: a folder of its own, the store that all share."""

    def __init__(self, folder: Path, database_url: str, store: dict[str, Any], rasa: Rasa | None = None) -> None:
        self.settings = Settings(
            database_url=database_url,
            state_dir=folder,
            rasa_url=f"http://127.0.0.1:{rasa.port if rasa else 9}",
            **store,
        )
        self.database = Database(database_url)
        made = store_of(self.settings, self.database)
        assert made is not None
        self.store: PublishedStore = made
        self.published = Published(self.settings)
        self.sharing = Sharing(self.settings, self.store)
        self.follower = Follower(self.settings, self.store)

    def release(self, number: int, words: str, model: str = "model") -> Release:
        """A release with its files on this machine."""
        content = self.published.folder / "releases" / f"{number:05d}"
        (content / "answers" / "a").mkdir(parents=True, exist_ok=True)
        (content / "answers" / "a" / "one.yml").write_text(words, "utf-8")
        path = self.published.models / f"{model}.tar.gz"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(hashlib.sha256(model.encode()).digest() * 80_000)  # two and a half chunks
        write_manifest(path, model_key(self.settings), {"commit": "", "trained_from": model})
        at = dt.datetime(2026, 11, 29, tzinfo=dt.UTC).isoformat()
        return Release(number, f"{number}" * 40, str(content), str(path), at, "Maija")

    async def publish(self, release: Release) -> None:
        await self.sharing.share(release)
        self.published.switch(release)

    @property
    def words(self) -> str:
        """What this machine would say."""
        return (self.published.link / "answers" / "a" / "one.yml").read_text("utf-8")

    async def close(self) -> None:
        await self.store.close()
        await self.database.close()


@pytest.fixture(scope="module")
def storage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, object]]:
    with object_storage(tmp_path_factory.mktemp("s3") / "server") as settings:
        yield settings


@pytest.fixture(params=["database", "s3"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> dict[str, Any]:
    if request.param == "database":
        return {"published_store": "database"}
    return {**request.getfixturevalue("storage"), "s3_prefix": f"{tmp_path.name}/"}


@pytest.fixture
async def rasa() -> AsyncIterator[Rasa]:
    made = Rasa()
    async with served(made.app, made.port):
        yield made


@pytest.fixture
async def two(
    tmp_path: Path, database_url: str, store: dict[str, Any], rasa: Rasa, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[tuple[Machine, Machine]]:
    """Where it is published, and another machine, which has a Rasa."""
    monkeypatch.setattr(releases, "FIRST_MODEL", tmp_path / "first.tar.gz")
    monkeypatch.setattr(sharing, "FIRST_MODEL", tmp_path / "first.tar.gz")
    both = Machine(tmp_path / "here", database_url, store), Machine(tmp_path / "there", database_url, store, rasa)
    yield both
    for each in both:
        await each.close()


async def test_words_and_model_go_live_on_another_machine_and_in_its_rasa(
    two: tuple[Machine, Machine], rasa: Rasa
) -> None:
    here, there = two
    assert not await there.follower.follow()  # nothing is shared yet, and the project's own stays live
    await here.publish(here.release(1, WORDS))

    assert await there.follower.follow()
    assert there.words == WORDS
    live = there.published.live()
    assert (live.number, live.commit, live.by, live.at) == (1, "1" * 40, "Maija", here.published.live().at)
    assert Path(live.model).read_bytes() == Path(here.published.live().model).read_bytes()
    assert Path(live.model).is_relative_to(there.settings.state_dir)
    assert rasa.loaded == ["model.tar.gz"]
    assert not await there.follower.follow()  # and that is all
    assert rasa.loaded == ["model.tar.gz"]


async def test_words_alone_bring_no_model_again(two: tuple[Machine, Machine], rasa: Rasa) -> None:
    here, there = two
    await here.publish(here.release(1, WORDS))
    await there.follower.follow()
    await here.publish(here.release(2, "Uudet sanat."))
    await there.follower.follow()

    assert (there.words, there.published.live().number) == ("Uudet sanat.", 2)
    assert rasa.loaded == ["model.tar.gz"]


async def test_a_return_to_an_earlier_release_is_followed_too(two: tuple[Machine, Machine], rasa: Rasa) -> None:
    here, there = two
    first = here.release(1, WORDS)
    await here.publish(first)
    await there.follower.follow()
    await here.publish(here.release(2, "Väärin.", "other"))
    await there.follower.follow()
    await here.publish(first)
    await there.follower.follow()

    assert (there.words, there.published.live().number) == (WORDS, 1)
    assert rasa.loaded == ["model.tar.gz", "other.tar.gz", "model.tar.gz"]


async def test_a_machine_that_starts_has_what_is_live_before_it_answers(
    two: tuple[Machine, Machine], monkeypatch: pytest.MonkeyPatch
) -> None:
    here, there = two
    await here.publish(here.release(1, WORDS))
    shutil.copytree(PROJECT / "data", here.published.folder / "releases" / "00002")
    await here.publish(replace(here.release(2, WORDS), content=str(here.published.folder / "releases" / "00002")))
    app = create_app(there.settings.model_copy(update={"simulator": False}))
    async with app.router.lifespan_context(app):
        assert there.published.live().number == 2
        await here.publish(here.release(3, "Kolmas."))
        began = time.monotonic()

        async def has_third() -> bool:
            return there.published.live().number == 3

        await until(has_third, 15)
    assert time.monotonic() - began < 15


async def test_what_lay_beside_the_words_for_a_while_is_not_shared(two: tuple[Machine, Machine]) -> None:
    here, there = two
    release = here.release(1, WORDS)
    carried = Path(release.content) / "answers" / "a" / "retired.yml"
    carried.write_text("old", "utf-8")
    await here.sharing.share(release, [str(carried)])
    await there.follower.follow()

    assert [each.name for each in (there.published.link / "answers" / "a").iterdir()] == ["one.yml"]


async def test_a_rasa_that_refuses_is_asked_again_until_it_has_the_model(
    two: tuple[Machine, Machine], rasa: Rasa
) -> None:
    here, there = two
    rasa.refuses = "model"
    await here.publish(here.release(1, WORDS))
    await there.follower.follow()
    assert (there.words, rasa.loaded) == (WORDS, [])

    rasa.refuses = ""
    await there.follower.follow()
    assert rasa.loaded == ["model.tar.gz"]


async def test_a_record_with_another_seal_is_refused_and_what_was_live_stays(two: tuple[Machine, Machine]) -> None:
    here, there = two
    await here.publish(here.release(1, WORDS))
    await there.follower.follow()
    await here.publish(here.release(2, "Toinen."))
    record = json.loads(await here.store.record() or "")
    for change in ({"number": 9}, {"words": record["releases"][1]["words"]}, {"model_name": "../../../tmp/x.tar.gz"}):
        forged = {**record, "releases": [{**record["releases"][0], **change}, *record["releases"][1:]]}
        await here.store.set_record(json.dumps(forged), 2)
        with pytest.raises(RecordRefused, match="seal"):
            await there.follower.follow()
    for text in (
        "",
        "[]",
        "{}",
        '{"format": 1}',
        "\x00",
        '{"format": "neuvo published 1", "seal": "", "releases": [3]}',
    ):
        await here.store.set_record(text.replace("\x00", "?"), 2)
        with pytest.raises(RecordRefused):
            await there.follower.follow()

    assert (there.words, there.published.live().number) == (WORDS, 1)


async def test_another_services_key_opens_nothing(two: tuple[Machine, Machine], tmp_path: Path) -> None:
    here, there = two
    await here.publish(here.release(1, WORDS))
    stranger = there.settings.model_copy(update={"secret_key": type(there.settings.secret_key)("x" * 40)})
    with pytest.raises(RecordRefused, match="seal"):
        await Follower(stranger, there.store).follow()


@pytest.mark.parametrize("which", ["words", "model", "papers"])
async def test_a_blob_that_is_not_what_its_digest_says_is_refused(two: tuple[Machine, Machine], which: str) -> None:
    here, there = two
    await here.publish(here.release(1, WORDS))
    (shared,) = [await here.sharing.newest()]
    assert shared is not None
    digest = getattr(shared, which)
    other = here.published.folder / "other"
    other.write_bytes(b"something else")
    if isinstance(here.settings.published_store, str) and here.settings.published_store == "database":
        async with here.database.transaction() as session:
            await session.execute(
                update(PublishedChunk).where(PublishedChunk.digest == digest).values(content=b"something else")
            )
    else:
        # The service itself refuses a body of another digest, so whoever runs it must be dishonest: another name.
        await here.store.forget([digest])
    with pytest.raises((RecordRefused, StoreFailed)):
        await there.follower.follow()

    assert there.published.live().number == 0
    assert not list(there.published.folder.glob("shared/.*"))


async def test_a_store_that_is_away_leaves_everything_as_it_was(
    two: tuple[Machine, Machine], monkeypatch: pytest.MonkeyPatch
) -> None:
    here, there = two
    await here.publish(here.release(1, WORDS))
    await there.follower.follow()
    release = here.release(2, "Toinen.")

    async def fails(*_: object) -> None:
        raise StoreFailed("away")

    monkeypatch.setattr(type(here.store), "set_record", fails)
    with pytest.raises(ContentRefused) as refused:
        await here.sharing.share(release)
    assert refused.value.key == "not_shared"
    assert not await there.follower.follow()
    assert there.words == WORDS


async def test_no_more_is_kept_than_the_releases_that_can_be_returned_to(two: tuple[Machine, Machine]) -> None:
    here, there = two
    for number in range(1, 10):
        await here.publish(here.release(number, f"sanat {number}", f"model{number}"))
        await there.follower.follow()
    record = json.loads(await here.store.record() or "")

    assert [each["number"] for each in record["releases"]] == [9, 8, 7, 6, 5, 4]
    for each in record["releases"]:
        assert await here.store.has(each["model"])
    if here.settings.published_store == "database":
        async with here.database.transaction() as session:
            digests = await session.scalar(select(func.count(PublishedChunk.digest.distinct())))
            assert (digests, await session.scalar(select(func.count()).select_from(PublishedRecord))) == (18, 1)
    models = [each for each in (there.published.folder / "shared").iterdir() if each.is_dir()]
    assert len(models) == 2
    assert len(list((there.published.folder / "releases").glob("*.sha256"))) <= releases.KEPT + 1


async def test_two_processes_of_a_machine_follow_once(two: tuple[Machine, Machine], rasa: Rasa) -> None:
    here, there = two
    await here.publish(here.release(1, WORDS))
    other = Follower(there.settings, there.store)
    followed = await asyncio.gather(there.follower.follow(), other.follow())

    assert sorted(followed) == [False, True]
    assert rasa.loaded == ["model.tar.gz"]


def test_an_archive_depends_on_names_and_contents_alone(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name / "answers").mkdir(parents=True)
        (tmp_path / name / "answers" / "x.yml").write_text("sanat", "utf-8")
    assert packed(tmp_path / "a", set()) == packed(tmp_path / "b", set())
    assert unpacked(packed(tmp_path / "a", set())) == {"answers/x.yml": b"sanat"}


@pytest.mark.parametrize("name", ["/etc/passwd", "../x", "a/../../x", "link"])
def test_an_archive_that_leads_out_of_its_folder_is_refused(name: str) -> None:
    memory = io.BytesIO()
    with tarfile.open(fileobj=memory, mode="w") as archive:
        entry = tarfile.TarInfo(name)
        if name == "link":
            entry.type, entry.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(entry, io.BytesIO())
    with pytest.raises(RecordRefused):
        unpacked(memory.getvalue())


@pytest.mark.parametrize("content", [b"", b"words", b"\x00" * 5000])
def test_what_is_no_archive_is_refused_or_empty(content: bytes) -> None:
    with contextlib.suppress(RecordRefused):
        assert unpacked(content) == {}


def test_a_request_is_signed_as_amazons_own_library_does() -> None:
    """With the keys and the moment of AWS's page on Signature Version 4; what botocore 1.44.8 makes of it."""
    at = dt.datetime(2013, 5, 24, tzinfo=dt.UTC)
    empty = hashlib.sha256(b"").hexdigest()
    headers = signed_headers(
        "GET", "examplebucket.s3.amazonaws.com", "/test.txt", empty, "us-east-1", "AKIAIOSFODNN7EXAMPLE",
        "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", at,
    )  # fmt: skip
    assert headers["authorization"] == (
        "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, "
        "SignedHeaders=host;x-amz-content-sha256;x-amz-date, "
        "Signature=df548e2ce037944d03f3e68682813b093763996d597cf890ca3d9037fd231eb4"
    )


def test_half_a_store_is_refused() -> None:
    with pytest.raises(ValueError, match=r"NEUVO_S3_BUCKET, NEUVO_S3_ACCESS_KEY, NEUVO_S3_SECRET_KEY"):
        Settings(published_store="s3", s3_endpoint="https://s3.example")


def test_who_looks_looks_often_enough() -> None:
    assert follower_module.LOOK_EVERY <= 5
    assert manifest_path(Path("a/m.tar.gz")).name == "m.json"
