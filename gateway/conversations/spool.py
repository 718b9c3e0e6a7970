"""Station 1, the spool: deliveries that the database could not take, on disk until it is back.

One line per delivery, sealed under a key of its own that `NEUVO_DATA_KEY` wraps, so that neither the database nor a
key in it is needed to write or to open one. Lines are appended to `incoming.spool`; to be drained, that file is
renamed to a segment and deleted once every line of it is stored. Several processes share the folder through locks
on files, which the system gives back when a process dies. A line that does not open goes to a `set-aside-*` file.
"""

import asyncio
import base64
import binascii
import datetime as dt
import errno
import fcntl
import os
import time
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from gateway import encryption
from gateway.conversations.keys import Keyring
from gateway.database import now

_FORM = b"1"  # of a line: its form, the wrapped key, the sealed delivery
_CONTEXT = "spool.delivery"
_INCOMING = "incoming.spool"
_SEGMENT = "segment-*.spool"
_SET_ASIDE = "set-aside-*.spool"
_PRIVATE_FILE, _PRIVATE_FOLDER = 0o600, 0o700


class SpoolFull(OSError):
    """The spool has reached its size limit."""


@dataclass(frozen=True)
class Spooled:
    """One delivery of the spool, opened."""

    channel: str
    body: bytes


@dataclass(frozen=True)
class Backlog:
    """What waits on disk, in bytes, since when, and how many bytes were set aside."""

    waiting: int
    since: dt.datetime | None
    set_aside: int


class Spool:
    """The folder of one machine's gateway processes; made when the first line is written.

    `limit` is the most bytes that all its files may hold together.
    """

    def __init__(self, folder: Path, keyring: Keyring, limit: int) -> None:
        self._folder = folder
        self._keyring = keyring
        self._limit = limit
        self._turn = asyncio.Lock()
        self._queued: list[tuple[bytes, asyncio.Future[None]]] = []

    async def append(self, channel: str, body: bytes) -> None:
        """Write a delivery and wait until the disk has it; raises `OSError` when it does not.

        Whoever comes first writes for everybody who waits: one fsync for all of them.
        """
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._queued.append((self._line(channel, body), done))
        async with self._turn:
            if not done.done():
                await self._write_queued()
        await done

    def has_backlog(self) -> bool:
        """Whether a delivery waits; also one of another process."""
        return any(True for _ in self._waiting_files())

    def backlog(self) -> Backlog:
        """How much waits, for the health page."""
        waiting = [_size_and_time(path) for path in self._waiting_files()]
        since = min((moment for size, moment in waiting if size), default=None)
        return Backlog(
            waiting=sum(size for size, _ in waiting),
            since=dt.datetime.fromtimestamp(since, dt.UTC) if since is not None else None,
            set_aside=sum(_size_and_time(path)[0] for path in self._folder.glob(_SET_ASIDE)),
        )

    def can_append(self) -> bool:
        """Whether a delivery could be written now: there is room below the limit and the disk takes a byte."""
        try:
            self._folder.mkdir(mode=_PRIVATE_FOLDER, parents=True, exist_ok=True)
            if sum(_size_and_time(path)[0] for path in self._folder.iterdir()) >= self._limit:
                return False
            with self._open("probe", os.O_WRONLY | os.O_TRUNC) as probe:
                os.write(probe, b"\n")
                os.fsync(probe)
        except OSError:
            return False
        return True

    @contextmanager
    def draining(self) -> Iterator[bool]:
        """Hold the right to drain while the block runs; false when another process has it."""
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
        """The oldest file to drain; nothing may be appended to it any more."""
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
        """The delivery of a line; nothing when it is torn, changed, or its key is gone."""
        try:
            form, wrapped, sealed = line.split()
            if form != _FORM:
                return None
            key = self._keyring.unwrap(base64.b64decode(wrapped, validate=True))
            plain = zlib.decompress(encryption.unseal(key, base64.b64decode(sealed, validate=True), _CONTEXT))
        except (ValueError, binascii.Error, zlib.error):
            return None
        channel, _, body = plain.partition(b"\n")
        return Spooled(channel.decode(), body)

    def set_aside(self, lines: Iterable[bytes]) -> None:
        """Keep lines that cannot be stored in a file beside the spool, where they block nothing."""
        self._append_to(f"set-aside-{now():%Y%m%dT%H}.spool", b"".join(line.rstrip(b"\n") + b"\n" for line in lines))

    def forget_set_aside(self, older_than: dt.timedelta) -> int:
        """Delete what was set aside so long ago; returns how many files."""
        limit = (now() - older_than).timestamp()
        old = [path for path in self._folder.glob(_SET_ASIDE) if _size_and_time(path)[1] < limit]
        for path in old:
            path.unlink(missing_ok=True)
        return len(old)

    def forget(self, is_theirs: Callable[[Spooled], bool]) -> int:
        """Take out the deliveries of somebody who has wished to be erased; returns how many.

        Nothing is done while another process is draining: what it stores is then refused by who sent it.
        """
        count = 0
        with self.draining() as ours:
            if not ours:
                return 0
            self.next_segment()  # what is being appended to becomes a segment, where there is none before it
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
        self._keep_name()

    def _line(self, channel: str, body: bytes) -> bytes:
        key = encryption.new_key()
        sealed = encryption.seal(key, zlib.compress(channel.encode() + b"\n" + body, 1), _CONTEXT)
        return b" ".join((_FORM, base64.b64encode(self._keyring.wrap(key)), base64.b64encode(sealed))) + b"\n"

    async def _write_queued(self) -> None:
        batch, self._queued = self._queued, []
        try:
            await asyncio.to_thread(self._append, b"".join(line for line, _ in batch))
        except BaseException as error:
            failure = error if isinstance(error, OSError) else OSError(errno.EINTR, "The writing was interrupted.")
            for _, done in batch:
                done.set_exception(failure)
                done.exception()  # it is raised where it is awaited; a caller that was cancelled awaits nothing
            raise
        for _, done in batch:
            done.set_result(None)

    def _append(self, lines: bytes) -> None:
        self._folder.mkdir(mode=_PRIVATE_FOLDER, parents=True, exist_ok=True)
        with self._appending():
            if sum(_size_and_time(path)[0] for path in self._folder.iterdir()) + len(lines) > self._limit:
                raise SpoolFull(errno.EDQUOT, "The spool is full (NEUVO_SPOOL_SIZE_LIMIT).")
            self._append_to(_INCOMING, lines)

    def _append_to(self, name: str, lines: bytes) -> None:
        with self._open(name, os.O_RDWR | os.O_APPEND) as file:
            size = os.fstat(file).st_size
            if size and os.pread(file, 1, size - 1) != b"\n":
                lines = b"\n" + lines  # a process died while it wrote: its torn line must not spoil this one
            try:
                write_all(file, lines)
                os.fsync(file)
            except OSError:
                os.ftruncate(file, size)  # what is not surely on the disk was not taken
                raise
        if not size:
            self._keep_name()

    def _keep_name(self) -> None:
        # A new file survives a power cut only once its folder has been written too.
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
            os.close(file)  # this also gives its lock back

    def _waiting_files(self) -> Iterator[Path]:
        try:
            names = os.listdir(self._folder)  # asked for each delivery, so nothing slower
        except OSError:
            return  # not made yet, or nothing that can be read: what can be appended is asked elsewhere
        yield from (self._folder / name for name in names if name == _INCOMING or name.startswith("segment-"))


def write_all(file: int, content: bytes) -> None:
    """Write to the last byte; raises `OSError` where the system takes a part of it only, as a disk does that fills."""
    written = 0
    while written < len(content):
        written += os.write(file, content[written:])


def _size_and_time(path: Path) -> tuple[int, float]:
    try:
        found = path.stat()
    except FileNotFoundError:
        return 0, time.time()  # drained since it was listed
    return found.st_size, found.st_mtime
