"""Meta's platforms, second step in: what is too deep or too long for a reader of JSON spoils no neighbour."""

import re

# A string as a whole (an unfinished one up to the end), or one bracket.
_TOKENS = re.compile(rb'"(?:\\.|[^"\\])*+(?:"|\Z)|[\[{\]}]', re.DOTALL)
# Meta's deepest body (an edited message with a shared contact in it) has 14 levels.
MOST_LEVELS = 64
_LONGEST_NUMBER = 300  # digits; Python reads no more than 4,300, and one such number would spoil the whole body


def whole_number(digits: str) -> int | None:
    """What stands for a number when JSON is read; nothing for one without end."""
    return int(digits) if len(digits) <= _LONGEST_NUMBER else None


def without_depths(body: bytes, most: int = MOST_LEVELS) -> bytes:
    """The JSON with `null` for whatever lies deeper than `most` levels; in one pass and without recursion."""
    kept, start, level = [], 0, 0
    for token in _TOKENS.finditer(body):
        if token.group() in (b"[", b"{"):
            level += 1
            if level == most + 1:
                kept += [body[start : token.start()], b"null"]
        elif token.group() in (b"]", b"}"):
            if level == most + 1:
                start = token.end()
            level -= 1
    return b"".join([*kept, body[start:] if level <= most else b""])
