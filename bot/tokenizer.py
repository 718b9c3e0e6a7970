"""Station tokenizer, second of the pipeline: spaCy's tokens in the message's language."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from typing import Any

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.nlu.tokenizers.tokenizer import Token, Tokenizer
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.language.component import LANGUAGE, labelled_language
from bot.language.lexicon import LANGUAGES
from bot.pipelines import blank_pipeline, valid_unicode

_JOINER = "\u200d"
# Skin tones, and the letters of flags hidden behind a black flag (England, Scotland).
_CONTINUING_RANGES = ((0x1F3FB, 0x1F3FF), (0xE0020, 0xE007F))
_CONTINUING_CATEGORIES = ("Mn", "Me", "Mc")
_FLAG_LETTERS = (0x1F1E6, 0x1F1FF)


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_TOKENIZER, is_trainable=False)
class SpacyTokenizer(Tokenizer):  # type: ignore[misc]
    """spaCy's blank Finnish, Swedish or English tokenizer, by the message's language.

    The text of each token is the message's text from its start to its end, counted in code points. No token begins
    inside a grapheme cluster: a letter with its dots, a family emoji, a flag.
    """

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """What Rasa's base class asks for; intents are not tokenized."""
        return {
            "intent_tokenization_flag": False,
            "intent_split_symbol": "_",
            "token_pattern": None,
            "prefix_separator_symbol": None,
        }

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Leave the examples untokenized: no station trains on tokens, and 50,000 of them take half a minute."""
        return training_data

    def tokenize(self, message: Message, attribute: str) -> list[Token]:
        """The tokens of a message; a message of whitespace only is one token, because later stations need one."""
        text: str = message.get(attribute)
        language = message.get(LANGUAGE) or labelled_language(message) or LANGUAGES[0]
        tokens = [Token(text[start:end], start, end) for start, end in spans_of(text, language)]
        return self._apply_token_pattern(tokens or [Token(text, 0)])  # type: ignore[no-any-return]


def spans_of(text: str, language: str) -> Iterator[tuple[int, int]]:
    """Start and end of each token of a text in one of LANGUAGES, in order."""
    start = end = 0
    for token in blank_pipeline(language).make_doc(valid_unicode(text)):
        token_start, token_end = token.idx, token.idx + len(token)
        if token.is_space:
            continue
        if end > start and token_start == end and _continues(text, token_start):
            end = token_end
            continue
        if end > start:
            yield start, end
        start, end = token_start, token_end
    if end > start:
        yield start, end


def _continues(text: str, position: int) -> bool:
    """Whether the grapheme cluster before a position continues at it."""
    character, before = text[position], text[position - 1]
    if unicodedata.category(character) in _CONTINUING_CATEGORIES or _JOINER in (character, before):
        return True
    if any(first <= ord(character) <= last for first, last in _CONTINUING_RANGES):
        return True
    return _is_flag_letter(character) and _flag_letters_before(text, position) % 2 == 1


def _is_flag_letter(character: str) -> bool:
    return _FLAG_LETTERS[0] <= ord(character) <= _FLAG_LETTERS[1]


def _flag_letters_before(text: str, position: int) -> int:
    count = 0
    while count < position and _is_flag_letter(text[position - count - 1]):
        count += 1
    return count
