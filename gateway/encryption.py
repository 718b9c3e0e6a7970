"""Beside the road: what is written about people is sealed here before it reaches a table.

One key per conversation, wrapped by `NEUVO_DATA_KEY`, so that erasing a person is destroying a key.
"""

import base64
import binascii
import hashlib
import hmac
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

NONCE_BYTES = 12  # what AES-GCM is specified for (NIST SP 800-38D)
KEY_BYTES = 32


class CannotOpen(ValueError):
    """A sealed value does not open: its key is gone or wrong, or the value was changed."""


def new_key() -> bytes:
    """A fresh random key."""
    return os.urandom(KEY_BYTES)


def seal(key: bytes, plain: bytes | str, context: str) -> bytes:
    """Encrypt; `context` names the column, so that a value moved to another column does not open."""
    nonce = os.urandom(NONCE_BYTES)
    data = plain.encode() if isinstance(plain, str) else plain
    return nonce + AESGCM(key).encrypt(nonce, data, context.encode())


def unseal(key: bytes, sealed: bytes, context: str) -> bytes:
    """Decrypt what `seal` made; raises `CannotOpen`."""
    try:
        return AESGCM(key).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], context.encode())
    except (InvalidTag, ValueError) as error:
        raise CannotOpen(f"A value of {context} does not open with its key.") from error


def fingerprint(key: bytes, kind: str, value: str) -> bytes:
    """A keyed hash under which an identifier can be looked up without being readable (16 bytes)."""
    return hmac.digest(key, f"{kind}\x00{value}".encode(), hashlib.sha256)[:16]


class DataKeys:
    """The force's own keys: `id:base64,id:base64`; the first wraps, all of them unwrap (rotation).

    Raises `ValueError` with a sentence when a key is not 32 bytes.
    """

    def __init__(self, setting: str) -> None:
        self._keys: dict[str, bytes] = {}
        for part in filter(None, (piece.strip() for piece in setting.split(","))):
            key_id, _, encoded = part.partition(":")
            self._keys[key_id] = _decode_key(key_id, encoded)
        if not self._keys:
            raise ValueError("NEUVO_DATA_KEY is empty: give it as id:base64-of-32-bytes.")
        self._current = next(iter(self._keys))

    @property
    def current(self) -> str:
        """The id of the key that wraps."""
        return self._current

    @property
    def ids(self) -> tuple[str, ...]:
        """The ids of all our keys, the present one first."""
        return tuple(self._keys)

    @staticmethod
    def id_of(wrapped: bytes) -> str:
        """The id of the data key that a key was wrapped by, ours or not."""
        return wrapped.partition(b":")[0].decode(errors="replace")

    def wrap(self, key: bytes) -> bytes:
        """Seal a key under the current data key; the id travels in front of it."""
        return self._current.encode() + b":" + seal(self._keys[self._current], key, "key")

    def unwrap(self, wrapped: bytes) -> bytes:
        """Open a wrapped key; raises `CannotOpen` when its data key is not among ours."""
        key_id, _, sealed = wrapped.partition(b":")
        data_key = self._keys.get(key_id.decode(errors="replace"))
        if data_key is None:
            raise CannotOpen("A key was wrapped by a data key that is not in NEUVO_DATA_KEY any more.")
        return unseal(data_key, sealed, "key")


def _decode_key(key_id: str, encoded: str) -> bytes:
    try:
        key = base64.b64decode(encoded, validate=True)
    except binascii.Error as error:
        raise ValueError(f"NEUVO_DATA_KEY {key_id!r} is not base64; write it as id:base64.") from error
    if not key_id or len(key) != KEY_BYTES:
        raise ValueError(f"NEUVO_DATA_KEY {key_id!r} must be id:base64 of exactly {KEY_BYTES} bytes.")
    return key
