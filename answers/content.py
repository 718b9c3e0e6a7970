"""Dialogue, the words: everything that is published at one moment, ready to be said."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, TypeVar

from answers.acts import read_act
from answers.checks import (
    act_problems,
    answer_problems,
    line_problems,
    question_problems,
    same_question_title_problems,
    same_title_problems,
)
from answers.contacts import Contact, read_contacts
from answers.lines import read_lines
from answers.pieces import GeneralQuestion, Piece, State, read_question
from answers.problems import Problem, worded
from answers.published import (
    Published,
    PublishedAct,
    PublishedAnswer,
    PublishedLine,
    PublishedQuestion,
    asked_text,
)
from answers.render import PRIVACY_URL, contact_keys
from answers.source import Source
from answers.topics import Answer, read_answer

QUESTIONS_FOLDER: Final = "questions"
ACTS_FOLDER: Final = "acts"
NO_TOPICS: Final = frozenset({QUESTIONS_FOLDER, ACTS_FOLDER})
"""Folders of `answers/` whose files are no topics."""

_Read = TypeVar("_Read")


@dataclass(frozen=True)
class Content:
    """What may be said now. `problems` tells what was refused; an earlier good text of it is still here."""

    contacts: Mapping[str, Contact]
    answers: Mapping[str, PublishedAnswer]
    lines: Mapping[str, PublishedLine]
    privacy_url: str
    problems: tuple[Problem, ...] = field(default=())
    questions: Mapping[str, PublishedQuestion] = field(default_factory=dict)
    acts: Mapping[str, PublishedAct] = field(default_factory=dict)

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

    def piece(self, topic: str, question: str, language: str, state: State) -> str | None:
        """The subject's own short answer to a question, or None where it has none."""
        published = self.answers.get(topic)
        if published is None:
            return None
        return published.piece(question, language, state, {PRIVACY_URL: self.privacy_url, **published.answer.values})

    def general_piece(self, question: str, language: str, state: State) -> str | None:
        """What holds of a question whatever the subject, or None."""
        published = self.questions.get(question)
        return published.text(language, state, {PRIVACY_URL: self.privacy_url}) if published else None

    def unknown_piece(self, question: str, language: str) -> str | None:
        """The honest line of a question to which we know no answer, or None where nobody wrote one."""
        published = self.questions.get(question)
        return published.unknown(language, {PRIVACY_URL: self.privacy_url}) if published else None

    def asked_back(self, topic: str, question: str, language: str, state: State) -> tuple[str, str] | None:
        """A slot that decides the answer and is not known, with the short question for it."""
        for published, piece in self._pieces(topic, question):
            ask = piece.asks(state)
            if ask is not None:
                return ask.slot, asked_text(published, ask, language, {PRIVACY_URL: self.privacy_url})
        return None

    def _pieces(self, topic: str, question: str) -> Iterator[tuple[PublishedAnswer | PublishedQuestion, Piece]]:
        answer, general = self.answers.get(topic), self.questions.get(question)
        own = answer.piece_of(question) if answer is not None else None
        if answer is not None and own is not None:
            yield answer, own
        elif general is not None:
            yield general, general.general.piece

    def act(self, act: str, language: str, state: State, said: Callable[[str], int]) -> tuple[str, str] | None:
        """The key and the words for an act, or None; `said` tells how often a key was said before."""
        published = self.acts.get(act)
        if published is None:
            return None
        variant = published.act.variant(state)
        key = f"act:{act}:{published.act.variants.index(variant)}"
        return key, published.text(variant, said(key), language, {PRIVACY_URL: self.privacy_url})

    def unused_contacts(self) -> list[str]:
        """The contacts that no answer and no line names."""
        published: list[Published] = [*self.answers.values(), *self.questions.values(), *self.acts.values()]
        texts = [wording for each in [*published, *self.lines.values()] for wording in each.wordings()]
        used = set().union(*(contact_keys(wording.text) for wording in texts))
        return sorted(self.contacts.keys() - used)


class AnswerFiles:
    """The files of a folder, each parsed again only when its time or size has changed."""

    def __init__(self) -> None:
        self._parsed: dict[Path, tuple[tuple[int, int], Any, list[Problem]]] = {}

    def read(
        self, paths: Iterable[Path], read: Callable[[Path], tuple[_Read | None, Source]]
    ) -> list[tuple[Path, _Read | None, list[Problem]]]:
        """Each file with what is in it (None when refused) and what is wrong with it, in the order given."""
        found = []
        for path in paths:
            signature = signature_of(path)
            known = self._parsed.get(path)
            if known is None or known[0] != signature:
                parsed, source = read(path)
                known = self._parsed[path] = (signature, parsed, source.problems)
            found.append((path, known[1], known[2]))
        return found


def signature_of(path: Path) -> tuple[int, int]:
    """What changes when a file is written: its time in nanoseconds and its size; (0, 0) when it is gone."""
    try:
        status = path.stat()
    except OSError:
        return 0, 0
    return status.st_mtime_ns, status.st_size


def answer_paths(directory: Path) -> list[Path]:
    """The answer files of a content folder's topics, in a fixed order."""
    return [path for path in sorted((directory / "answers").glob("*/*.yml")) if path.parent.name not in NO_TOPICS]


def question_paths(directory: Path) -> list[Path]:
    """The files of what holds of a question whatever the subject."""
    return sorted((directory / "answers" / QUESTIONS_FOLDER).glob("*.yml"))


def act_paths(directory: Path) -> list[Path]:
    """The files of what is said to acts."""
    return sorted((directory / "answers" / ACTS_FOLDER).glob("*.yml"))


def read_content(
    directory: Path, privacy_url: str, earlier: Content | None = None, files: AnswerFiles | None = None
) -> Content:
    """Everything in a content folder that may be said.

    What is refused is replaced by its `earlier` version, whole: an answer, a question, an act, a line, or all contacts.
    Never raises for what an editor wrote.
    """
    contacts, source = read_contacts(directory / "contacts.yml")
    problems = list(source.problems)
    if problems and earlier is not None:
        contacts = dict(earlier.contacts)
    lines = _publish_lines(directory / "lines.yml", contacts, earlier, problems)
    files = files or AnswerFiles()
    answers = _publish_answers(directory, contacts, earlier, problems, files)
    questions = _publish_questions(directory, contacts, earlier, problems, files, answers)
    acts = _publish_acts(directory, contacts, earlier, problems, files, answers)
    return Content(contacts, answers, lines, privacy_url, tuple(sorted(problems)), questions, acts)


def _publish_questions(
    directory: Path,
    contacts: dict[str, Contact],
    earlier: Content | None,
    problems: list[Problem],
    files: AnswerFiles,
    topics: Mapping[str, PublishedAnswer],
) -> dict[str, PublishedQuestion]:
    published, read = {}, list[GeneralQuestion]()
    for path, question, found in files.read(question_paths(directory), read_question):
        wrong = [*found, *([] if question is None else question_problems(question, contacts, topics))]
        problems += wrong
        if question is not None:
            read.append(question)
        if question is not None and not wrong:
            published[question.question] = PublishedQuestion(contacts, question)
        elif earlier is not None and path.stem in earlier.questions:
            published[path.stem] = earlier.questions[path.stem]
    problems += same_question_title_problems(read)
    return published


def _publish_acts(
    directory: Path,
    contacts: dict[str, Contact],
    earlier: Content | None,
    problems: list[Problem],
    files: AnswerFiles,
    topics: Mapping[str, PublishedAnswer],
) -> dict[str, PublishedAct]:
    published = {}
    for path, act, found in files.read(act_paths(directory), read_act):
        wrong = [*found, *([] if act is None else act_problems(act, contacts, topics))]
        problems += wrong
        if act is not None and not wrong:
            published[act.act] = PublishedAct(contacts, act)
        elif earlier is not None and path.stem in earlier.acts:
            published[path.stem] = earlier.acts[path.stem]
    return published


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
    answers, refused, broken = _read_answers(directory, problems, files)
    kept = {topic: earlier.answers[topic] for topic in refused if earlier is not None and topic in earlier.answers}
    # A refused answer is told once, in its own file, and not in each that offers it.
    topics, published = answers.keys() | refused, {}
    problems += same_title_problems(answers.values())
    for answer in broken:  # whoever mends the one mistake is told of the others at once
        problems += answer_problems(answer, contacts, topics)
    for topic, answer in answers.items():
        found = answer_problems(answer, contacts, topics)
        problems += found
        if not found:
            published[topic] = PublishedAnswer(contacts, answer)
        elif earlier is not None and topic in earlier.answers:
            kept[topic] = earlier.answers[topic]
    return {**published, **kept}


def _read_answers(
    directory: Path, problems: list[Problem], files: AnswerFiles
) -> tuple[dict[str, Answer], set[str], list[Answer]]:
    """The answers that stand, the topics whose answer is refused, and what could be read of those."""
    paths = answer_paths(directory)
    if not paths:
        remedy = worded("Give the folder that holds answers/<group>/<topic>.yml.")
        problems.append(Problem((directory / "answers").as_posix(), 1, "There are no answers.", remedy))
    answers: dict[str, Answer] = {}
    refused, broken = set[str](), list[Answer]()
    for path, answer, found in files.read(paths, read_answer):
        problems += found
        if answer is None or found:
            refused.add(path.stem)
            broken += [answer] if answer is not None else []
        elif answer.topic in answers:
            what = worded("The topic is already answered in %(file)s.", file=answers[answer.topic].file)
            problems.append(Problem(answer.file, 1, what, "Delete one of the two."))
        else:
            answers[answer.topic] = answer
    return answers, refused, broken
