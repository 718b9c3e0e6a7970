"""Replies: which reply a message gets, danger first."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final

from answers.limits import BODY_WITH_BUTTONS, REPLY_BUTTONS
from bot.conversation.alarm import asking_key
from bot.conversation.context import NONE, NOW
from bot.conversation.denials import has_called
from bot.conversation.intents import ACT_OF, MORE, QUESTION, button_of, question_of
from bot.names import CRISIS, EMERGENCY, EMERGENCY_TOPIC, OFFICER, SCAM_CHECK, SUICIDE, UNSURE
from bot.replies.acts import act_reply
from bot.replies.faq import particular_question
from bot.replies.officer import officer_confirmed_first, officer_offered
from bot.replies.questions import WAITING, question_reply
from bot.replies.reply import CLARIFY, EMERGENCY_NUMBER, PIECE, Reply, Scene, can_be_offered, says_emergency_number
from bot.replies.scams import scam_reply
from bot.replies.subjects import more_reply, short_key, subject_reply, whole_key
from bot.replies.text import first_sentence, sentences

_DANGER_TOPICS: Final = frozenset({EMERGENCY_TOPIC, SUICIDE})
MISSES_BEFORE_OFFICER: Final = 2
# These words tell of "your request", so they are said to nobody who has none.
_OF_A_REQUEST: Final = frozenset({short_key(OFFICER), whole_key(OFFICER)})
_STOP: Final = "stop"
_HOW: Final = "how_to_do_step"
_WITHOUT_CALL: Final = "cannot_phone_chat_instead"
# "Can you tell me that in English, please": the language by the name that it has for whoever speaks it.
_LANGUAGE_WISHED: Final = re.compile(r"\b(?:(?P<en>in english)|(?P<sv>på svenska)|(?P<fi>suomeks\w*))\b", re.IGNORECASE)
_STEP: Final = f"step:{OFFICER}:"
_CALLED: Final = re.compile(
    r"\b(?:soitin|soitettiin|soitti\w*|soittanu\w*|ringde|ringd|ringt|called|rang|phoned)\b", re.IGNORECASE
)


def reply_to(scene: Scene, dangers: frozenset[str], foreign: str | None = None, possible: str | None = None) -> Reply:
    """The reply to a message; `foreign` is the code of a fourth language, `possible` a danger to be asked about."""
    if foreign is not None and not dangers:
        return _foreign(scene, foreign)
    asked = set(scene.interpretation.questions) - {_HOW} if scene.interpretation is not None else set()
    is_waiting = _waits_for_help(scene) and (bool(dangers) or not asked)
    particular = WAITING if is_waiting else None if dangers else particular_question(scene)
    reply = _usual(scene, dangers) if particular is None else question_reply(scene, (particular,))
    if scene.state.officer != "asked" and any(key in _OF_A_REQUEST or key.startswith(_STEP) for key in reply.said):
        reply = officer_confirmed_first(scene)
    if possible is not None and not dangers:
        reply = _asking_first(scene, reply, possible)
    return _with_danger_first(scene, reply, dangers)


def _asking_first(scene: Scene, reply: Reply, danger: str) -> Reply:
    """Whether somebody is in danger, with 112 or the helpers in the question; below it what was answered anyway."""
    if says_emergency_number(reply.text.split("\n", 1)[0]) or reply.key == SUICIDE or _must_stop(scene):
        return reply
    text = f"{scene.line(f'{danger}_possible')}\n\n{reply.text}"
    return replace(reply, text=text, said=(*reply.said, asking_key(danger)), asked=danger)


def _usual(scene: Scene, dangers: frozenset[str]) -> Reply:
    interpretation, intent = scene.interpretation, scene.intent
    if dangers and intent in _DANGER_TOPICS and intent in scene.content.answers:
        return _danger_answer(scene, intent)
    if intent in ACT_OF and not dangers and (translated := _in_that_language(scene)) is not None:
        return translated
    asked = question_of(intent)
    if asked is not None:
        return question_reply(scene, (asked,))
    if intent == SCAM_CHECK:
        return scam_reply(scene)
    if intent == MORE:
        return more_reply(scene, scene.topic) if scene.topic is not None else _unsure(scene)
    if (
        interpretation is not None
        and interpretation.questions
        and (intent == QUESTION or intent == interpretation.topic)
    ):
        return question_reply(scene, interpretation.questions)
    if intent in scene.content.answers:
        is_miss = scene.misses >= MISSES_BEFORE_OFFICER
        return officer_offered(scene) if is_miss else subject_reply(scene, intent)
    if intent in ACT_OF:
        return act_reply(scene, ACT_OF[intent])
    if intent == UNSURE:
        return _unsure(scene)
    raise KeyError(intent)


def _waits_for_help(scene: Scene) -> bool:
    """Whether 112 was called in a danger that is known: to be told to call once more helps nobody."""
    is_read = EMERGENCY_NUMBER in scene.last.keys
    is_called = has_called(scene.text, number_was_read=is_read)
    return scene.state.danger == NOW and EMERGENCY_TOPIC in scene.content.answers and is_called


def _in_that_language(scene: Scene) -> Reply | None:
    """The first answer once more, for whoever asks to have it in the language that they now write."""
    wish = _LANGUAGE_WISHED.search(scene.text)
    short = scene.content.in_short(scene.topic, scene.language) if wish and scene.topic is not None else None
    if wish is None or short is None or wish.lastgroup != scene.language:
        return None
    return replace(subject_reply(scene, scene.topic or ""), text=short, said=(short_key(scene.topic or ""),))


def _danger_answer(scene: Scene, topic: str) -> Reply:
    """All of it; where it was said before, 112 and what matters most, by turns with what to do without a call."""
    answer = scene.content.answers[topic].answer
    text = scene.content.text(topic, scene.language, scene.channel)
    if times := scene.was_said(whole_key(topic)):
        found = scene.interpretation
        is_without_call = times % 2 == 0 or (found is not None and _WITHOUT_CALL in found.questions)
        piece = scene.content.piece(topic, _WITHOUT_CALL, scene.language, scene.conditions) if is_without_call else None
        text = piece or scene.content.in_short(topic, scene.language) or sentences(text, 3)
    return Reply(topic, text, scene.content.buttons(topic), answer.escalation, "danger", (whole_key(topic),))


def _unsure(scene: Scene) -> Reply:
    """An honest short question, with what may have been asked, or meant, as buttons."""
    if scene.misses >= MISSES_BEFORE_OFFICER:
        return officer_offered(scene)
    interpretation = scene.interpretation
    guessed = [button_of(name) for name in interpretation.guesses] if interpretation is not None else []
    questions = [name for name in guessed if can_be_offered(scene.content, name)]
    if scene.topic is not None and questions:
        key, buttons = "clarify_question", tuple(questions[:REPLY_BUTTONS])
    else:
        buttons = scene.ranking[:REPLY_BUTTONS]
        key = "clarify" if buttons else "clarify_without_guesses"
    return Reply(key, scene.line(key), buttons, (), CLARIFY)


def _must_stop(scene: Scene) -> bool:
    """Whether somebody who watches the phone has come: then no advice stands on the screen, not even the helpers."""
    found = scene.interpretation
    return found is not None and found.act == _STOP and scene.state.watched == "yes"


def _foreign(scene: Scene, foreign: str) -> Reply:
    """Three languages for whoever writes in a fourth, and the helpers who speak theirs, where there are any."""
    key = "fourth_language"
    own = f"{key}_{foreign}"
    parts = [scene.line(name) for name in (key, own) if name in scene.content.lines]
    return Reply(key, "\n\n".join(parts), (), (), key)


def _emergency_goes_on(scene: Scene, reply: Reply) -> bool:
    """Whether something is asked beside an emergency that nobody has ended, by somebody who may not have called."""
    found = scene.interpretation
    is_asked = found is not None and (bool(found.questions) or reply.kind == PIECE)
    is_told = scene.state.danger == NOW and scene.was_said(whole_key(EMERGENCY_TOPIC)) > 0
    return is_asked and is_told and not _CALLED.search(scene.text)


def _with_danger_first(scene: Scene, reply: Reply, dangers: frozenset[str]) -> Reply:
    text = reply.text
    if dangers and _must_stop(scene):
        # Who may be looking over a shoulder reads one harmless word; the officers' alarm sounds all the same.
        text = act_reply(scene, _STOP).text
        reply = replace(reply, buttons=(), said=(), kind=f"act:{_STOP}", asked=None)
    elif EMERGENCY in dangers:
        if not says_emergency_number(first_sentence(text)) and not _waits_for_help(scene):
            text = f"{scene.line('danger_first')}\n\n{text}"
    elif CRISIS in dangers and reply.key != SUICIDE:
        text = f"{scene.line('crisis_first')}\n\n{text}"
    elif _emergency_goes_on(scene, reply) and not says_emergency_number(text):
        text = f"{scene.line('danger_goes_on')}\n\n{text}"
    # Too long for WhatsApp's buttons: the help stays, the buttons go.
    buttons = tuple(name for name in dict.fromkeys(reply.buttons) if can_be_offered(scene.content, name))
    buttons = buttons[:REPLY_BUTTONS] if len(text) <= BODY_WITH_BUTTONS else ()
    found = [danger for danger in (EMERGENCY, CRISIS) if danger in dangers]
    is_told = says_emergency_number(text) and (bool(dangers) or scene.state.danger != NONE)
    return Reply(
        key=reply.key,
        text=text,
        buttons=buttons,
        escalation=tuple(dict.fromkeys([*found, *reply.escalation])),
        kind=reply.kind,
        said=(*reply.said, EMERGENCY_NUMBER) if is_told else reply.said,
        asked=reply.asked,
        offers_officer=reply.offers_officer and OFFICER in buttons,
    )
