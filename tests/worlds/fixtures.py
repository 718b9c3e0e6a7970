"""What a test of the gateway is given: a database of its own on each engine, a service on it, a whole road.

The folders whose tests stand in this world import these fixtures in their `conftest.py`.
"""

import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from argon2 import PasswordHasher, Type

from answers.content import AnswerFiles, Content, answer_paths, read_content, signature_of
from answers.senders import Sender, read_senders
from answers.source import Source
from gateway.accounts import passwords
from gateway.app import create_service
from gateway.core.config.settings import Settings
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


_FOLDERS_KEPT = 4


@pytest.fixture(scope="session", autouse=True)
def words_read_once() -> Iterator[None]:
    """What a thousand services of this worker begin with is read once, while no file of it has changed."""
    known: dict[tuple[object, ...], Content] = {}
    senders: dict[tuple[object, ...], tuple[dict[str, Sender], Source]] = {}

    def remembered(
        directory: Path, privacy_url: str, earlier: Content | None = None, files: AnswerFiles | None = None
    ) -> Content:
        if earlier is not None:
            return read_content(directory, privacy_url, earlier, files)
        paths = [directory / "contacts.yml", directory / "lines.yml", *answer_paths(directory)]
        key: tuple[object, ...] = (privacy_url, *((path.resolve(), signature_of(path)) for path in paths))
        if key not in known and len(known) >= _FOLDERS_KEPT:
            known.pop(
                next(iter(known))
            )  # a test's own folder, most often: that of the project is asked for all the time
        known[key] = known.pop(key) if key in known else read_content(directory, privacy_url, None, files)
        return known[key]

    def remembered_senders(path: Path) -> tuple[dict[str, Sender], Source]:
        key = (path.resolve(), signature_of(path))
        if key not in senders:
            senders[key] = read_senders(path)
        return senders[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("answers.library.read_content", remembered)
        patch.setattr("gateway.conversations.scam_checks.read_senders", remembered_senders)
        yield


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


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    """Settings of a test: its own database and folder, no waiting for greetings."""
    return Settings(database_url=database_url, state_dir=tmp_path, turn_hold=0.0)


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
