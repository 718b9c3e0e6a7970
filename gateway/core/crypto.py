"""Encryption of what is stored about people (AES-GCM), keyed hashes, and the data keys that wrap all other keys.

One key per conversation, wrapped by `NEUVO_DATA_KEY`, so that deleting the key erases the conversation.
"""

import base64
import binascii
import hmac
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

NONCE_BYTES = 12  # what AES-GCM is specified for (NIST SP 800-38D)
KEY_BYTES = 32


class CannotOpen(ValueError):
    """An encrypted value cannot be decrypted: its key is missing or wrong, or the value was altered."""


def new_key() -> bytes:
    """A fresh random key."""
    return os.urandom(KEY_BYTES)


def seal(key: bytes, plain: bytes | str, context: str) -> bytes:
    """Encrypt; `context` names the column, so that a value moved to another column cannot be decrypted."""
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
    """A keyed hash (16 bytes) that finds an identifier without storing it in clear: a blind index."""
    return hmac.digest(key, f"{kind}\x00{value}".encode(), "sha256")[:16]


class DataKeys:
    """The data keys of `NEUVO_DATA_KEY`, `id:base64,id:base64`: the first wraps, all of them unwrap (rotation).

    Raises `ValueError` when a key is not base64 of 32 bytes.
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
        """The ids of all data keys, the wrapping one first."""
        return tuple(self._keys)

    @staticmethod
    def id_of(wrapped: bytes) -> str:
        """The id of the data key that wrapped a key, known or not."""
        return wrapped.partition(b":")[0].decode(errors="replace")

    def wrap(self, key: bytes) -> bytes:
        """Encrypt a key with the current data key, whose id is prepended."""
        return self._current.encode() + b":" + seal(self._keys[self._current], key, "key")

    def unwrap(self, wrapped: bytes) -> bytes:
        """Decrypt a wrapped key; raises `CannotOpen` when its data key is unknown."""
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
