"""What the linear model sees of a message: hashed words, pairs of words and parts of words."""

from collections.abc import Iterator
from zlib import crc32

from screening.danger.tokens import END, START, STOP, Token, without_dots

BUCKETS = 1 << 17
_PARTS = (3, 4, 5)
# Of one word: a longer one is a link, or a cat on the keyboard.
_LONGEST = 24
# Of one message, from its end and its beginning: what more words say is said by the patterns.
MAX_TOKENS = 160


def features_of(tokens: list[Token]) -> set[int]:
    """The buckets of a message, each once; the same on every machine and in every version of Python."""
    if len(tokens) > MAX_TOKENS:
        tokens = tokens[: MAX_TOKENS // 2] + tokens[-MAX_TOKENS // 2 :]
    return {crc32(name.encode()) % BUCKETS for name in _names(tokens)}


def _names(tokens: list[Token]) -> Iterator[str]:
    before = START
    for token in tokens[1:]:
        form = token.form if token.form in (END, STOP) else without_dots(token.form)[:_LONGEST]
        yield f"{before} {form}"
        before = form
        if form in (END, STOP):
            continue
        yield form
        padded = f"<{form}>"
        for length in _PARTS:
            for start in range(len(padded) - length + 1):
                yield padded[start : start + length]
