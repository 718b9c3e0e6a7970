"""Stations tokenizer and patterns: spaCy's blank pipelines, built once and shared."""

import re
import threading

import spacy
from spacy.language import Language

# spaCy keeps every word it has ever seen. Forgetting them now and then bounds the memory (about 20 MB) and keeps
# citizens' words from living in the process for good; a new pipeline takes some 50 ms.
_MOST_WORDS = 50_000

# Half a sign, which JSON lets through and UTF-8, so spaCy, does not.
_HALF_SIGNS = re.compile("[\ud800-\udfff]")

_pipelines: dict[str, Language] = {}
_building = threading.Lock()


def blank_pipeline(language: str) -> Language:
    """The blank pipeline of fi, sv, en or xx (no language in particular); the same one at every call until it is full.

    Documents made with an earlier pipeline stay valid.
    """
    pipeline = _pipelines.get(language)
    if pipeline is not None and not is_full(pipeline):
        return pipeline
    with _building:
        pipeline = _pipelines.get(language)
        if pipeline is None or is_full(pipeline):
            pipeline = _pipelines[language] = spacy.blank(language)
    return pipeline


def is_full(pipeline: Language) -> bool:
    """Whether a pipeline has seen so many words that it should be built anew."""
    return len(pipeline.vocab.strings) >= _MOST_WORDS


def readable(text: str) -> str:
    """The text with every half sign replaced, so that spaCy can read it; all places stay the same."""
    return _HALF_SIGNS.sub("\ufffd", text)
