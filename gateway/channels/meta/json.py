"""Channels, way in: a body of Meta's webhooks: whether it comes from Meta, unchanged, and its JSON, read with bounds.

So one bad update spoils no other.
"""

import datetime as dt
import hashlib
import hmac
import json
import re
from typing import Any

from gateway.core.database import now

_FORM = re.compile(rb"sha256=([0-9a-f]{64})")


def signature_of(secret: str, body: bytes) -> str:
    """The value of `X-Hub-Signature-256`: HMAC-SHA256 of the raw bytes under the application's secret."""
    return "sha256=" + hmac.digest(secret.encode(), body, "sha256").hex()


def is_authentic(secret: str, body: bytes, header: str | None) -> bool:
    """Whether the header is the signature of these bytes; always false without a secret.

    Compares in constant time and as bytes: a header with other characters is refused, not an error.
    """
    given = (header or "").encode("latin-1", errors="replace")
    matches = bool(_FORM.fullmatch(given)) and hmac.compare_digest(given, signature_of(secret, body).encode())
    return bool(secret) and matches


# A string as a whole (an unfinished one up to the end), or one bracket.
_TOKENS = re.compile(rb'"(?:\\.|[^"\\])*+(?:"|\Z)|[\[{\]}]', re.DOTALL)
# Meta's deepest body (an edited message with a shared contact in it) has 14 levels.
MOST_LEVELS = 64
_LONGEST_NUMBER = 300  # digits; Python reads no more than 4,300, and one such number would fail the whole body
_MILLISECONDS_FROM = 10**11  # seconds reach this in the year 5138; some bodies have milliseconds
_CLOCK_SKEW = dt.timedelta(minutes=10)


def read_document(body: bytes) -> Any:
    """The document of a body; numbers of over 300 digits become `None`. Raises `ValueError` when it is no JSON.

    Raises `RecursionError` when it is nested too deeply; read `without_depths(body)` then.
    """
    return _DECODER.decode(body.decode(json.detect_encoding(body), "surrogatepass"))


def _whole_number(digits: str) -> int | None:
    return int(digits) if len(digits) <= _LONGEST_NUMBER else None


_DECODER = json.JSONDecoder(parse_int=_whole_number)


def without_depths(body: bytes, most: int = MOST_LEVELS) -> bytes:
    """The JSON with `null` for whatever lies deeper than `most` levels; in one pass and without recursion."""
    kept, start, level = [], 0, 0
    for token in _TOKENS.finditer(body):
        if token.group() in (b"[", b"{"):
            level += 1
            if level == most + 1:
                kept += [body[start : token.start()], b"null"]
        elif token.group() in (b"]", b"}"):
            if level == most + 1:
                start = token.end()
            level -= 1
    return b"".join([*kept, body[start:] if level <= most else b""])


def dicts(content: Any) -> list[dict[str, Any]]:
    """The objects of a list; an empty list for anything else."""
    return [item for item in content if isinstance(item, dict)] if isinstance(content, list) else []


def get(content: Any, key: str) -> Any:
    """The value of a key, or `None` when the content is no object or has no such key."""
    return content.get(key) if isinstance(content, dict) else None


def text(content: Any) -> str | None:
    """A string that can be stored, or `None` for an empty one and for anything else."""
    if not isinstance(content, str):
        return None
    if content.isascii() and "\x00" not in content:
        return content or None
    # PostgreSQL cannot hold NUL, and half a surrogate pair cannot be encoded: no citizen writes either.
    clean = content.replace("\x00", "").encode("utf-8", errors="replace").decode()
    return clean or None


def text_or_number(content: Any) -> str | None:
    """As `text`, and the digits of a whole number: the Messenger Platform writes some ids as numbers."""
    if isinstance(content, int) and not isinstance(content, bool) and 0 <= content < 10**20:
        return str(content)
    return text(content)


def coordinate(content: Any) -> str | None:
    """A latitude or longitude in degrees, or `None` for what is none."""
    is_number = isinstance(content, int | float) and not isinstance(content, bool)
    return f"{content:.6f}".rstrip("0").rstrip(".") if is_number and -180 <= content <= 180 else None


def code_of(content: Any) -> int | None:
    """An error code or subcode of Meta's, or `None` for what is no number or too large for the tables."""
    return content if type(content) is int and abs(content) < 2**31 else None


def timestamp_of(value: Any) -> dt.datetime | None:
    """A time in seconds or milliseconds since 1970, as a number or digits; `None` when it is none."""
    try:
        seconds = float(value)
        seconds = seconds / 1000 if seconds >= _MILLISECONDS_FROM else seconds
        return dt.datetime.fromtimestamp(seconds, dt.UTC)
    except (TypeError, ValueError, OverflowError, OSError):
        return None


def plausible_timestamp(*values: Any, earliest: dt.datetime) -> dt.datetime:
    """The first value that is a time from `earliest` until now (clocks may be 10 minutes ahead); else now.

    A time in the far future would keep the reply window open and the texts stored for ever.
    """
    current = now()
    found = (timestamp_of(value) for value in values)
    return next((each for each in found if each is not None and earliest <= each <= current + _CLOCK_SKEW), current)


def digest(content: Any) -> str:
    """A stable identifier for an update that has none: the SHA-256 of its JSON, in hexadecimal."""
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
