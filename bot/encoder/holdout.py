"""Encoder, in training: the holdout fold, an eighth of all examples, which the tuning of the encoder never uses.

What the classifiers fit on held-out examples (the mixture of lexical and semantic scores, the fallback threshold) would
be too optimistic on examples that the vectors were tuned on. So one fold, by the text's hash, stays out of the tuning
for ever, and whoever holds examples out takes that fold first.
"""

from __future__ import annotations

import hashlib

FOLDS = 8
HOLDOUT_FOLD = 0


def fold_of(text: str) -> int:
    """0 to 7, by the text's hash; `HOLDOUT_FOLD` is the one that tuning never uses."""
    return hashlib.blake2b(text.encode("utf-8"), digest_size=8).digest()[0] % FOLDS
