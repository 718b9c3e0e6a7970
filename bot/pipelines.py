"""Stations tokenizer and patterns: spaCy's blank pipelines, built once and shared."""

import re
import threading

import spacy
from spacy.language import Language

# spaCy keeps every word of every text. Rebuilding it now and then bounds the memory (about 20 MB) and keeps
# citizens' words from living in the process for good; a new pipeline takes some 50 ms.
_MAX_WORDS = 50_000

# Lone surrogates, which JSON allows and UTF-8, and so spaCy, does not.
_SURROGATES = re.compile("[\ud800-\udfff]")

_pipelines: dict[str, Language] = {}
_lock = threading.Lock()


def blank_pipeline(language: str) -> Language:
    """The blank pipeline of fi, sv, en or xx (no language in particular); the same one at every call until it is full.

    Documents made with an earlier pipeline stay valid.
    """
    pipeline = _pipelines.get(language)
    if pipeline is not None and not is_full(pipeline):
        return pipeline
    with _lock:
        pipeline = _pipelines.get(language)
        if pipeline is None or is_full(pipeline):
            pipeline = _pipelines[language] = spacy.blank(language)
    return pipeline


def is_full(pipeline: Language) -> bool:
    """Whether a pipeline has stored so many words that it should be rebuilt."""
    return len(pipeline.vocab.strings) >= _MAX_WORDS


def valid_unicode(text: str) -> str:
    """The text with every lone surrogate replaced, so that spaCy can read it; all offsets stay the same."""
    return _SURROGATES.sub("\ufffd", text)
