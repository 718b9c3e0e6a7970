"""Backups, the file format: a header line, then parts, encrypted with a key that a data key wraps.

    line 1   JSON: format, schema revision, timestamp, commit of the content, the wrapped key (base64)
    then     4 bytes of length, big-endian, and as many bytes: a part
    a part   zlib of JSON lines [table, {column: value}], encrypted with the context "backup.<number>"
    the last part is one line ["", {table: rows}], so that a truncated file is detected

Parts cannot be reordered or removed: each decrypts only with its own number.
"""

import base64
import datetime as dt
import json
import os
import uuid
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, BinaryIO

from gateway.core import crypto
from gateway.core.crypto import CannotOpen, DataKeys

FORM = "neuvo-backup-1"
PART_ROWS = 200
MAX_PART_BYTES = 256 * 1024 * 1024
Row = tuple[str, dict[str, Any]]


class BackupRefused(Exception):
    """A backup cannot be used; the text says why and what to do."""


@dataclass(frozen=True)
class Header:
    """The first line; it is readable without a key and has no personal data."""

    form: str
    revision: str
    made_at: str
    content_commit: str | None
    wrapped_key: str


def new_header(revision: str, made_at: dt.datetime, content_commit: str | None, keys: DataKeys) -> tuple[Header, bytes]:
    """A header with a new key, and that key."""
    key = crypto.new_key()
    wrapped = base64.b64encode(keys.wrap(key)).decode()
    return Header(FORM, revision, made_at.isoformat(), content_commit, wrapped), key


def write(path: Path, header: Header, key: bytes, rows: Iterable[Row]) -> dict[str, int]:
    """Write all rows atomically: to a temporary file, then renamed. Returns rows by table. Raises `OSError`."""
    unfinished = path.with_name(f".{path.name}.unfinished")
    counts: dict[str, int] = {}
    with open(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600), "wb") as file:
        file.write(json.dumps(asdict(header)).encode() + b"\n")
        number, part = 0, list[Row]()
        for row in rows:
            counts[row[0]] = counts.get(row[0], 0) + 1
            part.append(row)
            if len(part) == PART_ROWS:
                number, part = _write_part(file, key, number, part), []
        number = _write_part(file, key, number, part)
        _write_part(file, key, number, [("", dict(counts))])
        file.flush()
        os.fsync(file.fileno())
    unfinished.rename(path)
    return counts


def _write_part(file: BinaryIO, key: bytes, number: int, part: list[Row]) -> int:
    plain = "\n".join(_encode([table, values]) for table, values in part)
    sealed = crypto.seal(key, zlib.compress(plain.encode()), f"backup.{number}")
    file.write(len(sealed).to_bytes(4, "big") + sealed)
    return number + 1


def read_header(path: Path) -> Header:
    """Read the first line. Raises `BackupRefused`."""
    with path.open("rb") as file:
        return _header(file.readline(10_000))


def _header(line: bytes) -> Header:
    try:
        header = Header(**json.loads(line))
    except (ValueError, TypeError) as error:
        raise BackupRefused("This file is no backup of Neuvo.") from error
    if header.form != FORM:
        raise BackupRefused(f"This backup has the form {header.form!r}; this version reads {FORM!r}.")
    return header


def read(path: Path, keys: DataKeys) -> Iterator[Row]:
    """Read every row, in the order of the tables. Raises `BackupRefused` for a missing, changed or foreign part."""
    counts: dict[str, int] = {}
    with path.open("rb") as file:
        header = _header(file.readline(10_000))
        try:
            key = keys.unwrap(base64.b64decode(header.wrapped_key))
        except (CannotOpen, ValueError) as error:
            raise BackupRefused(
                "The data key of this backup is not in NEUVO_DATA_KEY: put the key of its time there, behind a comma."
            ) from error
        number = 0
        while True:
            for table, values in _part(file, key, number):
                if not table:
                    if values != counts or file.read(1):
                        raise BackupRefused("The backup does not have the rows that it says: it was changed or cut.")
                    return
                counts[table] = counts.get(table, 0) + 1
                yield table, values
            number += 1


def _part(file: BinaryIO, key: bytes, number: int) -> list[Row]:
    length = int.from_bytes(file.read(4), "big")
    sealed = file.read(min(length, MAX_PART_BYTES))
    if not length or len(sealed) < length:
        raise BackupRefused("The backup is cut off: its end is missing.")
    try:
        plain = zlib.decompress(crypto.unseal(key, sealed, f"backup.{number}")).decode()
    except (CannotOpen, zlib.error) as error:
        raise BackupRefused(f"Part {number} of the backup does not open: it was changed.") from error
    lines = [json.loads(line, object_hook=_decoded) for line in plain.split("\n") if line]
    return [(table, values) for table, values in lines]


def _encoded(value: object) -> dict[str, str]:
    if isinstance(value, bytes | memoryview):
        return {"$bytes": base64.b64encode(bytes(value)).decode()}
    if isinstance(value, dt.datetime):
        return {"$timestamp": value.isoformat()}
    if isinstance(value, dt.date):
        return {"$day": value.isoformat()}
    if isinstance(value, uuid.UUID):
        return {"$id": value.hex}
    raise TypeError(f"A backup cannot hold a {type(value).__name__}.")


# Made once: `json.dumps` makes one for each row.
_encode = json.JSONEncoder(default=_encoded, separators=(",", ":")).encode


def _decoded(value: dict[str, Any]) -> Any:
    if len(value) != 1:
        return value
    ((kind, text),) = value.items()
    if kind == "$bytes":
        return base64.b64decode(text)
    if kind == "$timestamp":
        return dt.datetime.fromisoformat(text)
    if kind == "$day":
        return dt.date.fromisoformat(text)
    return uuid.UUID(hex=text) if kind == "$id" else value
