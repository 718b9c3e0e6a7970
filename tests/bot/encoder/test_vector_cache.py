"""Vectors of training examples are made once per text and encoder, and the store stays small and whole."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from bot.encoder import vector_cache
from bot.encoder.vector_cache import encode_cached, not_cached
from bot.encoder.weights_file import FloatArray


class LengthEncoder:
    """Encodes a text by its length and remembers what it was asked."""

    def __init__(self, identity: str = "a" * 64) -> None:
        self.identity = identity
        self.asked: list[str] = []

    def encode_layers(self, texts: Sequence[str]) -> FloatArray:
        self.asked += texts
        return np.array([[len(text), 0.5] for text in texts], np.float32)


def test_a_known_text_is_not_encoded_again(tmp_path: Path) -> None:
    encode_cached(LengthEncoder(), ["yksi", "kaksi"], tmp_path)
    later = LengthEncoder()

    found = encode_cached(later, ["kaksi", "kolme!", "yksi"], tmp_path)

    assert later.asked == ["kolme!"]
    assert found[:, 0].tolist() == [5, 6, 4]


def test_the_first_and_the_second_time_give_the_same(tmp_path: Path) -> None:
    first = encode_cached(LengthEncoder(), ["yksi", "kaksi"], tmp_path)

    np.testing.assert_array_equal(first, encode_cached(LengthEncoder(), ["yksi", "kaksi"], tmp_path))


def test_a_text_that_stands_twice_is_encoded_once(tmp_path: Path) -> None:
    encoder = LengthEncoder()

    assert encode_cached(encoder, ["yksi", "yksi"], tmp_path).shape == (2, 2)
    assert encoder.asked == ["yksi"]


def test_another_encoder_shares_nothing_and_the_older_store_goes(tmp_path: Path) -> None:
    encode_cached(LengthEncoder(), ["yksi"], tmp_path)
    other = LengthEncoder("b" * 64)
    encode_cached(other, ["yksi"], tmp_path)

    assert other.asked == ["yksi"]
    assert [path.name for path in tmp_path.glob("*.npz")] == ["b" * 16 + ".npz"]


def test_a_broken_store_is_made_anew(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    encode_cached(LengthEncoder(), ["yksi"], tmp_path)
    (tmp_path / ("a" * 16 + ".npz")).write_bytes(b"PK not a store")
    again = LengthEncoder()

    assert encode_cached(again, ["yksi"], tmp_path)[0, 0] == 4
    assert again.asked == ["yksi"]
    assert "it is built again" in caplog.text


def test_the_store_is_bounded_and_drops_what_is_unused_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vector_cache, "MAX_VECTORS", 3)
    encode_cached(LengthEncoder(), ["a", "bb"], tmp_path)
    encode_cached(LengthEncoder(), ["bb", "ccc", "dddd"], tmp_path)
    later = LengthEncoder()
    encode_cached(later, ["bb", "ccc", "dddd"], tmp_path)
    assert later.asked == []

    encode_cached(later, ["a"], tmp_path)
    assert later.asked == ["a"]


def test_more_texts_than_the_store_holds_still_get_vectors(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vector_cache, "MAX_VECTORS", 2)

    assert len(encode_cached(LengthEncoder(), ["a", "bb", "ccc", "dddd"], tmp_path)) == 4


def test_the_store_holds_no_words(tmp_path: Path) -> None:
    encode_cached(LengthEncoder(), ["salainen viesti"], tmp_path)

    assert b"salainen" not in (tmp_path / ("a" * 16 + ".npz")).read_bytes()


def test_no_texts_need_no_store(tmp_path: Path) -> None:
    assert len(encode_cached(LengthEncoder(), [], tmp_path)) == 0
    assert not list(tmp_path.iterdir())


def test_two_processes_keep_each_others_vectors(tmp_path: Path) -> None:
    class Interrupted(LengthEncoder):
        """While it encodes, another process finishes with its own texts."""

        def encode_layers(self, texts: Sequence[str]) -> FloatArray:
            encode_cached(LengthEncoder(), ["toisen teksti"], tmp_path)
            return super().encode_layers(texts)

    encode_cached(Interrupted(), ["yksi"], tmp_path)

    assert not not_cached("a" * 64, ["yksi", "toisen teksti"], tmp_path)


def test_what_is_not_on_the_disk_is_told_once_and_in_order(tmp_path: Path) -> None:
    assert not_cached("a" * 64, ["yksi", "kaksi"], tmp_path) == ["yksi", "kaksi"]
    encode_cached(LengthEncoder(), ["yksi"], tmp_path)

    assert not_cached("a" * 64, ["kolme", "yksi", "kaksi", "kolme"], tmp_path) == ["kolme", "kaksi"]
    assert not_cached("b" * 64, ["yksi"], tmp_path) == ["yksi"]
