"""Dialogue, the words: what only shows when the files are read together, before anything is published."""

from collections.abc import Collection, Iterable, Iterator, Mapping

from answers.contacts import Contact
from answers.limits import BODY_WITH_BUTTONS, IN_SHORT, LANGUAGES, LINE_LENGTHS, TEXT, WHY
from answers.limits import PRIVACY_URL as PRIVACY_URL_LENGTH
from answers.lines import Line
from answers.problems import NotRenderable, Problem
from answers.render import LATE, PRIVACY_URL, fill, placeholders, render, stray_brace, typed_number
from answers.source import Wording
from answers.topics import Answer

# Values that differ between installations or moments, as long as they may get.
_LONGEST = {PRIVACY_URL: "x" * PRIVACY_URL_LENGTH, **{name: "x" * length for name, length in LATE.items()}}


def answer_problems(answer: Answer, contacts: Mapping[str, Contact], topics: Collection[str]) -> list[Problem]:
    """What keeps this answer from being published beside these contacts and topics."""
    problems = [
        Problem(
            answer.file,
            line,
            f"The button '{button}' leads to a topic that has no answer.",
            "Write that answer first, or choose another topic.",
        )
        for button, line in answer.buttons
        if button not in topics
    ]
    examples = {**answer.values, **_LONGEST}
    limit = BODY_WITH_BUTTONS if answer.buttons else TEXT
    parts = [(limit, _wordings(answer)), (IN_SHORT, answer.in_short.items()), (WHY, answer.why.items())]
    for longest, wordings in parts:
        for language, wording in wordings:
            problems += _text_problems(answer.file, wording, language, contacts, examples, longest)
    return problems


def line_problems(file: str, line: Line, contacts: Mapping[str, Contact]) -> list[Problem]:
    """What keeps this line from being said; lines may carry buttons, so they are as short as a body with buttons."""
    limit = LINE_LENGTHS.get(line.key, BODY_WITH_BUTTONS)
    problems = []
    for language, wording in line.texts.items():
        problems += _text_problems(file, wording, language, contacts, _LONGEST, limit)
    return problems


def text_problems(
    text: str, language: str, contacts: Mapping[str, Contact], values: Mapping[str, str], limit: int
) -> list[Problem]:
    """What keeps one text from being published, as an editor is told while writing it; `limit` in characters."""
    return _text_problems("", Wording(text, 1), language, contacts, {**values, **_LONGEST}, limit)


def same_title_problems(answers: Iterable[Answer]) -> list[Problem]:
    """Two topics with one title: WhatsApp refuses a message whose buttons have the same title."""
    problems = []
    for language in LANGUAGES:
        first: dict[str, Answer] = {}
        for answer in answers:
            title = answer.title[language]
            other = first.setdefault(title.text.casefold(), answer)
            if other is not answer:
                problems.append(
                    Problem(
                        answer.file,
                        title.line,
                        f"The title '{title.text}' is also that of {other.topic}.",
                        "Change one of the two: they may stand side by side as buttons.",
                    )
                )
    return problems


def _wordings(answer: Answer) -> Iterator[tuple[str, Wording]]:
    yield from answer.texts.items()
    for texts in answer.channels.values():
        yield from texts.items()


def _text_problems(
    file: str,
    wording: Wording,
    language: str,
    contacts: Mapping[str, Contact],
    examples: Mapping[str, str],
    limit: int,
) -> list[Problem]:
    problems = []
    for name, position in placeholders(wording.text):
        refusal = _refusal(name, language, contacts, examples)
        if refusal is not None:
            problems.append(Problem(file, wording.line_of(position), refusal.what, refusal.remedy))
    stray = stray_brace(wording.text)
    if stray is not None:
        problems.append(
            Problem(file, wording.line_of(stray), "A brace stands alone.", "Placeholders look like {riku.phone}.")
        )
    number = typed_number(wording.text, contacts)
    if number is not None:
        problems.append(
            Problem(
                file,
                wording.line_of(number[1]),
                f"'{number[0]}' looks like a phone number typed by hand.",
                "Write the contact's placeholder instead, for example {riku.phone}.",
            )
        )
    if not problems:
        length = len(render(wording.text, language, contacts, examples))
        if length > limit:
            problems.append(
                Problem(
                    file,
                    wording.line,
                    f"The text in '{language}' has {length} characters when it is filled; WhatsApp takes {limit}.",
                    "Shorten it.",
                )
            )
    return problems


def _refusal(
    name: str, language: str, contacts: Mapping[str, Contact], examples: Mapping[str, str]
) -> NotRenderable | None:
    try:
        fill(name, language, contacts, examples)
    except NotRenderable as refusal:
        return refusal
    return None
