"""Backup, the file: one line that says what it is, then parts, each sealed under a key that only a data key opens.

    line 1   JSON: form, revision of the tables, moment, commit of the content, the wrapped key (base64)
    then     4 bytes of length, big-endian, and so many bytes: a part
    a part   zlib of JSON lines [table, {column: value}], sealed under the context "backup.<number>"
    the last part is one line ["", {table: rows}], so that a file that was cut is known

Parts cannot change places, and none can be left out: each opens only under its own number.
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

from gateway import encryption
from gateway.encryption import CannotOpen, DataKeys

FORM = "neuvo-backup-1"
PART_ROWS = 200
LONGEST_PART = 256 * 1024 * 1024
Row = tuple[str, dict[str, Any]]


class BackupRefused(Exception):
    """A backup cannot be used; the text says why and what to do."""


@dataclass(frozen=True)
class Header:
    """The first line; it can be read without a key and names nobody."""

    form: str
    revision: str
    made_at: str
    content_commit: str | None
    wrapped_key: str


def new_header(revision: str, made_at: dt.datetime, content_commit: str | None, keys: DataKeys) -> tuple[Header, bytes]:
    """A header with a fresh key, and that key."""
    key = encryption.new_key()
    wrapped = base64.b64encode(keys.wrap(key)).decode()
    return Header(FORM, revision, made_at.isoformat(), content_commit, wrapped), key


def write(path: Path, header: Header, key: bytes, rows: Iterable[Row]) -> dict[str, int]:
    """Write all rows; the file appears whole or not at all. Returns rows by table. Raises `OSError`."""
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
    plain = "\n".join(json.dumps([table, values], default=_encoded) for table, values in part)
    sealed = encryption.seal(key, zlib.compress(plain.encode()), f"backup.{number}")
    file.write(len(sealed).to_bytes(4, "big") + sealed)
    return number + 1


def read_header(path: Path) -> Header:
    """The first line. Raises `BackupRefused`."""
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
    """Every row, in the order of the tables. Raises `BackupRefused` where a part is missing, changed or not ours."""
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
    sealed = file.read(min(length, LONGEST_PART))
    if not length or len(sealed) < length:
        raise BackupRefused("The backup is cut off: its end is missing.")
    try:
        plain = zlib.decompress(encryption.unseal(key, sealed, f"backup.{number}")).decode()
    except (CannotOpen, zlib.error) as error:
        raise BackupRefused(f"Part {number} of the backup does not open: it was changed.") from error
    lines = [json.loads(line, object_hook=_decoded) for line in plain.split("\n") if line]
    return [(table, values) for table, values in lines]


def _encoded(value: object) -> dict[str, str]:
    if isinstance(value, bytes | memoryview):
        return {"$bytes": base64.b64encode(bytes(value)).decode()}
    if isinstance(value, dt.datetime):
        return {"$moment": value.isoformat()}
    if isinstance(value, dt.date):
        return {"$day": value.isoformat()}
    if isinstance(value, uuid.UUID):
        return {"$id": value.hex}
    raise TypeError(f"A backup cannot hold a {type(value).__name__}.")


def _decoded(value: dict[str, Any]) -> Any:
    if len(value) != 1:
        return value
    ((kind, text),) = value.items()
    if kind == "$bytes":
        return base64.b64decode(text)
    if kind == "$moment":
        return dt.datetime.fromisoformat(text)
    if kind == "$day":
        return dt.date.fromisoformat(text)
    return uuid.UUID(hex=text) if kind == "$id" else value
