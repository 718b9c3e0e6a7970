"""Operations, the doctor: what an operator asks before and after a start: is all that this service needs there?

`python -m gateway doctor` prints a line for each part; 1 as exit status when something is wrong. What the settings
alone say is what keeps the service from starting (`gateway.core.config.safety`).
"""

import asyncio
import datetime as dt
import shutil
import socket
import ssl
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from urllib.parse import urlsplit

import httpx2
from sqlalchemy import Connection, text
from sqlalchemy.exc import SQLAlchemyError

from gateway.core.config.settings import Settings
from gateway.core.crypto import DataKeys
from gateway.core.database import Database, now
from gateway.core.database_roles import RolePowers, powers_of
from gateway.core.migrate import is_served, is_up_to_date
from gateway.core.tls import ssl_context
from gateway.dialogue.engine_pool import RasaEngine
from gateway.ops.key_rotation import key_status
from gateway.ops.redis_probe import PONG, ping_redis

CLOCK_DRIFT = 2.0  # seconds; tokens, codes and rate limits of several machines compare times
LEAST_FREE = 2 * 1024**3  # bytes: four full spools
FULL = 128 * 1024**2  # bytes: a quarter of one
CERTIFICATE_DAYS = 21  # a renewal that failed twice has a week left
_TIMEOUT = 5.0


class Grade(StrEnum):
    """How a part is."""

    GOOD = "ok"
    WARNING = "look"
    BAD = "BAD"


@dataclass(frozen=True)
class Finding:
    """One line of the report."""

    grade: Grade
    part: str
    words: str

    def __str__(self) -> str:
        return f"{self.grade:<5} {self.part:<12} {self.words}"


async def examine(settings: Settings) -> AsyncIterator[Finding]:
    """Every part in turn; each is asked for a few seconds at most, and a part that fails stops no other."""
    for check in (_database, _disk, _engine, _redis, _public_address):
        try:
            async for finding in check(settings):
                yield finding
        except (SQLAlchemyError, OSError, ValueError, httpx2.HTTPError, TimeoutError) as error:
            yield Finding(Grade.BAD, check.__name__.strip("_"), f"cannot be examined: {type(error).__name__}")


async def login_powers(settings: Settings) -> RolePowers:
    """What the service's database login may do that it must not. Raises what the database raises while it is away."""
    database = Database(settings.database_url)
    try:
        async with database.engine.connect() as connection:
            return await connection.run_sync(powers_of)
    finally:
        await database.close()


async def _database(settings: Settings) -> AsyncIterator[Finding]:
    database = Database(settings.database_url)
    try:
        async with database.engine.connect() as connection:
            yield await connection.run_sync(_schema)
            if database.is_sqlite:
                yield Finding(Grade.WARNING, "database", "SQLite: one machine, one process, and no roles")
            else:
                powers = await connection.run_sync(powers_of)
                words = powers.sentence() or "the login adds to the audit log and can change nothing in it"
                yield Finding(Grade.BAD if powers.problems else Grade.GOOD, "role", words)
                yield await connection.run_sync(_clock)
        if await database.autovacuum_is_off():
            yield Finding(Grade.BAD, "vacuum", "autovacuum is off: the erased stay on the disk, and all becomes slow")
        status = await key_status(database, DataKeys(settings.data_key.get_secret_value()))
        if status.unopened:
            yield Finding(Grade.BAD, "keys", f"{sum(status.unopened.values())} keys open with no key in NEUVO_DATA_KEY")
        elif status.old:
            yield Finding(Grade.WARNING, "keys", f"{status.old} keys are wrapped by an old data key: keys rotate")
        else:
            yield Finding(Grade.GOOD, "keys", f"{sum(status.counts.values())} keys, all under {status.current!r}")
    finally:
        await database.close()


def _schema(connection: Connection) -> Finding:
    if is_up_to_date(connection):
        return Finding(Grade.GOOD, "database", "reached, with the tables of this version")
    if is_served(connection):
        return Finding(Grade.WARNING, "database", "has the tables of a newer release, which serve this one too")
    return Finding(Grade.BAD, "database", "has the tables of another version: python -m gateway migrate")


def _clock(connection: Connection) -> Finding:
    theirs: dt.datetime = connection.execute(text("SELECT clock_timestamp()")).scalar_one()
    drift = abs((theirs - now()).total_seconds())
    words = f"this machine and the database differ by {drift:.1f} s"
    return Finding(Grade.GOOD if drift <= CLOCK_DRIFT else Grade.BAD, "clock", words)


async def _disk(settings: Settings) -> AsyncIterator[Finding]:
    for name, folder in (
        ("state", settings.state_dir),
        ("spool", settings.spool_folder),
        ("erased", settings.erased_folder),
    ):
        place = next(path for path in (folder, *folder.resolve().parents) if path.exists())
        free = shutil.disk_usage(place).free
        if not _is_writable(place):
            yield Finding(Grade.BAD, "disk", f"{name}: nothing can be written to {place}")
        elif free < LEAST_FREE:
            grade = Grade.BAD if free < FULL else Grade.WARNING
            yield Finding(grade, "disk", f"{name}: {free / 1024**3:.1f} GiB are free at {place}")
        else:
            yield Finding(Grade.GOOD, "disk", f"{name}: {free / 1024**3:.0f} GiB free")


def _is_writable(folder: Path) -> bool:
    probe = folder / f".neuvo-doctor-{time.monotonic_ns()}"
    try:
        probe.touch()
        probe.unlink()
    except OSError:
        return False
    return True


async def _engine(settings: Settings) -> AsyncIterator[Finding]:
    for number, url in enumerate(settings.rasa_urls, 1):
        engine = RasaEngine(url, settings.rasa_token.get_secret_value(), _TIMEOUT)
        try:
            ready = await engine.is_ready()
        finally:
            await engine.close()
        words = f"Rasa {number} answers with a model" if ready else f"Rasa {number} does not answer, or has no model"
        yield Finding(Grade.GOOD if ready else Grade.BAD, "engine", words)


async def _redis(settings: Settings) -> AsyncIterator[Finding]:
    if settings.redis_url is None:
        yield Finding(Grade.GOOD, "redis", "NEUVO_REDIS_URL is not set here: not looked at")
        return
    url = settings.redis_url.get_secret_value()
    if await ping_redis(url, _TIMEOUT) != PONG:
        yield Finding(Grade.BAD, "redis", "refuses: is the password of NEUVO_REDIS_URL the right one?")
    elif not urlsplit(url).password:
        yield Finding(Grade.BAD, "redis", "answers to everybody: it has no password")
    else:
        yield Finding(Grade.GOOD, "redis", "answers, and wants its password")


async def _public_address(settings: Settings) -> AsyncIterator[Finding]:
    public = urlsplit(settings.public_url)
    if public.scheme != "https":
        yield Finding(Grade.WARNING, "address", f"{settings.public_url} is not https: no certificate to look at")
        return
    try:
        ends = await asyncio.to_thread(_certificate_ends, public.hostname or "", public.port or 443)
    except ssl.SSLCertVerificationError as error:
        yield Finding(Grade.BAD, "certificate", f"is not valid: {error.verify_message}")
        return
    except socket.gaierror:
        yield Finding(Grade.BAD, "certificate", f"not seen: no address is known for {public.hostname} from here")
        return
    except (OSError, ValueError) as error:
        words = f"not seen: {public.hostname} gives none ({type(error).__name__}); does the proxy run?"
        yield Finding(Grade.BAD, "certificate", words)
        return
    days = (ends - now()).days
    grade = Grade.GOOD if days >= CERTIFICATE_DAYS else Grade.BAD
    yield Finding(grade, "certificate", f"is valid for {days} more days")
    async with httpx2.AsyncClient(verify=ssl_context(), trust_env=False, timeout=_TIMEOUT) as client:
        yield await _webhook(client, settings)


def _certificate_ends(host: str, port: int) -> dt.datetime:
    context = ssl.create_default_context()
    with (
        socket.create_connection((host, port), timeout=_TIMEOUT) as plain,
        context.wrap_socket(plain, server_hostname=host) as tls,
    ):
        certificate = tls.getpeercert() or {}
    return dt.datetime.fromtimestamp(ssl.cert_time_to_seconds(str(certificate["notAfter"])), dt.UTC)


async def _webhook(client: httpx2.AsyncClient, settings: Settings) -> Finding:
    """Meta's own check, asked from here: that Meta itself gets through can only be seen in Meta's form."""
    asked = {
        "hub.mode": "subscribe",
        "hub.verify_token": settings.whatsapp_verify_token.get_secret_value(),
        "hub.challenge": "neuvo",
    }
    answer = await client.get(f"{settings.public_url.rstrip('/')}/webhooks/whatsapp", params=asked)
    if answer.status_code == 200 and answer.text == "neuvo":
        return Finding(Grade.GOOD, "webhook", "answers Meta's check under the public address, as seen from here")
    return Finding(Grade.BAD, "webhook", f"answers {answer.status_code} to Meta's check under the public address")


async def report(settings: Settings) -> int:
    """Print the findings; 1 when one is bad."""
    bad = False
    async for finding in examine(settings):
        print(finding, flush=True)
        bad |= finding.grade is Grade.BAD
    return 1 if bad else 0
