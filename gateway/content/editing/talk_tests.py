"""Content, talks that examine the bot: a tried talk in an editor's other words, kept beside the test messages.

Each is a file of its own, `tests/<language>/talks/<name>.txt`, as `answers/talks.py` reads it. Nothing of a citizen
gets here: the talk was held by an editor on the page "Try it", and what repeats it is refused all the same.
"""

import re
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

from answers.labels import ACTS, DANGERS, QUESTIONS
from answers.likeness import alike, words_of
from answers.limits import LANGUAGES, TEXT
from answers.talks import Talk, talk_paths, talks_of
from gateway.content.editing.feedback_inbox import require_other_words
from gateway.content.errors import ContentRefused
from gateway.content.repository.examples import all_examples
from gateway.content.repository.talk_files import OWN_WORDS, is_talk, talk_path, turns_of
from gateway.content.repository.topics import topics
from gateway.content.repository.working_copy import TESTS, Change, WorkingCopy

# What is said in so few words is everybody's: "kiitos", "joo", "okej då".
_EVERYBODYS: Final = 2
_NAME: Final = re.compile(r"[a-z0-9_]+")


@dataclass(frozen=True)
class Reworded:
    """A citizen's turn in an editor's words, with what should be understood; "" is nothing."""

    text: str
    topic: str = ""
    question: str = ""
    act: str = ""
    danger: str = ""

    @property
    def labels(self) -> list[str]:
        """As the file has them."""
        named = (("topic", self.topic), ("q", self.question), ("act", self.act), ("danger", self.danger))
        return [f"{kind}:{value}" for kind, value in named if value]


def read_talks(copy: WorkingCopy) -> list[Talk]:
    """Every talk that can be read, by language and name."""
    known, found = topics(copy), list[Talk]()
    for path in sorted(copy.paths(f"{TESTS}/")):
        if is_talk(path):
            found += talks_of(copy.read(path).text, PurePosixPath(path).parts[1], path, known)[0]
    return sorted(found, key=lambda each: LANGUAGES.index(each.language))


def new_talk(
    copy: WorkingCopy, language: str, originals: Sequence[str], turns: Sequence[Reworded], titles: Mapping[str, str]
) -> Change:
    """The file of a new talk. Raises `ContentRefused` with the turn that is too near, without label, or wrong."""
    if language not in LANGUAGES:
        raise ContentRefused("unknown_language", language=language)
    if not turns:
        raise ContentRefused("nothing_written")
    for turn in turns:
        _require_labels(copy, turn, is_first=turn is turns[0])
    require_own_words(originals, [each.text for each in turns])
    _require_untaught(copy, language, [each.text for each in turns], titles)
    name = f"{turns[0].topic or turns[0].question or turns[0].act or turns[0].danger}_{uuid.uuid4().hex[:6]}"
    lines = [f"# {name} | an editor's talk | {turns[0].topic}".rstrip(" |")]
    lines += [f"t: {each.text} || {'; '.join(each.labels)}" for each in turns]
    return Change(talk_path(language, name), "\n".join(lines) + "\n", None)


def removed_talk(copy: WorkingCopy, language: str, name: str) -> Change:
    """The talk's file taken away. Raises `ContentRefused` for an unknown one."""
    path = talk_path(language, name)
    if language not in LANGUAGES or not _NAME.fullmatch(name) or not (copy.folder / path).is_file():
        raise ContentRefused("no_such_talk")
    return Change(path, None, copy.read(path).version)


def clean(text: str) -> str:
    """A turn on one line, as the file has it. Raises `ContentRefused` for one that is too long."""
    words = " ".join(text.split())
    if len(words) > TEXT:
        raise ContentRefused("talk_turn_too_long", count=TEXT)
    return words


def require_own_words(originals: Sequence[str], texts: Sequence[str]) -> None:
    """Raises `ContentRefused` with the turn that repeats one of the talk; one or two words are everybody's."""
    long = [each for each in texts if len(words_of(each)) > _EVERYBODYS]
    for text in long:
        for original in originals:
            try:
                require_other_words([original], [text])
            except ContentRefused:
                raise ContentRefused("talk_turn_repeats", text=text, original=original) from None


def _require_labels(copy: WorkingCopy, turn: Reworded, *, is_first: bool) -> None:
    lists = ((turn.topic, topics(copy)), (turn.question, QUESTIONS), (turn.act, ACTS), (turn.danger, DANGERS))
    if any(value and value not in known for value, known in lists):
        raise ContentRefused("no_such_label")
    if not turn.labels:
        raise ContentRefused("talk_turn_without_label", text=turn.text)
    if is_first and not (turn.topic or turn.danger):
        raise ContentRefused("talk_begins_without_topic")


def _require_untaught(copy: WorkingCopy, language: str, texts: Sequence[str], titles: Mapping[str, str]) -> None:
    """What the bot learns by heart, with a word changed or not, examines nothing."""
    long = [each for each in texts if len(words_of(each)) >= OWN_WORDS]
    taught = [(text, titles.get(topic, topic)) for topic, own, text in all_examples(copy) if own == language]
    found = alike(long, [text for text, _ in taught])
    if found:
        own, known = found[0]
        example, topic = taught[known]
        raise ContentRefused("talk_turn_is_example", text=long[own], example=example, topic=topic)
    learned = [turn for path in talk_paths(copy.folder) if path.parent.name == language for turn in _turns_in(path)]
    if found := alike(long, learned):
        own, known = found[0]
        raise ContentRefused("talk_turn_is_taught", text=long[own], example=learned[known])


def _turns_in(path: Path) -> list[str]:
    return list(turns_of(path.read_text("utf-8", "replace")))
