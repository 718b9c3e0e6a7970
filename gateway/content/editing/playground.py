"""Content, playground: what the draft understands and says, and why, before anything of it is live.

The model is the one that was trained last; the words are those of the working copy, as they stand now.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from answers.likeness import words_of
from gateway.content.editing.line_process import LineProcess
from gateway.content.errors import ContentRefused
from gateway.content.publishing.manifest import model_key, read_manifest, same_model
from gateway.content.publishing.releases import Published
from gateway.content.repository.examples import read_examples
from gateway.content.repository.items import base_of, items
from gateway.content.repository.working_copy import WorkingCopy
from gateway.core.config.settings import Settings
from gateway.dialogue.engine import DialogueAnswer, DialogueRequest

_ANSWER: Final = 30.0  # seconds; a new process is told the earlier turns first
_EXAMPLES: Final = 3


@dataclass(frozen=True)
class Guess:
    """A topic that a message may be about, how sure the model is (0 to 1), and the examples that are nearest to it."""

    topic: str
    confidence: float
    examples: tuple[str, ...]


@dataclass(frozen=True)
class Tried:
    """What the draft says, what it understood (language and danger among the entities), and why."""

    answer: DialogueAnswer
    guesses: tuple[Guess, ...]
    entities: tuple[tuple[str, str], ...]


def draft_model(settings: Settings) -> Path:
    """The model that was trained last here. Raises `ContentRefused` when there is none."""
    key, published = model_key(settings), Published(settings)
    found = []
    for path in [*published.models.glob("*.tar.gz"), Path(published.live().model)]:
        try:
            found.append((str(read_manifest(path, key).get("trained_at", "")), path))
        except ContentRefused:
            continue  # not built here, or changed
    if not found:
        raise ContentRefused("no_draft_model")
    return max(found)[1]


class Untrained(StrEnum):
    """What the draft understands as, where its examples are others than its model was trained from; or nothing yet."""

    NEVER = "never"
    AS_LIVE = "as_live"
    AS_BEFORE = "as_before"


def untrained(settings: Settings, copy: WorkingCopy) -> Untrained | None:
    """As what the draft understands; None where its model knows its examples."""
    published = Published(settings)
    live = published.live()
    try:
        model = draft_model(settings)
        trained = str(read_manifest(model, model_key(settings)).get("commit", ""))
    except ContentRefused:
        return Untrained.NEVER
    base = trained if copy.knows(trained) else base_of(copy, live.commit)
    if not any(each.trains for each in items(copy, base, copy.record_edits_by_hand())):
        return None
    return Untrained.AS_LIVE if same_model(model, Path(live.model), model_key(settings)) else Untrained.AS_BEFORE


class DraftBot:
    """A second process with the draft's model."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.process = LineProcess(settings, _ANSWER)

    async def ask(self, requests: Sequence[DialogueRequest]) -> Tried:
        """The last message of a talk with the draft, after the earlier ones. Raises `ContentRefused` when it cannot.

        The earlier ones are asked again where the process does not know the talk: it is a new one, or of another model.
        """
        model = str(await asyncio.to_thread(draft_model, self._settings))
        turns = [{**each.model_dump(exclude_none=True), "title": each.title} for each in requests]
        told = await self.process.ask(["-m", "bot.playground", "--model", model], model, {"turns": turns})
        return await asyncio.to_thread(self._explained, requests[-1].text or "", told)

    async def close(self) -> None:
        """End the process."""
        await self.process.close()

    def _explained(self, text: str, told: dict[str, Any]) -> Tried:
        copy = WorkingCopy(self._settings.content_folder)
        guesses = tuple(
            Guess(each["topic"], each["confidence"], _nearest(copy, each["topic"], text)) for each in told["guesses"]
        )
        entities = tuple((each["name"], each["value"]) for each in told["entities"])
        return Tried(DialogueAnswer.model_validate(told["answer"]), guesses, entities)


def _nearest(copy: WorkingCopy, topic: str, text: str) -> tuple[str, ...]:
    """The topic's examples that share most words with the text."""
    try:
        examples = [example for texts in read_examples(copy, topic).texts.values() for example in texts]
    except ContentRefused:
        return ()  # trained with a topic that is gone from the draft since
    words = set(words_of(text))
    scored = [(len(words & own) / len(words | own), example) for example in examples if (own := set(words_of(example)))]
    return tuple(example for score, example in sorted(scored, reverse=True)[:_EXAMPLES] if score > 0)
