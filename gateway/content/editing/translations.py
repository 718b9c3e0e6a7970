"""Content, translations: what waits for a translator, each text with the earlier wording of the others beside it."""

from collections.abc import Mapping
from dataclasses import dataclass

from answers.limits import LANGUAGES
from gateway.bulletins.word_diff import Part, differences
from gateway.content.editing.freshness import FIELDS, AllTexts, in_step
from gateway.content.errors import ContentRefused
from gateway.content.repository.topics import Topic, read_topic
from gateway.content.repository.working_copy import WorkingCopy


@dataclass(frozen=True)
class StaleText:
    """A text of the language that was left behind; `others`: what changed since in the others, word by word."""

    field: str
    text: str
    others: Mapping[str, tuple[Part, ...]]


@dataclass(frozen=True)
class StaleTopic:
    """A topic that waits for a translator into a language."""

    topic: Topic
    language: str
    texts: tuple[StaleText, ...]


def stale(copy: WorkingCopy, language: str) -> list[StaleTopic]:
    """What waits for a translator into `language`: only topics, and only texts, that changed in another one."""
    found = []
    for name, behind in in_step(copy).items():
        if language not in behind:
            continue
        try:
            topic = read_topic(copy, name)
        except ContentRefused:  # it has gone since, or its file is broken: the check tells
            continue
        texts = _stale_texts(topic, language, behind[language])
        if texts:
            found.append(StaleTopic(topic, language, texts))
    return sorted(found, key=lambda each: each.topic.title.get(language, each.topic.name))


def _stale_texts(topic: Topic, language: str, earlier: AllTexts) -> tuple[StaleText, ...]:
    found = []
    for at, field in enumerate(FIELDS):
        now: Mapping[str, str] = getattr(topic, field)
        others = {
            each: differences(earlier[each][at], now.get(each, ""))
            for each in LANGUAGES
            if each != language and earlier[each][at] != now.get(each, "").strip()
        }
        if others:
            found.append(StaleText(field, now.get(language, ""), others))
    return tuple(found)
