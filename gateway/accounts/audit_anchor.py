"""Accounts: the anchor of the audit log: its head, signed, written where whoever owns the database has no access.

A line is JSON: `at`, `number`, `hash`, `signature` (Ed25519 over the other three). `python -m gateway audit verify
--anchors FILE` looks for each in the chain.
"""

import asyncio
import json
import logging
import logging.handlers
from collections.abc import Iterable
from pathlib import Path

import structlog
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from gateway.accounts.audit import HEAD
from gateway.accounts.models import AuditHead
from gateway.core.config.settings import Settings
from gateway.core.context import Context
from gateway.core.database import now

log = structlog.get_logger()
SYSLOG = "syslog"
_SYSLOG_PORT = 514


class AnchorWrong(ValueError):
    """A line of anchors is no anchor of ours."""


def signing_key(settings: Settings) -> Ed25519PrivateKey:
    """The key that signs anchors, derived from `NEUVO_SECRET_KEY`."""
    derived = HKDF(SHA256(), 32, salt=None, info=b"neuvo audit anchor").derive(
        settings.secret_key.get_secret_value().encode()
    )
    return Ed25519PrivateKey.from_private_bytes(derived)


def anchor_line(key: Ed25519PrivateKey, number: int, digest: bytes) -> str:
    """The line of one head."""
    fields = {"at": now().isoformat(timespec="seconds"), "number": number, "hash": digest.hex()}
    return json.dumps({**fields, "signature": key.sign(_signed(fields)).hex()})


def read_anchors(lines: Iterable[str], key: Ed25519PublicKey) -> dict[int, str | None]:
    """Hashes by number; raises `AnchorWrong` for a line that was changed or is none."""
    found: dict[int, str | None] = {}
    for place, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            fields = json.loads(line[line.index("{") :])  # a syslog puts its own words before it
            key.verify(bytes.fromhex(fields.pop("signature")), _signed(fields))
            found[int(fields["number"])] = str(fields["hash"])
        except (ValueError, KeyError, TypeError, AttributeError, InvalidSignature) as error:
            raise AnchorWrong(f"Line {place} is no anchor of this service, or was changed.") from error
    return found


def _signed(fields: dict[str, object]) -> bytes:
    return json.dumps(fields, sort_keys=True, separators=(",", ":")).encode()


async def write_anchor(service: Context) -> None:
    """Write the present head to where `NEUVO_AUDIT_ANCHOR` says; what fails, the next round tries."""
    where = service.settings.audit_anchor
    if not where:
        return
    async with service.database.transaction() as session:
        head = await session.get_one(AuditHead, HEAD)
    line = anchor_line(signing_key(service.settings), head.number, head.hash)
    try:
        await asyncio.to_thread(_write, where, line)
    except OSError as error:
        log.error("audit_anchor_failed", exc_info=error)


def _write(where: str, line: str) -> None:
    if where.partition(":")[0] != SYSLOG:
        with Path(where).open("a", encoding="utf-8") as file:
            file.write(line + "\n")
        return
    _, _, address = where.partition(":")
    host, _, port = address.partition(":")
    target = (host, int(port or _SYSLOG_PORT)) if host else "/dev/log"
    handler = logging.handlers.SysLogHandler(target, facility=logging.handlers.SysLogHandler.LOG_AUTHPRIV)
    try:
        handler.emit(logging.LogRecord("neuvo", logging.INFO, "", 0, f"neuvo-audit: {line}", None, None))
    finally:
        handler.close()
