"""Content, checks: publishing step 1, everything that keeps a folder of content from going live."""

import json
import sys
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Any, Final

import yaml

from answers.content import Content, answer_paths, read_content
from answers.examples import Example, example_paths, pairing_problems, read_examples, read_topics
from answers.likeness import near_duplicates, same_words, words_of
from answers.limits import LANGUAGES
from answers.privacy import privacy_problems
from answers.problems import Problem
from answers.scam_texts import scam_problems
from answers.talks import talks_of
from gateway.content.repository.markup import has_markup
from gateway.content.repository.talk_files import TALKS, turns_of
from gateway.content.wording import said, say, stored

_FOLLOW_UP: Final = "follow_up_"
# Shorter messages are said in the same words by everybody: "moikka" is an example and examines, too.
_OWN_WORDS: Final = 4


@dataclass(frozen=True)
class Finding:
    """One thing that an editor should look at. `refused`: it may not be published so; else it is advice.

    `path` is inside the content folder, `line` counts from 1.
    """

    refused: bool
    path: str
    line: int
    topic: str | None
    key: str
    parameters: tuple[tuple[str, Any], ...]

    def sentence(self, language: str) -> str:
        """What is wrong and what to do, in fi, sv or en."""
        parameters = dict(self.parameters)
        if self.key == "finding":
            return f"{said(parameters['what'], language)} {said(parameters['remedy'], language)}"
        return say(self.key, language, **parameters)

    def as_json(self) -> dict[str, Any]:
        """For a job's row."""
        return {
            "refused": self.refused,
            "path": self.path,
            "line": self.line,
            "topic": self.topic,
            "key": self.key,
            "parameters": dict(self.parameters),
        }


def finding_from_json(stored: dict[str, Any]) -> Finding:
    """The finding that `as_json` wrote."""
    parameters = tuple(stored["parameters"].items())
    return Finding(stored["refused"], stored["path"], stored["line"], stored["topic"], stored["key"], parameters)


def check(folder: Path, privacy_url: str, *, words_only: bool = False) -> list[Finding]:
    """What is wrong in the folder, refusals first, then advice, each in the order of the files.

    `words_only`: nothing of what only a training reads, which takes most of the time.
    """
    content = read_content(folder, privacy_url)
    if words_only:
        problems = [*content.problems, *privacy_problems(folder), *scam_problems(folder)]
        found = [_from_problem(folder, problem) for problem in problems]
        return [*found, *_follow_ups_without_answer(folder, content)]
    topics, problems = read_topics(example_paths(folder))
    broken = bool(problems)
    answered = {topic: path for topic, path in topics.items() if not topic.startswith(_FOLLOW_UP)}
    problems += content.problems
    problems += privacy_problems(folder)
    problems += scam_problems(folder)
    problems += pairing_problems(answered, answer_paths(folder), _ruled(folder))
    found = [_from_problem(folder, problem) for problem in problems]
    found += _follow_ups_without_answer(folder, content)
    found += _tests_of_unknown_topics(folder, topics.keys() | content.answers.keys())
    found += _broken_talks(folder, content.answers.keys())
    if not broken:
        examples = read_examples(example_paths(folder))
        found += _with_markup(folder, topics, examples)
        for language in LANGUAGES:
            found += _alike(folder, topics, [each for each in examples if each.language == language])
        found += _learned_by_heart(folder, topics, examples)
    return sorted(found, key=lambda each: (not each.refused, each.path, each.line))


def _from_problem(folder: Path, problem: Problem) -> Finding:
    path = _inside(folder, problem.file)
    parameters = (("what", stored(problem.what)), ("remedy", stored(problem.remedy)))
    return _refusal(path, problem.line, _topic_of(path), "finding", parameters)


def _refusal(path: str, line: int, topic: str | None, key: str, parameters: tuple[tuple[str, Any], ...]) -> Finding:
    return Finding(refused=True, path=path, line=line, topic=topic, key=key, parameters=parameters)


def _follow_ups_without_answer(folder: Path, content: Content) -> Iterable[Finding]:
    for topic, published in content.answers.items():
        for target in published.answer.follow_ups.values():
            if target not in content.answers:
                path = _inside(folder, published.answer.file)
                yield _refusal(path, 1, topic, "follow_up_without_answer", (("topic", target),))


def _tests_of_unknown_topics(folder: Path, known: Iterable[str]) -> Iterable[Finding]:
    known = set(known)
    for path in sorted((folder / "tests").glob("*/topics/*.txt")):
        if path.stem not in known:
            inside = _inside(folder, path.as_posix())
            yield _refusal(inside, 1, path.stem, "tests_of_unknown_topic", (("topic", path.stem),))


def _broken_talks(folder: Path, known: Iterable[str]) -> Iterable[Finding]:
    """Talks that examine the bot and cannot be played: a label that nobody knows, or no talk at all."""
    known = set(known)
    for path in sorted((folder / "tests").glob(f"*/{TALKS}/*.txt")):
        talks, problems = talks_of(path.read_text("utf-8", "replace"), path.parts[-3], path.as_posix(), known)
        if problems or not talks:
            line = problems[0].line if problems else 1
            yield _refusal(_inside(folder, path.as_posix()), line, None, "talk_broken", (("line", line),))


def _with_markup(folder: Path, files: dict[str, Path], examples: list[Example]) -> Iterable[Finding]:
    """Examples from a hand or a remote that the program would learn as something else: a page refuses them at once."""
    for each in examples:
        if has_markup(each.text):
            inside = _inside(folder, files[each.topic].as_posix())
            yield _refusal(inside, 1, each.topic, "example_markup", (("text", each.text),))


def _learned_by_heart(folder: Path, files: dict[str, Path], examples: list[Example]) -> Iterable[Finding]:
    """Test messages, and turns of talks, that the bot learns word for word.

    What everybody says in the same few words may be both.
    """
    taught = {(each.language, words): each for each in examples if len(words := words_of(each.text)) >= _OWN_WORDS}
    tests = (folder / "tests").glob("*/*/*.txt")
    for path in sorted(each for each in tests if each.parent.name in ("topics", TALKS)):
        text = path.read_text("utf-8", "replace")
        for line in turns_of(text) if path.parent.name == TALKS else text.splitlines():
            example = taught.get((path.parts[-3], words_of(line.partition("\t")[0])))
            if example is not None:
                inside = _inside(folder, files[example.topic].as_posix())
                yield _refusal(inside, 1, example.topic, "example_is_test", (("text", example.text),))


def _alike(folder: Path, files: dict[str, Path], examples: list[Example]) -> Iterable[Finding]:
    """The same words in two topics contradict each other: refused. Nearly the same in one topic: advice."""
    texts = [each.text for each in examples]
    contradictions = {
        (examples[place].topic, examples[place].text): examples[places[0]]
        for places in same_words(texts).values()
        for place in places[1:]
        if examples[place].topic != examples[places[0]].topic
    }
    for (topic, text), other in contradictions.items():
        path = _inside(folder, files[topic].as_posix())
        parameters = (("text", text), ("topic", other.topic), ("example", other.text))
        yield _refusal(path, 1, topic, "example_in_two_topics", parameters)
    for first, second in near_duplicates(texts):
        one, other = examples[first], examples[second]
        if (other.topic, other.text) not in contradictions:
            path = _inside(folder, files[other.topic].as_posix())
            parameters = (("text", other.text), ("topic", one.topic), ("example", one.text))
            yield replace(_refusal(path, 1, other.topic, "example_nearly_there", parameters), refused=False)


def _ruled(folder: Path) -> set[str]:
    """The intents that a rule of stories/ begins with: they need no answer file."""
    first: set[str] = set()
    for path in sorted((folder / "stories").glob("*.yml")):
        try:
            parsed = yaml.safe_load(path.read_text("utf-8"))
        except (OSError, UnicodeDecodeError, yaml.YAMLError):
            continue  # training tells
        for rule in (parsed or {}).get("rules") or [] if isinstance(parsed, dict) else []:
            intents = [step["intent"] for step in rule.get("steps", ()) if isinstance(step, dict) and "intent" in step]
            first.update(intents[:1])
    return first


def _inside(folder: Path, path: str) -> str:
    whole = PurePosixPath(path)
    return whole.relative_to(folder.as_posix()).as_posix() if whole.is_relative_to(folder.as_posix()) else path


def _topic_of(path: str) -> str | None:
    parts = PurePosixPath(path)
    return parts.stem if len(parts.parts) == 3 else None


def main() -> int:
    """`python -m gateway.content.publishing.checks <folder> <privacy url> [--words]`: the findings as JSON.

    A process of its own: reading forty thousand examples would hold up the messages of the gateway's.
    """
    folder, privacy_url, *more = sys.argv[1:]
    found = check(Path(folder), privacy_url, words_only="--words" in more)
    json.dump([each.as_json() for each in found], sys.stdout)
    return 0


if __name__ == "__main__":
    sys.exit(main())
