"""Under accounts: passwords by NIST SP 800-63B: long, free in form, not made of what is known about the person."""

import asyncio
import re
import unicodedata
from collections.abc import Iterable

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerifyMismatchError

SHORTEST = 12
LONGEST = 256  # more only makes us work
_OWN_CHARACTERS = 8  # what must be left without the words that anybody would try
_DIFFERENT = 5
# OWASP's first choice for argon2id: 19 MiB, two passes, one lane.
_HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1, type=Type.ID)
# Against this an unknown account is checked, so that it costs the same time as a known one.
_NOBODY = _HASHER.hash("nobody has this password")
_AT_ONCE = 4  # 76 MiB at most
_SERVICE_WORDS = frozenset(
    {"neuvo", "poliisi", "poliisin", "polis", "polisen", "police", "helsinki", "helsingin", "helsingfors"}
    | {"salasana", "lösenord", "password"}
)
_slots: dict[int, asyncio.Semaphore] = {}


def normal(password: str) -> str:
    """One form for what looks the same on every keyboard (NIST SP 800-63B 5.1.1.2)."""
    return unicodedata.normalize("NFKC", password)


def weakness(password: str, known: Iterable[str]) -> str | None:
    """Why a new password is refused: `short`, `long`, `simple` or `known`; nothing when it is good.

    `known` are the person's names and sign-in name.
    """
    plain = normal(password)
    if len(plain) < SHORTEST:
        return "short"
    if len(plain) > LONGEST:
        return "long"
    if len(set(plain)) < _DIFFERENT:
        return "simple"
    words = {word.casefold() for text in known for word in re.split(r"[\W_]+", text) if len(word) >= 3}
    rest = plain.casefold()
    for word in sorted({*words, *_SERVICE_WORDS}, key=len, reverse=True):
        rest = rest.replace(word, "")
    return "known" if len(rest) < _OWN_CHARACTERS else None


async def hashed(password: str) -> str:
    """The form in which a password is kept."""
    async with _slot():
        return await asyncio.to_thread(_HASHER.hash, normal(password))


async def matches(password: str, kept: str | None) -> bool:
    """Whether it is the right one; takes the same time when there is none."""
    async with _slot():
        right = await asyncio.to_thread(_verify, normal(password[: LONGEST + 1]), kept or _NOBODY)
    return right and kept is not None


def is_dated(kept: str) -> bool:
    """Whether it was hashed with less effort than today's."""
    return _HASHER.check_needs_rehash(kept)


def _verify(password: str, kept: str) -> bool:
    try:
        return _HASHER.verify(kept, password)
    except (VerifyMismatchError, InvalidHashError):
        return False


def _slot() -> asyncio.Semaphore:
    loop = id(asyncio.get_running_loop())
    return _slots.setdefault(loop, asyncio.Semaphore(_AT_ONCE))
