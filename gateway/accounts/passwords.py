"""Accounts: passwords by NIST SP 800-63B: long, of any characters, and none that is guessed soon.

How soon is estimated by zxcvbn, which knows leaked passwords, words, names, keyboards, dates and their disguises.
"""

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
_GUESSES = 10**8  # that must not suffice; zxcvbn's score 3
_ESTIMATED_LENGTH = 72  # zxcvbn's time grows with the square; a longer password is no weaker
# OWASP's first choice for argon2id: 19 MiB, two passes, one lane.
_HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1, type=Type.ID)
# Checked for an unknown account, so that it takes the same time as a known one.
_DUMMY_HASH = _HASHER.hash("nobody has this password")
_CONCURRENCY = 4  # 76 MiB at most
_SERVICE_WORDS = frozenset(
    {"neuvo", "poliisi", "poliisin", "polis", "polisen", "police", "helsinki", "helsingin", "helsingfors"}
    | {"salasana", "lösenord", "password"}
)
# What people here use and lists of the world do not have.
_LOCAL_WORDS = (
    *_SERVICE_WORDS,
    *("jalkapallo", "jääkiekko", "rakkaus", "rakas", "kultaseni", "perkele", "saatana", "vittu", "paska", "kissa"),
    *("koira", "suomi", "mustikka", "mansikka", "aurinko", "enkeli", "ystävä", "leijona", "karhu", "talvi", "kesä"),
    *("joulu", "maanantai", "perjantai", "tammikuu", "kesäkuu", "tervetuloa", "moikka", "poliisilaitos", "konstaapeli"),
    *("fotboll", "ishockey", "kärlek", "älskling", "sommar", "vinter", "hejsan", "sverige", "välkommen", "hemligt"),
    *("blomma", "solsken", "polisstation", "konstapel", "tampere", "turku", "espoo", "vantaa", "oulu", "åbo", "pasila"),
)


class Weakness(StrEnum):
    """Why a password is too weak; `KNOWN`: made of names of the person or words of the service; `GUESSED`: soon."""

    SHORT = "short"
    LONG = "long"
    SIMPLE = "simple"
    KNOWN = "known"
    GUESSED = "guessed"


_slots: dict[int, asyncio.Semaphore] = {}


def normalize(password: str) -> str:
    """The NFKC form, the same from every keyboard (NIST SP 800-63B 5.1.1.2)."""
    return unicodedata.normalize("NFKC", password)


def weakness(password: str, known: Iterable[str]) -> Weakness | None:
    """Why a new password is refused, or None.

    `known` are the person's names and sign-in name. The length is looked at first: to normalize and to estimate what is
    very long would take seconds of the whole process.
    """
    if len(password) > MAX_LENGTH:
        return Weakness.LONG
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
    if len(rest) < _OWN_CHARACTERS:
        return Weakness.KNOWN
    import zxcvbn  # its lists are loaded only when somebody chooses a password

    own = [*words, *_LOCAL_WORDS]
    estimated = zxcvbn.zxcvbn(plain[:_ESTIMATED_LENGTH], user_inputs=own)
    return Weakness.GUESSED if estimated["guesses"] < _GUESSES else None


async def find_weakness(password: str, known: Iterable[str]) -> Weakness | None:
    """`weakness`, beside the event loop: an estimate takes tens of milliseconds."""
    async with _slot():
        return await asyncio.to_thread(weakness, password, tuple(known))


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
