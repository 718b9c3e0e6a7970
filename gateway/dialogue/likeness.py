"""Dialogue: how alike texts are in what they mean, by the engine's sentence encoder; what officers are suggested by.

The vectors of our own texts are kept in this process, because they are asked for again with each talk; those of a
citizen's words are not.
"""

import asyncio
import hashlib
import math
from array import array
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence

_BATCH = 16  # texts of one request
_KEPT = 6000  # vectors, of 1.5 kB each


Embed = Callable[[Sequence[str]], Awaitable[list[list[float]]]]
"""Makes the vector of each text, of unit length; raises `DialogueUnavailable`."""


class Likeness:
    """Compares a citizen's words with our own texts."""

    def __init__(self, embed: Embed) -> None:
        self._embed = embed
        self._kept: OrderedDict[bytes, array[float]] = OrderedDict()
        self._one_at_a_time = asyncio.Lock()  # officers who ask together make no crowd before the encoder

    async def of(self, words: str, texts: Sequence[str]) -> list[float]:
        """How alike `words` and each of our texts are, -1 to 1; raises `DialogueUnavailable`."""
        async with self._one_at_a_time:
            await self._learn(texts)
            (asked,) = await self._embed([words])
        return [math.sumprod(asked, self._kept[_key(text)]) for text in texts]

    async def _learn(self, texts: Sequence[str]) -> None:
        new = [text for text in dict.fromkeys(texts) if _key(text) not in self._kept]
        for start in range(0, len(new), _BATCH):
            batch = new[start : start + _BATCH]
            for text, vector in zip(batch, await self._embed(batch), strict=True):
                self._kept[_key(text)] = array("f", vector)
        for text in texts:
            self._kept.move_to_end(_key(text))
        while len(self._kept) > max(_KEPT, len(texts)):
            self._kept.popitem(last=False)


def _key(text: str) -> bytes:
    return hashlib.blake2b(text.encode(), digest_size=16).digest()
