"""Content, meaning: which texts ask the same, whatever their words and language; a process with the encoder knows."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from gateway.content.editing.line_process import LineProcess
from gateway.content.errors import ContentRefused
from gateway.core.config.settings import Settings

_PATIENCE: Final = 60.0
# So many texts are read within one patience, also on a busy machine; vectors that are known cost nothing.
_AT_ONCE: Final = 200
_ARGUMENTS: Final = ["-m", "bot.similarity"]


@dataclass(frozen=True)
class Near:
    """An example that means nearly the same as a text; `likeness` is 0 to 1."""

    topic: str
    language: str
    text: str
    likeness: float


@dataclass(frozen=True)
class Misfiled:
    """An example of a topic that stands nearer to the examples of another one."""

    text: str
    language: str
    topic: str
    example: str


class Meaning:
    """The encoder's process of this gateway. Everything raises `ContentRefused` where there is none."""

    def __init__(self, settings: Settings) -> None:
        self.process = LineProcess(settings, _PATIENCE)

    async def labels(self, texts: Sequence[str], languages: Sequence[str]) -> list[int]:
        """A label for each text; those that ask the same have the same one."""
        for at in range(0, len(texts), _AT_ONCE):
            part = slice(at, at + _AT_ONCE)
            await self._ask("read", texts=list(texts[part]), languages=list(languages[part]))
        told = await self._ask("group", texts=list(texts), languages=list(languages))
        return [int(each) for each in told["labels"]]

    async def near(self, texts: Sequence[str]) -> list[list[Near]]:
        """For each text the examples that are nearest to it, the nearest first."""
        told = await self._ask("near", texts=list(texts))
        return [[Near(**each) for each in row] for row in told["near"]]

    async def misfiled(self, topic: str) -> list[Misfiled]:
        """The examples of a topic that would stand better in another one."""
        told = await self._ask("misfiled", topic=topic)
        return [Misfiled(**each) for each in told["misfiled"]]

    async def _ask(self, order: str, **fields: object) -> dict[str, Any]:
        return await self.process.ask(_ARGUMENTS, "meaning", {order: fields})


async def labels_or_none(meaning: Meaning, texts: Sequence[str], languages: Sequence[str]) -> list[int] | None:
    """As `Meaning.labels`; None where this machine has no encoder, or it is silent."""
    try:
        return await meaning.labels(texts, languages)
    except ContentRefused:
        return None
