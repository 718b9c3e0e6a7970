"""Station language: the decision, from the words of a message and what the conversation has been so far."""

from dataclasses import dataclass

import numpy as np

from bot.arrays import FloatArray
from bot.language.lexicon import LANGUAGES, lexicon, words_of
from bot.language.model import LanguageModel, untrained_probabilities
from bot.language.other_languages import other_language

DEFAULT_LANGUAGE = LANGUAGES[0]
ESTABLISHED = 0.8
"""From this confidence on, a conversation's language is known rather than guessed."""

# Without evidence a message is a guess among three; a shared word is weak evidence.
_NO_EVIDENCE = 1 / 3
_WEAK_EVIDENCE = 0.5
# The probabilities from which on a message changes the conversation's language.
_SWITCH_WORDS = 3
_SWITCH = 0.85
_SWITCH_BY_TWO_WORDS = 0.95
_SWITCH_FROM_GUESS = 0.6


@dataclass(frozen=True)
class Conversation:
    """What a conversation has been so far."""

    language: str
    """One of LANGUAGES."""
    confidence: float = 1.0
    """How sure that was, 0 to 1; a choice by button or by the gateway is 1."""


@dataclass(frozen=True)
class Identified:
    """The language to answer in."""

    language: str
    """One of LANGUAGES."""
    confidence: float
    """0 to 1; in a conversation that keeps its language, that of the conversation."""
    other: str | None = None
    """ISO 639-1 code of a fourth language, where the message is surely in one."""


def identify(text: str, conversation: Conversation | None = None, model: LanguageModel | None = None) -> Identified:
    """The language of a message.

    Without a conversation it is the best guess, Finnish without evidence for another. In a conversation a message
    that carries no language of its own, or one foreign word, keeps the conversation's; a real switch is followed.
    Without a trained model the word lists and eldc decide.
    """
    words = words_of(text)
    other = other_language(text, words)
    if other is not None:
        return _kept(conversation, other) if conversation else Identified(DEFAULT_LANGUAGE, _NO_EVIDENCE, other)
    requested = lexicon().requested(words)
    if requested is not None:
        return Identified(requested, 1.0)
    guess = _best_guess(words, model)
    if conversation is None or guess.language == conversation.language:
        return _agreed(guess, conversation)
    return guess if _switches(words, guess, conversation) else _kept(conversation)


def _best_guess(words: list[str], model: LanguageModel | None) -> Identified:
    if not lexicon().evidence(words):
        shared = [lexicon().shared[word] for word in words if word in lexicon().shared]
        return Identified(shared[0], _WEAK_EVIDENCE) if shared else Identified(DEFAULT_LANGUAGE, _NO_EVIDENCE)
    probabilities: FloatArray = model.probabilities(words) if model else untrained_probabilities(words)
    best = int(np.argmax(probabilities))
    return Identified(LANGUAGES[best], float(probabilities[best]))


def _agreed(guess: Identified, conversation: Conversation | None) -> Identified:
    if conversation is None or guess.confidence >= conversation.confidence:
        return guess
    return Identified(guess.language, conversation.confidence)


def _kept(conversation: Conversation, other: str | None = None) -> Identified:
    return Identified(conversation.language, conversation.confidence, other)


def _switches(words: list[str], guess: Identified, conversation: Conversation) -> bool:
    """Whether a message in another language than the conversation's changes it."""
    evidence = lexicon().evidence(words)
    if not evidence:
        return False
    if conversation.confidence < ESTABLISHED:
        return guess.confidence >= _SWITCH_FROM_GUESS
    if all(word in lexicon().courtesy for word in evidence):
        return False
    if len(evidence) >= _SWITCH_WORDS:
        return guess.confidence >= _SWITCH
    unmistakable = any(
        word in lexicon().function and lexicon().languages.get(word) == (guess.language,) for word in evidence
    )
    return len(evidence) == 2 and unmistakable and guess.confidence >= _SWITCH_BY_TWO_WORDS
