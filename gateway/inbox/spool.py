"""Station 1, the spool: deliveries that the database could not store, on disk until it is available again.

One line per delivery, encrypted with a key of its own that `NEUVO_DATA_KEY` wraps, so that neither the database nor a
key in it is needed to write or to read one. Lines are appended to `incoming.spool`; to be drained, that file is
renamed to a segment and deleted once every line of it is stored. Several processes share the folder through locks
on files, which the system releases when a process dies. A line that cannot be decrypted goes to a `set-aside-*` file.
"""

import asyncio
import base64
import binascii
import datetime as dt
import errno
import fcntl
import os
import shutil
import time
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from gateway.core import crypto
from gateway.core.database import now
from gateway.core.files import write_all
from gateway.core.keyring import Keyring

_FORMAT = b"1"  # of a line: format, wrapped key, encrypted delivery
_CONTEXT = "spool.delivery"
_INCOMING = "incoming.spool"
_SEGMENT = "segment-*.spool"
_SET_ASIDE = "set-aside-*.spool"
_ROOM = 64 * 1024  # bytes of a disk below which it is full: some deliveries, written together
_PRIVATE_FILE, _PRIVATE_FOLDER = 0o600, 0o700


class SpoolFull(OSError):
    """The spool has reached its size limit."""


@dataclass(frozen=True)
class Spooled:
    """One delivery of the spool, decrypted; `told`: whom the outage line was noted for, by blind index."""

    channel: str
    body: bytes
    told: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Backlog:
    """Bytes that wait on disk, since when, and bytes that were set aside."""

    waiting: int
    since: dt.datetime | None
    set_aside: int


class Spool:
    """The folder of one machine's gateway processes; made when the first line is written.

    `limit` is the most bytes that all its files may hold together.
    """

    def __init__(self, folder: Path, keyring: Keyring, limit: int) -> None:
        self._folder, self._path = folder, str(folder)
        self._keyring = keyring
        self._limit = limit
        self._lock = asyncio.Lock()
        self._queued: list[tuple[bytes, asyncio.Future[None]]] = []

    async def append(self, channel: str, body: bytes, told: Iterable[str] = ()) -> None:
        """Write a delivery and wait for fsync; raises `OSError` when it fails.

        The first caller writes for all callers that wait: one fsync for all of them.
        """
        written: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._queued.append((self._line(channel, body, told), written))
        async with self._lock:
            if not written.done():
                await self._write_queued()
        await written

    def has_backlog(self) -> bool:
        """Whether a delivery waits, of this or another process."""
        return bool(self._waiting_names())

    def backlog(self) -> Backlog:
        """How much waits, for the health endpoint."""
        waiting = [_size_and_mtime(path) for path in self._waiting_files()]
        since = min((changed for size, changed in waiting if size), default=None)
        return Backlog(
            waiting=sum(size for size, _ in waiting),
            since=dt.datetime.fromtimestamp(since, dt.UTC) if since is not None else None,
            set_aside=sum(_size_and_mtime(path)[0] for path in self._folder.glob(_SET_ASIDE)),
        )

    def can_append(self) -> bool:
        """Whether a delivery could be written now: the limit and the disk have room, and a test write succeeds."""
        try:
            self._folder.mkdir(mode=_PRIVATE_FOLDER, parents=True, exist_ok=True)
            if sum(_size_and_mtime(path)[0] for path in self._folder.iterdir()) >= self._limit:
                return False
            if shutil.disk_usage(self._folder).free < _ROOM:
                return False
            with self._open("probe", os.O_WRONLY | os.O_TRUNC) as probe:
                os.write(probe, b"\n")
                os.fsync(probe)
        except OSError:
            return False
        return True

    @contextmanager
    def draining(self) -> Iterator[bool]:
        """Hold the drain lock while the block runs; false when another process has it."""
        if not self._folder.is_dir():
            yield False
            return
        with self._open("drain.lock", os.O_WRONLY) as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield False
                return
            yield True

    def next_segment(self) -> Path | None:
        """The oldest file to drain, to which nothing is appended any more, or None."""
        segments = sorted(self._folder.glob(_SEGMENT))
        if segments:
            return segments[0]
        incoming = self._folder / _INCOMING
        with self._appending():
            if not incoming.exists():
                return None
            segment = self._folder / f"segment-{time.time_ns():020}.spool"
            incoming.rename(segment)
        return segment

    def open_line(self, line: bytes) -> Spooled | None:
        """The delivery of a line, or None when it is incomplete, altered, or its key is unknown."""
        try:
            version, wrapped, sealed = line.split()
            if version != _FORMAT:
                return None
            key = self._keyring.unwrap(base64.b64decode(wrapped, validate=True))
            plain = zlib.decompress(crypto.unseal(key, base64.b64decode(sealed, validate=True), _CONTEXT))
        except (ValueError, binascii.Error, zlib.error):
            return None
        head, _, body = plain.partition(b"\n")
        channel, *told = head.decode().split(" ")
        return Spooled(channel, body, frozenset(told))

    def set_aside(self, lines: Iterable[bytes]) -> None:
        """Move lines that cannot be stored to a separate file, where they block nothing."""
        self._append_to(f"set-aside-{now():%Y%m%dT%H}.spool", b"".join(line.rstrip(b"\n") + b"\n" for line in lines))

    def forget_set_aside(self, older_than: dt.timedelta) -> int:
        """Delete files that were set aside longer ago than this; returns how many."""
        limit = (now() - older_than).timestamp()
        old = [path for path in self._folder.glob(_SET_ASIDE) if _size_and_mtime(path)[1] < limit]
        for path in old:
            path.unlink(missing_ok=True)
        return len(old)

    def forget(self, is_theirs: Callable[[Spooled], bool]) -> int:
        """Delete the deliveries for which `is_theirs` holds, as erasure asks; returns how many.

        Does nothing while another process is draining: what it stores is then rejected by its sender's address.
        """
        count = 0
        with self.draining() as ours:
            if not ours:
                return 0
            self.next_segment()  # turns the file that is appended to into a segment
            for path in (*self._folder.glob(_SEGMENT), *self._folder.glob(_SET_ASIDE)):
                lines = path.read_bytes().splitlines(keepends=True)
                kept = [line for line in lines if not ((spooled := self.open_line(line)) and is_theirs(spooled))]
                if len(kept) < len(lines):
                    count += len(lines) - len(kept)
                    self._replace(path, b"".join(kept))
        return count

    def _replace(self, path: Path, content: bytes) -> None:
        with self._open(f".{path.name}", os.O_WRONLY | os.O_TRUNC) as file:
            write_all(file, content)
            os.fsync(file)
        (self._folder / f".{path.name}").replace(path)
        self._sync_folder()

    def _line(self, channel: str, body: bytes, told: Iterable[str]) -> bytes:
        key = crypto.new_key()
        head = " ".join([channel, *sorted(told)]).encode()
        sealed = crypto.seal(key, zlib.compress(head + b"\n" + body, 1), _CONTEXT)
        return b" ".join((_FORMAT, base64.b64encode(self._keyring.wrap(key)), base64.b64encode(sealed))) + b"\n"

    async def _write_queued(self) -> None:
        batch, self._queued = self._queued, []
        try:
            await asyncio.to_thread(self._append, b"".join(line for line, _ in batch))
        except BaseException as error:
            failure = error if isinstance(error, OSError) else OSError(errno.EINTR, "The write was interrupted.")
            for _, done in batch:
                done.set_exception(failure)
                done.exception()  # it is raised where it is awaited; a caller that was cancelled awaits nothing
            raise
        for _, done in batch:
            done.set_result(None)

    def _append(self, lines: bytes) -> None:
        self._folder.mkdir(mode=_PRIVATE_FOLDER, parents=True, exist_ok=True)
        with self._appending():
            if sum(_size_and_mtime(path)[0] for path in self._folder.iterdir()) + len(lines) > self._limit:
                raise SpoolFull(errno.EDQUOT, "The spool is full (NEUVO_SPOOL_SIZE_LIMIT).")
            self._append_to(_INCOMING, lines)

    def _append_to(self, name: str, lines: bytes) -> None:
        with self._open(name, os.O_RDWR | os.O_APPEND) as file:
            size = os.fstat(file).st_size
            if size and os.pread(file, 1, size - 1) != b"\n":
                lines = b"\n" + lines  # a process died while writing: its incomplete line must not spoil this one
            try:
                write_all(file, lines)
                os.fsync(file)
            except OSError:
                os.ftruncate(file, size)  # what is not surely on the disk counts as not written
                raise
        if not size:
            self._sync_folder()

    def _sync_folder(self) -> None:
        # A new file survives a power cut only once its folder has been synced too.
        folder = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    @contextmanager
    def _appending(self) -> Iterator[None]:
        with self._open("append.lock", os.O_WRONLY) as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    @contextmanager
    def _open(self, name: str, flags: int) -> Iterator[int]:
        file = os.open(self._folder / name, flags | os.O_CREAT | os.O_CLOEXEC, _PRIVATE_FILE)
        try:
            yield file
        finally:
            os.close(file)  # this also releases its lock

    def _waiting_files(self) -> list[Path]:
        return [self._folder / name for name in self._waiting_names()]

    def _waiting_names(self) -> list[str]:
        try:
            names = os.listdir(self._path)  # called for each delivery, so nothing slower
        except OSError:
            return []  # not created yet, or unreadable: `can_append` reports that
        return [name for name in names if name == _INCOMING or name.startswith("segment-")]


def _size_and_mtime(path: Path) -> tuple[int, float]:
    try:
        found = path.stat()
    except FileNotFoundError:
        return 0, time.time()  # drained since it was listed
    return found.st_size, found.st_mtime
