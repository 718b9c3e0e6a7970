"""What a test of the gateway is given: a database of its own on each engine, a service on it, a whole road.

The folders whose tests stand in this world import these fixtures in their `conftest.py`.
"""

import hashlib
import os
import shutil
from collections.abc import AsyncIterator, Iterator
from functools import lru_cache
from glob import glob
from pathlib import Path
from typing import Any

import pytest
from argon2 import PasswordHasher, Type
from sqlalchemy.engine import Dialect
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.util import LRUCache

from answers.content import AnswerFiles, Content, read_content, signature_of
from answers.senders import Sender, read_senders
from answers.source import Source
from gateway.accounts import passwords
from gateway.app import create_service
from gateway.core.config.settings import Settings
from gateway.core.database import Base
from gateway.core.migrate import migrate
from gateway.service import Service
from tests.worlds.log_lines import configure_logs
from tests.worlds.road import Road, open_road
from tests.worlds.scripted_engine import ScriptedEngine
from tests.worlds.services import ReusedPostgres, TemporaryPostgres, need_postgres


@pytest.fixture(scope="session", autouse=True)
def logs() -> None:
    """Log lines as the real process writes them; the library's own traces take seconds and would block the loop."""
    configure_logs(as_json=False)


@pytest.fixture(scope="session", autouse=True)
def cheap_passwords() -> Iterator[None]:
    """Hashes as cheap as argon2id lets them be; `gateway/accounts/test_passwords.py` looks at those of production."""
    cheap = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1, type=Type.ID)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "_HASHER", cheap)
        patch.setattr(passwords, "_DUMMY_HASH", cheap.hash("nobody has this password"))
        yield


@pytest.fixture(scope="session", autouse=True)
def words_read_once() -> Iterator[None]:
    """What a thousand services of this worker begin with is read once, in whichever folder the same files stand."""
    known: dict[tuple[object, ...], Content] = {}
    senders: dict[tuple[object, ...], tuple[dict[str, Sender], Source]] = {}

    def remembered(
        directory: Path, privacy_url: str, earlier: Content | None = None, files: AnswerFiles | None = None
    ) -> Content:
        if earlier is not None:
            return read_content(directory, privacy_url, earlier, files)
        key: tuple[object, ...] = (privacy_url, *_files_of(directory.resolve()))
        content = known.pop(key, None) or read_content(directory, privacy_url, None, files)
        if not content.problems:  # those name the folder
            known[key] = content  # behind the others: what nobody has asked for longest goes first
            if len(known) > _CONTENTS_KEPT:
                known.pop(next(iter(known)))
        return content

    def remembered_senders(path: Path) -> tuple[dict[str, Sender], Source]:
        key = (path.resolve(), signature_of(path))
        if key not in senders:
            senders[key] = read_senders(path)
        return senders[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("answers.library.read_content", remembered)
        patch.setattr("gateway.conversations.scam_checks.read_senders", remembered_senders)
        yield


_CONTENTS_KEPT = 8


def _files_of(directory: Path) -> Iterator[tuple[str, bytes]]:
    """What `read_content` reads: each file by its name and what it says."""
    root = os.fspath(directory)
    for name in ("contacts.yml", "lines.yml"):
        yield name, _digest(os.path.join(root, name))
    for path in sorted(glob("answers/*/*.yml", root_dir=root)):
        yield path, _digest(os.path.join(root, path))


def _digest(path: str) -> bytes:
    try:
        status = os.stat(path)
    except OSError:
        return b""
    return _digest_of(path, status.st_mtime_ns, status.st_size)


@lru_cache(maxsize=4096)
def _digest_of(path: str, _time: int, _size: int) -> bytes:
    return hashlib.sha256(Path(path).read_bytes()).digest()


@pytest.fixture(scope="session", autouse=True)
def statements_compiled_once() -> Iterator[None]:
    """What SQLAlchemy has compiled for one engine of this worker serves all engines of the same database.

    Each test has engines of its own, and would compile the same few hundred statements anew; what mappers keep for each
    engine's dialect would stay in memory. Only texts are shared, and how values are converted: neither follows from
    anything that a test sets.
    """
    texts: dict[type[Dialect], Texts] = {}

    def created(*arguments: Any, **options: Any) -> AsyncEngine:
        made = create_async_engine(*arguments, **options)
        kind = type(made.sync_engine.dialect)
        made.sync_engine._compiled_cache = texts.setdefault(kind, Texts(_TEXTS_KEPT))
        return made

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("gateway.core.database.create_async_engine", created)
        for mapper in Base.registry.mappers:
            patch.setitem(mapper.__dict__, "_compiled_cache", Texts(mapper._compiled_cache_size))
        yield


_TEXTS_KEPT = 2000


class Texts(LRUCache[Any, Any]):
    """Compiled statements of one dialect, whichever engine's object of it a key names first."""

    def get(self, key: Any, default: Any = None) -> Any:
        return super().get((type(key[0]), *key[1:]), default)

    def __setitem__(self, key: Any, value: Any) -> None:
        super().__setitem__((type(key[0]), *key[1:]), value)


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with every migration in it, to be copied."""
    path = tmp_path_factory.mktemp("sqlite") / "template.db"
    migrate(Settings(database_url=f"sqlite:///{path}"))
    return path


@pytest.fixture(scope="session")
def migrated_postgres() -> Iterator[str]:
    """A template database with every migration in it."""
    need_postgres()
    template = TemporaryPostgres()
    migrate(Settings(database_url=template.url))
    yield template.name
    template.drop()


@pytest.fixture(scope="session")
def reused_postgres(migrated_postgres: str) -> Iterator[ReusedPostgres]:
    """The database of this worker, for one test after the other."""
    database = ReusedPostgres(migrated_postgres)
    yield database
    database.drop()


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a database with nothing in it, once of each kind."""
    if request.param == "sqlite":
        template = request.getfixturevalue("migrated_sqlite")
        shutil.copy(template, tmp_path / "neuvo.db")
        yield f"sqlite:///{tmp_path / 'neuvo.db'}"
        return
    database: ReusedPostgres = request.getfixturevalue("reused_postgres")
    database.empty()
    yield database.url


@pytest.fixture(scope="session")
def usual_settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Read from the environment once: some 240 fields are looked for in three places each."""
    return Settings(database_url="sqlite:///nowhere.db", state_dir=tmp_path_factory.mktemp("state"), turn_hold=0.0)


@pytest.fixture
def settings(usual_settings: Settings, database_url: str, tmp_path: Path) -> Settings:
    """Settings of a test: its own database and folder, no waiting for greetings."""
    return usual_settings.model_copy(update={"database_url": database_url, "state_dir": tmp_path})


@pytest.fixture
def engine() -> ScriptedEngine:
    """A dialogue engine that answers as it is told."""
    return ScriptedEngine()


@pytest.fixture
async def service(settings: Settings, engine: ScriptedEngine) -> AsyncIterator[Service]:
    """The parts of a gateway process without its loops: a test moves messages by hand."""
    service = create_service(settings, engine)
    async with service.database.transaction() as session:
        await service.keyring.load(session)
    yield service
    await service.close()


@pytest.fixture
async def road(settings: Settings, engine: ScriptedEngine) -> AsyncIterator[Road]:
    """A whole gateway behind Meta's stand-in, with an engine that answers as it is told."""
    async with open_road(settings, engine) as road:
        yield road


@pytest.fixture
def anyio_backend() -> str:
    """Our event loop."""
    return "asyncio"
