"""Station patterns, third of the pipeline: entities that patterns find by their form alone."""

from __future__ import annotations

from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.nlu.training_data.message import Message

from bot.patterns.data import find_data
from bot.patterns.names import find_names
from screening.danger.matcher import find_dangers

DANGER_PATTERN = "danger_pattern"
"""Name of the entity for a danger that a pattern found; the danger detector decides on it."""


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=False)
class PatternExtractor(GraphComponent):  # type: ignore[misc]
    """Adds the entities of each message to those of the earlier stations."""

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> PatternExtractor:
        """Untrained; the rules are compiled now, which takes a second, and not at a citizen's first message."""
        entities_of("snap")
        return cls()

    def process(self, messages: list[Message], tracker: DialogueStateTracker | None = None) -> list[Message]:
        """Add the entities of each message."""
        for message in messages:
            text = message.get("text") or ""
            message.set("entities", [*(message.get("entities") or []), *entities_of(text)], add_to_output=True)
        return messages


def entities_of(text: str) -> list[dict[str, Any]]:
    """The entities of a message: at most one `danger_pattern` of each kind, then data, platforms and banks."""
    first_of_kind = {danger.kind: danger for danger in reversed(find_dangers(text))}
    found = [_entity(DANGER_PATTERN, danger.kind, danger.start, danger.end) for danger in first_of_kind.values()]
    data = find_data(text)
    found += [_entity(each.kind, each.value, each.start, each.end) for each in data]
    # A bank's name inside a link is the fraudster's word, not the citizen's.
    outside = [
        name for name in find_names(text) if all(name.end <= each.start or name.start >= each.end for each in data)
    ]
    return found + [_entity(name.kind, name.value, name.start, name.end) for name in outside]


def _entity(name: str, value: str, start: int, end: int) -> dict[str, Any]:
    return {"entity": name, "value": value, "start": start, "end": end, "extractor": PatternExtractor.__name__}
