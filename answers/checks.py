"""Dialogue, the words: what only shows when the files are read together, before anything is published."""

from collections.abc import Collection, Iterable, Iterator, Mapping

from answers.acts import Act
from answers.contacts import Contact
from answers.limits import ACT, ASK, BODY_WITH_BUTTONS, IN_SHORT, LANGUAGES, LINE_LENGTHS, PIECE, TEXT, WHY
from answers.limits import PRIVACY_URL as PRIVACY_URL_LENGTH
from answers.lines import Line
from answers.pieces import TOPIC, Condition, GeneralQuestion, Piece
from answers.problems import NotRenderable, Problem, worded
from answers.render import LATE, PRIVACY_URL, fill, placeholders, render, stray_brace
from answers.source import Wording
from answers.topics import Answer
from answers.typed import TypedFact, typed_facts

# Values that differ between installations or moments, as long as they may get.
_LONGEST = {PRIVACY_URL: "x" * PRIVACY_URL_LENGTH, **{name: "x" * length for name, length in LATE.items()}}


def answer_problems(answer: Answer, contacts: Mapping[str, Contact], topics: Collection[str]) -> list[Problem]:
    """What keeps this answer from being published beside these contacts and topics."""
    problems = [
        Problem(
            answer.file,
            line,
            worded("The button '%(name)s' leads to a topic that has no answer.", name=button),
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
    for piece in (*answer.questions.values(), *(faq.piece for faq in answer.faq.values())):
        problems += _piece_problems(answer.file, piece, contacts, examples, topics)
    return problems


def question_problems(
    general: GeneralQuestion, contacts: Mapping[str, Contact], topics: Collection[str]
) -> list[Problem]:
    """What keeps a general question from being published."""
    problems = _piece_problems(general.file, general.piece, contacts, _LONGEST, topics)
    for language, wording in general.unknown.items():
        problems += _text_problems(general.file, wording, language, contacts, _LONGEST, PIECE)
    return problems


def act_problems(act: Act, contacts: Mapping[str, Contact], topics: Collection[str]) -> list[Problem]:
    """What keeps the words for an act from being published."""
    problems = []
    for variant in act.variants:
        problems += _condition_problems(act.file, variant.when, variant.line, topics)
        for wording in variant.wordings:
            for language, text in wording.items():
                problems += _text_problems(act.file, text, language, contacts, _LONGEST, ACT)
    return problems


def _piece_problems(
    file: str,
    piece: Piece,
    contacts: Mapping[str, Contact],
    examples: Mapping[str, str],
    topics: Collection[str],
) -> list[Problem]:
    texts = [(piece.texts, PIECE), *((variant.texts, PIECE) for variant in piece.variants)]
    texts += [(piece.ask.texts, ASK)] if piece.ask else []
    problems = []
    for variant in piece.variants:
        problems += _condition_problems(file, variant.when, variant.line, topics)
    for wordings, limit in texts:
        for language, wording in wordings.items():
            problems += _text_problems(file, wording, language, contacts, examples, limit)
    return problems


def _condition_problems(file: str, when: Condition, line: int, topics: Collection[str]) -> list[Problem]:
    unknown = [name for name in when.get(TOPIC, ()) if name not in topics]
    return [
        Problem(file, line, worded("There is no topic '%(name)s'.", name=name), "Correct the name.") for name in unknown
    ]


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
                        worded("The title '%(title)s' is also that of %(topic)s.", title=title.text, topic=other.topic),
                        "Change one of the two: they may stand side by side as buttons.",
                    )
                )
    return problems


def same_question_title_problems(questions: Iterable[GeneralQuestion]) -> list[Problem]:
    """Two questions with one title: they may stand side by side as buttons."""
    problems = []
    for language in LANGUAGES:
        first: dict[str, GeneralQuestion] = {}
        for each in questions:
            title = each.title[language]
            other = first.setdefault(title.text.casefold(), each)
            if other is not each:
                what = worded(
                    "The title '%(title)s' is also that of %(topic)s.", title=title.text, topic=other.question
                )
                problems.append(Problem(each.file, title.line, what, "Change one of the two."))
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
    for kind, typed, position in typed_facts(wording.text, contacts):
        remedy = worded("Pick the contact from the list instead.")
        problems.append(Problem(file, wording.line_of(position), _typed(kind, typed), remedy))
    try:
        length = len(render(wording.text, language, contacts, examples))
    except NotRenderable:
        return problems  # told above; how long it will be is not known
    return problems + _length_problems(file, wording, language, length, limit)


def _typed(kind: TypedFact, typed: str) -> str:
    if kind == TypedFact.NUMBER:
        return worded("'%(number)s' looks like a phone number typed by hand.", number=typed)
    if kind == TypedFact.HOURS:
        return worded("'%(text)s' looks like hours typed by hand.", text=typed)
    if kind == TypedFact.ADDRESS:
        return worded("'%(text)s' looks like an address typed by hand.", text=typed)
    return worded("'%(text)s' looks like a link or an email address typed by hand.", text=typed)


def _length_problems(file: str, wording: Wording, language: str, length: int, limit: int) -> list[Problem]:
    if length <= limit:
        return []
    what = worded(
        "The text in '%(language)s' has %(count)s characters when it is filled; WhatsApp takes %(limit)s.",
        language=language,
        count=length,
        limit=limit,
    )
    return [Problem(file, wording.line, what, "Shorten it.")]


def _refusal(
    name: str, language: str, contacts: Mapping[str, Contact], examples: Mapping[str, str]
) -> NotRenderable | None:
    try:
        fill(name, language, contacts, examples)
    except NotRenderable as refusal:
        return refusal
    return None
