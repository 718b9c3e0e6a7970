"""Dialogue, the words: everything that is published at one moment, ready to be said."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from answers.checks import answer_problems, line_problems, same_title_problems
from answers.contacts import Contact, read_contacts
from answers.lines import Line, read_lines
from answers.problems import Problem
from answers.render import PRIVACY_URL, contact_keys, render
from answers.source import Wording
from answers.topics import Answer, read_answer


@dataclass(frozen=True)
class Published:
    """A text with the contacts it was checked against, so that it can be rendered for certain."""

    contacts: Mapping[str, Contact]

    def _say(self, text: str, language: str, values: Mapping[str, str]) -> str:
        return render(text, language, self.contacts, values)


@dataclass(frozen=True)
class PublishedAnswer(Published):
    """An answer that passed the checks."""

    answer: Answer

    def text(self, language: str, channel: str, values: Mapping[str, str]) -> str:
        """The answer in `language`, in the channel's own wording when it has one."""
        wording = self.answer.channels.get(channel, {}).get(language) or self.answer.texts[language]
        return self._say(wording.text, language, values)

    def in_short(self, language: str, values: Mapping[str, str]) -> str | None:
        """The same advice in the plainest words; None where nobody wrote it."""
        wording = self.answer.in_short.get(language)
        return self._say(wording.text, language, values) if wording else None

    def why(self, language: str, values: Mapping[str, str]) -> str | None:
        """The reason for the advice; None where nobody wrote it."""
        wording = self.answer.why.get(language)
        return self._say(wording.text, language, values) if wording else None


@dataclass(frozen=True)
class PublishedLine(Published):
    """A fixed line that passed the checks."""

    line: Line

    def text(self, language: str, values: Mapping[str, str]) -> str:
        """The line in `language`."""
        return self._say(self.line.texts[language].text, language, values)


@dataclass(frozen=True)
class Content:
    """What may be said now. `problems` tells what was refused; an earlier good text of it is still here."""

    contacts: Mapping[str, Contact]
    answers: Mapping[str, PublishedAnswer]
    lines: Mapping[str, PublishedLine]
    privacy_url: str
    problems: tuple[Problem, ...] = field(default=())

    def text(self, topic: str, language: str, channel: str = "", values: Mapping[str, str] | None = None) -> str:
        """The answer to a topic. Raises KeyError for a topic without one, `NotRenderable` for a missing value.

        Without `values` the examples in the file stand for them: for previews, never for a citizen.
        """
        published = self.answers[topic]
        filled = published.answer.values if values is None else values
        return published.text(language, channel, {PRIVACY_URL: self.privacy_url, **filled})

    def in_short(self, topic: str, language: str) -> str | None:
        """The answer in the plainest words, or None. Raises KeyError for a topic without an answer."""
        published = self.answers[topic]
        return published.in_short(language, {PRIVACY_URL: self.privacy_url, **published.answer.values})

    def why(self, topic: str, language: str) -> str | None:
        """The reason for the answer, or None. Raises KeyError for a topic without an answer."""
        published = self.answers[topic]
        return published.why(language, {PRIVACY_URL: self.privacy_url, **published.answer.values})

    def line(self, key: str, language: str) -> str:
        """A fixed line. Raises KeyError when lines.yml has no such key."""
        return self.lines[key].text(language, {PRIVACY_URL: self.privacy_url})

    def title(self, topic: str, language: str) -> str:
        """What a button to the topic says. Raises KeyError for a topic without an answer."""
        return self.answers[topic].answer.title[language].text

    def buttons(self, topic: str) -> tuple[str, ...]:
        """The topics that the answer offers as buttons, without those that have no answer any more."""
        return tuple(name for name, _ in self.answers[topic].answer.buttons if name in self.answers)

    def unused_contacts(self) -> list[str]:
        """The contacts that no answer and no line names."""
        texts = [wording for published in self.answers.values() for wording in _all_wordings(published.answer)]
        texts += [wording for published in self.lines.values() for wording in published.line.texts.values()]
        used = set().union(*(contact_keys(wording.text) for wording in texts))
        return sorted(self.contacts.keys() - used)


class AnswerFiles:
    """The answer files of a folder, each parsed again only when its time or size has changed."""

    def __init__(self) -> None:
        self._parsed: dict[Path, tuple[tuple[int, int], Answer | None, list[Problem]]] = {}

    def read(self, paths: Iterable[Path]) -> list[tuple[Path, Answer | None, list[Problem]]]:
        """Each file with its answer (None when refused) and what is wrong with it, in the order given."""
        parsed = {}
        for path in paths:
            signature = signature_of(path)
            known = self._parsed.get(path)
            if known is None or known[0] != signature:
                answer, source = read_answer(path)
                known = (signature, answer, source.problems)
            parsed[path] = known
        self._parsed = parsed
        return [(path, answer, problems) for path, (_, answer, problems) in parsed.items()]


def signature_of(path: Path) -> tuple[int, int]:
    """What changes when a file is written: its time in nanoseconds and its size; (0, 0) when it is gone."""
    try:
        status = path.stat()
    except OSError:
        return 0, 0
    return status.st_mtime_ns, status.st_size


def answer_paths(directory: Path) -> list[Path]:
    """The answer files of a content folder, in a fixed order."""
    return sorted((directory / "answers").glob("*/*.yml"))


def read_content(
    directory: Path, privacy_url: str, earlier: Content | None = None, files: AnswerFiles | None = None
) -> Content:
    """Everything in a content folder that may be said.

    What is refused is replaced by its `earlier` version, whole: an answer, a line, or all contacts. Never raises for
    what an editor wrote.
    """
    contacts, source = read_contacts(directory / "contacts.yml")
    problems = list(source.problems)
    if problems and earlier is not None:
        contacts = dict(earlier.contacts)
    lines = _publish_lines(directory / "lines.yml", contacts, earlier, problems)
    answers = _publish_answers(directory, contacts, earlier, problems, files or AnswerFiles())
    return Content(contacts, answers, lines, privacy_url, tuple(sorted(problems)))


def _publish_lines(
    path: Path, contacts: dict[str, Contact], earlier: Content | None, problems: list[Problem]
) -> dict[str, PublishedLine]:
    read, source = read_lines(path)
    published = dict(earlier.lines) if earlier is not None and source.problems else {}
    problems += source.problems
    for key, line in read.items():
        found = line_problems(path.as_posix(), line, contacts)
        problems += found
        if not found:
            published[key] = PublishedLine(contacts, line)
        elif earlier is not None and key in earlier.lines:
            published[key] = earlier.lines[key]
    return published


def _publish_answers(
    directory: Path,
    contacts: dict[str, Contact],
    earlier: Content | None,
    problems: list[Problem],
    files: AnswerFiles,
) -> dict[str, PublishedAnswer]:
    answers, refused = _read_answers(directory, problems, files)
    kept = {topic: earlier.answers[topic] for topic in refused if earlier is not None and topic in earlier.answers}
    # A refused answer is told once, in its own file, and not in each that offers it.
    topics = answers.keys() | refused
    problems += same_title_problems(answers.values())
    published = {}
    for topic, answer in answers.items():
        found = answer_problems(answer, contacts, topics)
        problems += found
        if not found:
            published[topic] = PublishedAnswer(contacts, answer)
        elif earlier is not None and topic in earlier.answers:
            kept[topic] = earlier.answers[topic]
    return {**published, **kept}


def _read_answers(directory: Path, problems: list[Problem], files: AnswerFiles) -> tuple[dict[str, Answer], set[str]]:
    paths = answer_paths(directory)
    if not paths:
        folder = (directory / "answers").as_posix()
        problems.append(
            Problem(folder, 1, "There are no answers.", "Give the folder that holds answers/<group>/<topic>.yml.")
        )
    answers: dict[str, Answer] = {}
    refused: set[str] = set()
    for path, answer, found in files.read(paths):
        problems += found
        if answer is None:
            refused.add(path.stem)
        elif answer.topic in answers:
            other = answers[answer.topic].file
            problems.append(
                Problem(answer.file, 1, f"The topic is already answered in {other}.", "Delete one of the two.")
            )
        else:
            answers[answer.topic] = answer
    return answers, refused


def _all_wordings(answer: Answer) -> list[Wording]:
    parts = [*answer.texts.values(), *answer.in_short.values(), *answer.why.values()]
    return [*parts, *(wording for texts in answer.channels.values() for wording in texts.values())]
