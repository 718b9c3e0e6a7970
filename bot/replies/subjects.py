"""Replies: the first answer to a subject, the rest of it, and coming back to it."""

from __future__ import annotations

from typing import Final

from answers.pieces import Condition
from bot.conversation.everyday import THING, remembered_keys
from bot.conversation.intents import MORE, button_of
from bot.names import EMERGENCY_TOPIC, OFFICER, SUICIDE, TALK_LABELS
from bot.replies.reply import Reply, Scene, can_be_offered, says_emergency_number
from bot.replies.text import all_sentences, sentences

# At most so many questions stand below an answer, and one more button.
NEXT_QUESTIONS: Final = 2
_BUTTONS: Final = 3
# These need everything at once.
# Of the request for an officer the whole too: when somebody answers, and who helps until then.
_WHOLE: Final = frozenset({EMERGENCY_TOPIC, SUICIDE, OFFICER})
_CALLS_OFFICER: Final = frozenset({"officer", "crisis", "emergency"})


_FIRST_STEP: Final = "what_first"
# Only of a victim's matter may it be asked whose fault it was.
_OF_VICTIMS: Final = frozenset({"own_fault_or_guilt"})


def short_key(topic: str) -> str:
    """The key of a subject's short answer."""
    return f"short:{topic}"


def whole_key(topic: str) -> str:
    """The key of a subject's whole answer."""
    return f"whole:{topic}"


def subject_reply(scene: Scene, topic: str) -> Reply:
    """The answer to a subject: short at first; where it was said, questions; never the same page again."""
    content, answer = scene.content, scene.content.answers[topic].answer
    values = {name: str(scene.given[name]) for name in answer.values if name in scene.given}
    if answer.values or topic in TALK_LABELS:
        text = content.text(topic, scene.language, scene.channel, values if answer.values else None)
        if scene.was_said(whole_key(topic)) and not answer.values:
            text = sentences(text, 2)
        return Reply(topic, text, content.buttons(topic), answer.escalation, "answer", (whole_key(topic),))
    # Where a channel has a wording of its own, somebody has fitted it to that channel.
    is_fitted = scene.language in answer.channels.get(scene.channel, {})
    short = None if is_fitted else content.in_short(topic, scene.language)
    whole = content.text(topic, scene.language, scene.channel)
    said_short, said_whole = scene.was_said(short_key(topic)), scene.was_said(whole_key(topic))
    if topic in _WHOLE and not said_whole:
        return Reply(topic, whole, content.buttons(topic), answer.escalation, "answer", (whole_key(topic),))
    if short is None:
        return _again(scene, topic) if said_whole else _answer(scene, topic, whole, whole_key(topic))
    if not said_short:
        return _answer(scene, topic, *first_answer(scene, topic, short))
    return _again(scene, topic)


def first_answer(scene: Scene, topic: str, short: str) -> tuple[str, str]:
    """The words and the key of the first answer: the short one, which speaks to whom it happened, else by who writes.

    Where the short one names 112, the other says that sentence, too.
    """
    piece = scene.content.answers[topic].answer.questions.get(_FIRST_STEP)
    state = scene.conditions
    place = None if piece is None else piece.place(state)
    if piece is None or place is None or not _is_of_writer_or_thing(scene, piece.variants[place].when):
        return short, short_key(topic)
    text = scene.content.piece(topic, _FIRST_STEP, scene.language, state) or short
    if says_emergency_number(short) and not says_emergency_number(text):
        text = " ".join([text, *(each for each in all_sentences(short) if says_emergency_number(each))])
    return text, f"piece:{topic}:{_FIRST_STEP}:{place}"


def _is_of_writer_or_thing(scene: Scene, when: Condition) -> bool:
    """Whether a variant is for a writer whom the short answer does not speak to, or for what is gone."""
    return THING in when or ("role" in when and scene.state.role != "victim")


def more_reply(scene: Scene, topic: str) -> Reply:
    """The whole answer, asked for by the button."""
    text = scene.content.text(topic, scene.language, scene.channel)
    buttons = tuple(dict.fromkeys([*next_questions(scene, topic)[:NEXT_QUESTIONS], *officer_button(scene, topic)]))
    return Reply(topic, text, buttons[:_BUTTONS], (), "more", (whole_key(topic), short_key(topic)))


def _answer(scene: Scene, topic: str, text: str, key: str) -> Reply:
    answer = scene.content.answers[topic].answer
    more = [MORE] if key != whole_key(topic) and not scene.was_said(whole_key(topic)) else []
    asked = next_questions(scene, topic)
    usual = [name for name in scene.content.buttons(topic) if name != OFFICER]
    officer = officer_button(scene, topic)
    room = _BUTTONS - len(more) - len(officer)
    buttons = [*more, *(asked or usual)[:room], *officer]
    # Whatever was said at first: the short answer is not said after it.
    said = (key,) if key in (short_key(topic), whole_key(topic)) else (short_key(topic), key)
    said = (*said, *remembered_keys(scene.interpretation))
    return Reply(topic, text, tuple(dict.fromkeys(buttons))[:_BUTTONS], answer.escalation, "answer", said)


def _again(scene: Scene, topic: str) -> Reply:
    """Something else than the page that was said: what may be asked about it."""
    more = [] if scene.was_said(whole_key(topic)) else [MORE]
    buttons = [*more, *next_questions(scene, topic)[:NEXT_QUESTIONS], *officer_button(scene, topic)]
    text = scene.line("back_to_subject")
    return Reply(topic, text, tuple(dict.fromkeys(buttons))[:_BUTTONS], (), "back", ())


def next_questions(scene: Scene, topic: str, now: tuple[str, ...] = ()) -> list[str]:
    """Buttons of the questions likely to come next about a subject: those with an answer that was not given yet."""
    answer = scene.content.answers[topic].answer
    return [
        button_of(question)
        for question in answer.questions
        if question not in now
        and (question not in _OF_VICTIMS or scene.state.role in (None, "victim"))
        and not any(key.startswith(f"piece:{topic}:{question}:") for key in scene.state.said)
        and can_be_offered(scene.content, button_of(question))
    ]


def officer_button(scene: Scene, topic: str | None) -> list[str]:
    """The officer, where the subject calls for a person and nobody was asked for yet."""
    if topic is None or OFFICER not in scene.content.answers or scene.state.officer == "asked":
        return []
    answer = scene.content.answers[topic].answer
    return [OFFICER] if _CALLS_OFFICER & set(answer.escalation) or OFFICER in scene.content.buttons(topic) else []
