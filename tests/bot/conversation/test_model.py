"""The conversation model: it learns from talks, goes by the context, and is the same after being stored."""

from pathlib import Path

import numpy as np
import pytest

from bot.arrays import FloatArray
from bot.conversation.context import SUBJECT, Context
from bot.conversation.dataset import Instance
from bot.conversation.heads import likeliest
from bot.conversation.storage import ModelRefused, read_model, write_model
from bot.conversation.training import NotEnoughTalks, Single, trained_model

WORDS = {"cost": "maksaako se", "parents_told": "tietääkö äiti", "thanks": "kiitos paljon"}
NONE = {f"told_{slot}": "none" for slot in ("role", "age", "whose_age", "done", "watched", "danger")}


def instances() -> list[Instance]:
    """The same words mean one thing in one context and another in another: "ok" after an answer or after an offer."""
    found = []
    for number in range(40):
        for move, words in WORDS.items():
            labels = {"move": move, "topic_change": "stay", "alarm": "none", **NONE}
            context = Context(topic="sextortion", move=SUBJECT, turns=1)
            found.append(Instance(f"{words} {number}", "fi", f"{move} {number}", context, labels))
        for earlier, move in (("not_helped", "want_officer"), ("cost", "ok")):
            labels = {"move": move, "topic_change": "stay", "alarm": "none", **NONE}
            context = Context(topic="sextortion", move=earlier, turns=2)
            found.append(Instance("joo", "fi", f"{move} {number}", context, labels))
    return found


def vectors_of(texts: list[str]) -> FloatArray:
    """Vectors that know the first word."""
    rng = {word: np.random.default_rng(sum(map(ord, word))).normal(size=8) for word in {t.split()[0] for t in texts}}
    return np.array([rng[text.split()[0]] for text in texts], np.float32)


SINGLE_TEXTS = ["kuvia levitetään", "apua heti", "rahat meni"]
SINGLE = Single(
    ["sextortion", "emergency_now", "bank_phishing"] * 5,
    ["neither", "emergency", "neither"] * 5,
    vectors_of(SINGLE_TEXTS * 5),
)


def move_of(found: dict[str, dict[str, float]]) -> str:
    return likeliest(found["move"])[0][0]


@pytest.mark.parametrize("with_vectors", [True, False])
def test_words_and_context_decide(with_vectors: bool) -> None:
    data = instances()
    texts = [each.text for each in data]
    model = trained_model(
        data,
        vectors_of(texts) if with_vectors else None,
        SINGLE if with_vectors else None,
        "an encoder" if with_vectors else None,
    )
    assert model.encoder == ("an encoder" if with_vectors else None)

    def ask(text: str, move: str) -> str:
        vector = vectors_of([text])[0] if with_vectors else None
        context = Context(topic="sextortion", move=move, turns=1 if move == SUBJECT else 2)
        return move_of(
            {name: dict(shares) for name, shares in model.read(text, "fi", vector, context, frozenset())[0].items()}
        )

    assert ask("maksaako se mitään", SUBJECT) == "cost"
    assert ask("kiitos", SUBJECT) == "thanks"
    assert (ask("joo", "not_helped"), ask("joo", "cost")) == ("want_officer", "ok")


def test_it_is_the_same_after_being_stored(tmp_path: Path) -> None:
    data = instances()
    model = trained_model(data, vectors_of([each.text for each in data]), SINGLE, "an encoder")
    write_model(model, tmp_path)
    again = read_model(tmp_path)
    vector = vectors_of(["maksaako"])[0]
    given = ("maksaako se", "fi", vector, Context(topic="sextortion", turns=1), frozenset({"emergency"}))
    first, second = model.read(*given)[0], again.read(*given)[0]
    assert {name: likeliest(shares) for name, shares in first.items()} == {
        name: likeliest(shares) for name, shares in second.items()
    }
    without = again.read("maksaako se", "fi", None, Context(topic="sextortion", turns=1), frozenset())[0]
    assert move_of({name: dict(shares) for name, shares in without.items()}) == "cost", (
        "words alone, without the encoder"
    )


def test_a_broken_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelRefused, match="Train it again"):
        read_model(tmp_path)


def test_without_talks_nothing_is_learned() -> None:
    with pytest.raises(NotEnoughTalks):
        trained_model([], None, None, None)
