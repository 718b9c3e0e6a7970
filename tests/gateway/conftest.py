"""Checks of the gateway: a database per test on both engines, and a service on it."""

import os
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import structlog

from answers.content import AnswerFiles, Content, answer_paths, read_content, signature_of
from gateway.app import create_service
from gateway.logs import configure_logs
from gateway.migrate import migrate
from gateway.service import Service
from gateway.settings import Settings
from tests.gateway.engine import ScriptedEngine
from tests.gateway.road import Road, open_road
from tests.services import ReusedPostgres, TemporaryPostgres, need_postgres

# Hundreds of orders and outages: on the database that is used in production; on both with NEUVO_EVERY_DATABASE=1.
LONG = (
    "test_administration",
    "test_audit",
    "test_backup",
    "test_bulletins",
    "test_changes",
    "test_chat_door",
    "test_chat_road",
    "test_claiming",
    "test_claims",
    "test_console",
    "test_derived_bodies",
    "test_door_pages",
    "test_door_road",
    "test_doors",
    "test_every_role",
    "test_fault_judge",
    "test_figures",
    "test_figures_pages",
    "test_flood",
    "test_handover",
    "test_handover_machine",
    "test_handover_road",
    "test_handover_views",
    "test_internal_listener",
    "test_keys_command",
    "test_page_captured",
    "test_page_road",
    "test_page_stations",
    "test_pages",
    "test_payload_replay",
    "test_privacy_talk",
    "test_provider",
    "test_retention",
    "test_secrets",
    "test_sending",
    "test_sessions",
    "test_sign_in",
    "test_signatures",
    "test_spool",
    "test_templates",
    "test_who_may_do_what",
    "test_words_stay_words",
)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    long = [item for item in items if item.path.stem in LONG and item.name.partition("[")[2].startswith("sqlite")]
    if not long or os.environ.get("NEUVO_EVERY_DATABASE"):
        return
    try:
        need_postgres()
    except (pytest.skip.Exception, pytest.fail.Exception):
        return  # then SQLite is all there is
    config.hook.pytest_deselected(items=long)
    items[:] = [item for item in items if item not in long]


@pytest.fixture(scope="session", autouse=True)
def logs() -> None:
    """Log lines as the real process writes them; the library's own traces take seconds and would block the loop."""
    configure_logs(as_json=False)
    structlog.configure(cache_logger_on_first_use=False)  # each test has an output of its own


@pytest.fixture(scope="session", autouse=True)
def words_read_once() -> Iterator[None]:
    """What a thousand services of this worker begin with is read once, while no file of it has changed."""
    known: dict[tuple[object, ...], Content] = {}

    def remembered(
        directory: Path, privacy_url: str, earlier: Content | None = None, files: AnswerFiles | None = None
    ) -> Content:
        if earlier is not None:
            return read_content(directory, privacy_url, earlier, files)
        paths = [directory / "contacts.yml", directory / "lines.yml", *answer_paths(directory)]
        key: tuple[object, ...] = (privacy_url, *((path.resolve(), signature_of(path)) for path in paths))
        if key not in known:
            known[key] = read_content(directory, privacy_url, None, files)
        return known[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("answers.library.read_content", remembered)
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
