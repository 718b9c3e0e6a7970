"""Checks of encryption: what is sealed opens only with its key and in its place; fingerprints find again."""

import base64
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.crypto import CannotOpen, DataKeys, fingerprint, new_key, seal, unseal


def data_keys(*names: str, keys: dict[str, bytes] | None = None) -> DataKeys:
    known = {} if keys is None else keys
    return DataKeys(
        ",".join(f"{name}:{base64.b64encode(known.setdefault(name, os.urandom(32))).decode()}" for name in names)
    )


@given(st.binary(max_size=200))
def test_what_is_sealed_opens_with_its_key_in_its_place(content: bytes) -> None:
    key = new_key()

    assert unseal(key, seal(key, content, "a.b"), "a.b") == content


@pytest.mark.parametrize("change", ["key", "place", "bytes", "cut"])
def test_a_wrong_key_another_place_and_changed_bytes_do_not_open(change: str) -> None:
    key = new_key()
    sealed = seal(key, "salaisuus", "message.content")
    other = {"key": new_key()}.get(change, key)
    context = "outbox.content" if change == "place" else "message.content"
    if change == "bytes":
        sealed = sealed[:-1] + bytes([sealed[-1] ^ 1])
    if change == "cut":
        sealed = sealed[:5]

    with pytest.raises(CannotOpen):
        unseal(other, sealed, context)


def test_the_same_words_are_never_sealed_alike() -> None:
    key = new_key()

    assert seal(key, "hei", "a") != seal(key, "hei", "a")


def test_a_key_wrapped_before_a_rotation_opens_after_it_and_not_when_its_data_key_is_gone() -> None:
    keys: dict[str, bytes] = {}
    wrapped = data_keys("old", keys=keys).wrap(b"k" * 32)

    assert data_keys("new", "old", keys=keys).unwrap(wrapped) == b"k" * 32
    with pytest.raises(CannotOpen):
        data_keys("new", keys=keys).unwrap(wrapped)


def test_a_fingerprint_is_stable_keyed_and_of_its_kind() -> None:
    key = new_key()

    assert fingerprint(key, "phone", "358401234567") == fingerprint(key, "phone", "358401234567")
    assert fingerprint(key, "phone", "1") != fingerprint(key, "user_id", "1")
    assert fingerprint(new_key(), "phone", "1") != fingerprint(key, "phone", "1")
