"""Replies: the answer to a question about the subject: its own piece, the general one, or that we do not know."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from answers.labels import QUESTIONS
from answers.pieces import Piece, State
from bot.conversation.context import NONE, NOW
from bot.conversation.everyday import remembered_keys, things_of
from bot.conversation.intents import MORE, question_of
from bot.conversation.interpretation import AGES
from bot.conversation.terms import TERM, WHAT_IS_IT
from bot.names import EMERGENCY_TOPIC, OFFICER, OUT_OF_SCOPE, SUICIDE
from bot.replies.closest import asked_which, more_exactly
from bot.replies.officer import officer_offered
from bot.replies.reply import CLARIFY, Reply, Scene
from bot.replies.subjects import (
    NEXT_QUESTIONS,
    first_answer,
    next_questions,
    officer_button,
    short_key,
    subject_reply,
)
from bot.replies.text import first_sentence, sentences

# Two answers together are read without scrolling up to this many characters.
_TOGETHER: Final = 380
_BUTTONS: Final = 3
_SENTENCES: Final = 2
# What is said again has up to so many characters.
_SHORT: Final = 150
# So sure has a question to be that was answered before, to be answered again where another one is likely.
_SURELY_AGAIN: Final = 0.85
# What was said among so many of the last keys is fresh: to read it once more helps nobody.
_FRESH: Final = 6
# Under this it is asked which question was meant: of such guesses readers called one in eight right.
PERHAPS: Final = 0.45
# Of the doer of something the subject that speaks to him goes before these, which speak to whom it was done.
_OF_DOERS: Final = "fines_and_record"
_OF_REPORTERS: Final = frozenset(
    {
        "is_it_a_crime", "report_how", "report_at_station", "report_online_form", "report_under_18",
        "report_info_needed", "report_for_someone", "after_report", "complainant_offence", "offender_under_15",
        "case_status", "need_to_talk",
    }
)  # fmt: skip
# A number is asked for once more by whoever had no pen.
_AGAIN: Final = frozenset({"contact_again"})

# Subjects that are themselves what is asked: their first answer is the answer.
QUESTION_OF_TOPIC: Final = {
    "report_how": "how_to_report_this",
    "time_limit": "time_limit",
    "withdraw_report": "withdraw_possible",
    "evidence_saving": "evidence_how",
    "is_it_a_crime": "is_it_a_crime",
    "after_report": "what_happens_next",
}
OF_AGE: Final = "age_limits"
# While help is on its way the emergency's own advice counts, whatever the talk was about.
WAITING: Final = "while_waiting_for_help"
_WITHOUT_CALL: Final = "cannot_phone_chat_instead"
# Whoever writes of these for the first time needs the advice beside the answer.
_SERIOUS: Final = frozenset({"emergency", "crisis", "officer"})


@dataclass(frozen=True)
class Found:
    """An answer: its key, its words and how it was found."""

    key: str
    text: str
    kind: str


def question_reply(scene: Scene, questions: tuple[str, ...]) -> Reply:
    """The answers to one or two questions about the subject of the talk, each once in full."""
    topic, interpretation = scene.topic, scene.interpretation
    is_new = interpretation is not None and interpretation.is_new and topic is not None
    is_rule = bool(things_of(interpretation))
    if topic is not None and is_new and not is_rule and QUESTION_OF_TOPIC.get(topic) == questions[0]:
        return subject_reply(scene, topic)
    known = [answer_to(scene, question) for question in questions]
    if len(known) == 1 and (other := _asked_instead(scene, known[0])) is not None:
        questions, known = (other[0],), [other[1]]
    elif len(known) == 1 and _is_fresh(scene, known[0]):
        return more_exactly(scene, known[0].key, known[0].text)
    if _is_doubtful(scene, questions, known):
        return asked_which(scene, questions[0])
    known = _unsaid(scene, known)
    is_unknown = all(each.kind == "unknown" for each in known)
    if topic is not None and is_new and is_unknown and not scene.was_said(short_key(topic)):
        return _subject_first(scene, topic, known[0])
    if is_unknown and scene.was_said(known[0].key):
        return officer_offered(scene)
    found = [_said_once(scene, each) for each in known]
    text = _together([each.text for each in found])
    said = (*(each.key for each in found), *remembered_keys(interpretation))
    asked = _asked_back(scene, questions[0], found[0])
    if asked is not None:
        text = f"{text} {asked[1]}"
    reply = Reply(
        key=topic or found[0].key,
        text=text,
        buttons=_buttons(scene, questions, is_new, is_unknown),
        kind=found[0].kind,
        said=said,
        asked=asked[0] if asked else None,
        offers_officer=False,
    )
    return _with_advice(scene, topic, reply) if topic is not None and is_new else reply


def _is_doubtful(scene: Scene, questions: tuple[str, ...], known: list[Found]) -> bool:
    """Whether it is so unsure that this was asked that it is asked back; never twice in a row, and not in danger."""
    found = scene.interpretation
    if found is None or found.is_first or found.is_new or len(questions) > 1 or known[0].kind == "unknown":
        return False
    if scene.state.danger != NONE or scene.last.kind == CLARIFY:
        return False
    return found.certainty < PERHAPS and questions == found.questions


def _unsaid(scene: Scene, known: list[Found]) -> list[Found]:
    """Of two answers the one that was not said before, if only one was not; one alone where both were."""
    unsaid = [each for each in known if not scene.was_said(each.key)]
    return unsaid or known[:1]


def _asked_instead(scene: Scene, known: Found) -> tuple[str, Found] | None:
    """The next likely question, where the likeliest one was answered before: who asks on seldom asks the same again."""
    found = scene.interpretation
    if found is None or not scene.was_said(known.key) or found.certainty >= _SURELY_AGAIN:
        return None
    others = ((name, answer_to(scene, name)) for name in found.guesses)
    return next(((name, each) for name, each in others if each.kind == "piece" and not scene.was_said(each.key)), None)


def _is_fresh(scene: Scene, known: Found) -> bool:
    """Whether these very words were read just before: then something else about them is asked."""
    found = scene.interpretation
    is_tapped = question_of(scene.intent) is not None
    if found is None or is_tapped or found.is_new or _AGAIN & set(found.questions) or known.kind == "unknown":
        return False
    return known.key in scene.last.keys or known.key in scene.state.said[-_FRESH:]


def _with_advice(scene: Scene, topic: str, reply: Reply) -> Reply:
    """The answer to a question with a new subject's escalation, and of a serious one its first answer below."""
    answer = scene.content.answers[topic].answer
    reply = replace(reply, escalation=answer.escalation)
    short = scene.content.in_short(topic, scene.language)
    is_about_request = topic == OFFICER and scene.state.officer != "asked"
    is_needed = _SERIOUS & set(answer.escalation) and not scene.was_said(short_key(topic))
    if short is None or not is_needed or is_about_request:
        return reply
    first, key = first_answer(scene, topic, short)
    text, said = (reply.text, reply.said) if key in reply.said else (f"{reply.text}\n\n{first}", (*reply.said, key))
    buttons = tuple(MORE if name == topic else name for name in reply.buttons)
    return replace(reply, text=text, said=tuple(dict.fromkeys([*said, short_key(topic)])), buttons=buttons)


def _subject_first(scene: Scene, topic: str, unknown: Found) -> Reply:
    """The first answer to a new subject, and that we do not know what was asked about it."""
    reply = subject_reply(scene, topic)
    return replace(reply, text=f"{reply.text}\n\n{unknown.text}", said=(*reply.said, unknown.key))


def answer_to(scene: Scene, question: str) -> Found:
    """The subject's own piece, else that of the matter beside it, else the general one, else the honest line."""
    content, language, state = scene.content, scene.language, scene.conditions
    topic = scene.topic
    is_of_danger = question == WAITING or (question == _WITHOUT_CALL and topic != SUICIDE)
    if is_of_danger and scene.state.danger == NOW and EMERGENCY_TOPIC in content.answers:
        topic = EMERGENCY_TOPIC
    beside = scene.interpretation.beside if scene.interpretation is not None else None
    if beside is not None and QUESTION_OF_TOPIC.get(beside) == question:
        beside = None  # its own piece goes on from its first answer, which was not given: the general one stands alone
    if question == OF_AGE and (by_age := _by_age(scene, topic)):
        return by_age
    if question == WHAT_IS_IT and state[TERM] and (by_term := _by_term(scene)):
        return by_term
    of_doers = _OF_DOERS if topic in _OF_REPORTERS and scene.state.role == "doer" else None
    is_of_any = question in QUESTIONS  # what is asked of one subject alone has a name that another's may have, too
    for subject in (of_doers, topic, beside) if is_of_any else (topic,):
        text = content.piece(subject, question, language, state) if subject is not None else None
        if subject is not None and text:
            piece = content.answers[subject].piece_of(question)
            return Found(f"piece:{subject}:{question}:{_variant(piece, state)}", text, "piece")
    if topic == OUT_OF_SCOPE:
        return Found(f"unknown:{topic}", scene.line("question_foreign"), "unknown")
    general = content.general_piece(question, language, state)
    if general:
        variant = _variant(content.questions[question].general.piece, state)
        return Found(f"general:{question}:{variant}", general, "general")
    unknown = content.unknown_piece(question, language) or scene.line("question_unknown")
    return Found(f"unknown:{question}", unknown, "unknown")


def _by_term(scene: Scene) -> Found | None:
    """What a word means that is asked about, before what the subject itself means."""
    general = scene.content.questions.get(WHAT_IS_IT)
    place = general.general.piece.place(scene.conditions) if general is not None else None
    if general is None or place is None or TERM not in general.general.piece.variants[place].when:
        return None
    text = scene.content.general_piece(WHAT_IS_IT, scene.language, scene.conditions)
    return Found(f"general:{WHAT_IS_IT}:{place}", text, "general") if text else None


def _by_age(scene: Scene, topic: str | None) -> Found | None:
    """What an age that was just told means for who writes, before what the subject says of ages in general."""
    told = scene.interpretation.told if scene.interpretation is not None else ()
    if topic == OUT_OF_SCOPE or not any(each.slot in AGES for each in told):
        return None
    state, answers, general = scene.conditions, scene.content.answers, scene.content.questions.get(OF_AGE)
    own = answers[topic].answer.questions.get(OF_AGE) if topic is not None else None
    if topic is not None and own is not None and own.place(state) is not None:
        text = scene.content.piece(topic, OF_AGE, scene.language, state)
        return Found(f"piece:{topic}:{OF_AGE}:{own.place(state)}", text, "piece") if text else None
    place = general.general.piece.place(state) if general is not None else None
    said = scene.content.general_piece(OF_AGE, scene.language, state) if place is not None else None
    return Found(f"general:{OF_AGE}:{place}", said, "general") if said else None


def _variant(piece: Piece | None, state: State) -> str:
    """Which variant is said, so that another one may be said later."""
    if piece is None:
        return ""
    chosen = piece.wordings(state)
    return next((str(place) for place, each in enumerate(piece.variants) if each.texts is chosen), "")


def _said_once(scene: Scene, found: Found) -> Found:
    """The second time shorter, then with a question, then the question alone."""
    times = scene.was_said(found.key)
    if not times:
        return found
    short, unclear = _shortened(found.text), scene.line("what_was_unclear")
    again = [f"{scene.line('said_before')} {short}"] if len(short) < len(found.text) else []
    again.append(f"{short} {unclear}")
    return Found(found.key, again[times - 1] if times <= len(again) else unclear, found.kind)


def _shortened(text: str) -> str:
    """The first two sentences where they are short ("No. There's no need to pay."), else the first."""
    two = sentences(text, _SENTENCES)
    if len(two) <= _SHORT and len(two) < len(text.strip()):
        return two if two.count('"') % 2 == 0 else text.strip()
    first = first_sentence(text)
    return first if first.count('"') % 2 == 0 else text.strip()  # words to say to somebody are not cut in two


def _together(texts: list[str]) -> str:
    """Two answers, shortened where they are long."""
    texts = list(dict.fromkeys(texts))
    if len(texts) > 1 and sum(map(len, texts)) > _TOGETHER:
        texts = [sentences(text, _SENTENCES) for text in texts]
    if len(texts) > 1 and sum(map(len, texts)) > _TOGETHER:
        texts = [first_sentence(text) for text in texts]
    return "\n\n".join(texts)


def _asked_back(scene: Scene, question: str, found: Found) -> tuple[str, str] | None:
    topic = scene.topic
    if found.kind == "unknown" or scene.was_said(f"ask:{question}"):
        return None
    return scene.content.asked_back(topic or "", question, scene.language, scene.conditions)


def _buttons(scene: Scene, questions: tuple[str, ...], is_new: bool, is_unknown: bool) -> tuple[str, ...]:
    topic = scene.topic
    if topic is None:
        return (OFFICER,) if is_unknown and OFFICER in scene.content.answers else ()
    first = [topic] if is_new and not scene.was_said(short_key(topic)) else []
    officer = officer_button(scene, topic) or ([OFFICER] if is_unknown and scene.state.officer != "asked" else [])
    room = min(NEXT_QUESTIONS, _BUTTONS - len(first) - len(officer))
    return (*first, *next_questions(scene, topic, questions)[:room], *officer)
