"""Encoder, before the road and in training: the eighth of all examples that tuning the encoder never sees.

What the classifiers choose on held-out examples (how much words and meaning count, when to ask back) would be too
hopeful on examples whose vectors were made for them. So an eighth, by the text's hash, stays out of the tuning for
ever, and whoever holds examples out takes that eighth first.
"""

from __future__ import annotations

import hashlib

EIGHTHS = 8
UNSEEN = 0


def eighth_of(text: str) -> int:
    """0 to 7, by the text's hash; `UNSEEN` is the one that tuning never sees."""
    return hashlib.blake2b(text.encode("utf-8"), digest_size=8).digest()[0] % EIGHTHS
