"""Accounts: passwords by NIST SP 800-63B: long, of any characters, not made of the person's or the service's names."""

import asyncio
import re
import unicodedata
from collections.abc import Iterable
from enum import StrEnum

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerifyMismatchError

MIN_LENGTH = 12
MAX_LENGTH = 256  # longer ones only cost time
_OWN_CHARACTERS = 8  # characters that must remain without easily guessed words
_DISTINCT_CHARACTERS = 5
# OWASP's first choice for argon2id: 19 MiB, two passes, one lane.
_HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1, type=Type.ID)
# Checked for an unknown account, so that it takes the same time as a known one.
_DUMMY_HASH = _HASHER.hash("nobody has this password")
_CONCURRENCY = 4  # 76 MiB at most
_SERVICE_WORDS = frozenset(
    {"neuvo", "poliisi", "poliisin", "polis", "polisen", "police", "helsinki", "helsingin", "helsingfors"}
    | {"salasana", "lösenord", "password"}
)


class Weakness(StrEnum):
    """Why a password is too weak; `KNOWN`: made of names of the person or words of the service."""

    SHORT = "short"
    LONG = "long"
    SIMPLE = "simple"
    KNOWN = "known"


_slots: dict[int, asyncio.Semaphore] = {}


def normalize(password: str) -> str:
    """The NFKC form, the same from every keyboard (NIST SP 800-63B 5.1.1.2)."""
    return unicodedata.normalize("NFKC", password)


def weakness(password: str, known: Iterable[str]) -> Weakness | None:
    """Why a new password is refused, or None.

    `known` are the person's names and sign-in name.
    """
    plain = normalize(password)
    if len(plain) < MIN_LENGTH:
        return Weakness.SHORT
    if len(plain) > MAX_LENGTH:
        return Weakness.LONG
    if len(set(plain)) < _DISTINCT_CHARACTERS:
        return Weakness.SIMPLE
    words = {word.casefold() for text in known for word in re.split(r"[\W_]+", text) if len(word) >= 3}
    rest = plain.casefold()
    for word in sorted({*words, *_SERVICE_WORDS}, key=len, reverse=True):
        rest = rest.replace(word, "")
    return Weakness.KNOWN if len(rest) < _OWN_CHARACTERS else None


async def hash_password(password: str) -> str:
    """The argon2id hash of a password."""
    async with _slot():
        return await asyncio.to_thread(_HASHER.hash, normalize(password))


async def matches(password: str, stored: str | None) -> bool:
    """Whether the password matches the stored hash; takes the same time where there is none."""
    async with _slot():
        right = await asyncio.to_thread(_verify, normalize(password[: MAX_LENGTH + 1]), stored or _DUMMY_HASH)
    return right and stored is not None


def needs_rehash(stored: str) -> bool:
    """Whether it was hashed with weaker parameters than the current ones."""
    return _HASHER.check_needs_rehash(stored)


def _verify(password: str, stored: str) -> bool:
    try:
        return _HASHER.verify(stored, password)
    except (VerifyMismatchError, InvalidHashError):
        return False


def _slot() -> asyncio.Semaphore:
    loop = id(asyncio.get_running_loop())
    return _slots.setdefault(loop, asyncio.Semaphore(_CONCURRENCY))
