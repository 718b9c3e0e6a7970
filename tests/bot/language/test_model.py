"""Checks of the trained part: it learns, always the same, and what it writes is data and nothing else."""

from pathlib import Path

import numpy as np
import pytest

from bot.language.identification import identify
from bot.language.lexicon import words_of
from bot.language.model import LanguageModel, train, untrained_probabilities

MESSAGES = {
    "fi": [
        "joku kirjautu mun tilille",
        "mis voin tehä rikosilmon",
        "onks tää oikee poliisi",
        "mua kiristetään kuvilla",
    ],
    "sv": [
        "nån loggade in på mitt konto",
        "var gör man en anmälan",
        "e de här en riktig polis",
        "nån hotar sprida bilder",
    ],
    "en": [
        "someone logged into my account",
        "where do i report a crime",
        "are you a real cop",
        "they threaten to leak my pics",
    ],
}
TEXTS = [text for texts in MESSAGES.values() for text in texts]
LABELS = [language for language, texts in MESSAGES.items() for _ in texts]


@pytest.fixture(scope="module")
def model() -> LanguageModel:
    return train(TEXTS, LABELS)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("mun kuvia levitetaan", "fi"),
        ("vem kan ja prata me", "sv"),
        ("nan har tatt over min insta", "sv"),
        ("who can i talk to", "en"),
        ("joo ok", "fi"),
        ("va e d", "sv"),
        ("idk man", "en"),
        ("mun snap kapades apua va ska ja göra", "sv"),
        ("hur gör man en rikosilmo", "sv"),
    ],
)
def test_it_knows_messages_that_it_has_not_seen(model: LanguageModel, text: str, language: str) -> None:
    assert identify(text, None, model).language == language


def test_the_same_messages_give_the_same_model(model: LanguageModel) -> None:
    again = train(TEXTS, LABELS)

    assert again.vocabulary == model.vocabulary
    assert np.array_equal(again.weights, model.weights)


def test_what_is_written_is_read_back_and_holds_no_code(model: LanguageModel, tmp_path: Path) -> None:
    model.save(tmp_path)
    read = LanguageModel.load(tmp_path)

    assert sorted(path.suffix for path in tmp_path.iterdir()) == [".json", ".npz"]
    assert np.allclose(read.probabilities(["tilille"]), model.probabilities(["tilille"]))


def test_a_missing_or_damaged_model_is_refused(model: LanguageModel, tmp_path: Path) -> None:
    with pytest.raises(OSError):
        LanguageModel.load(tmp_path)

    model.save(tmp_path)
    (tmp_path / "language.npz").write_bytes(b"PK nothing")
    with pytest.raises((OSError, ValueError)):
        LanguageModel.load(tmp_path)


@pytest.mark.parametrize("text", ["", "mitä", "zzz qqq", "hej " * 100])
def test_probabilities_are_probabilities_with_and_without_training(model: LanguageModel, text: str) -> None:
    for probabilities in (model.probabilities(words_of(text)), untrained_probabilities(words_of(text))):
        assert probabilities.shape == (3,)
        assert float(probabilities.sum()) == pytest.approx(1, abs=1e-5)
