"""Replies: what is said to a move in a talk, from what was said before it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from answers.content import Content
from answers.render import contact_keys
from bot.conversation.context import NONE, NOW
from bot.conversation.intents import MORE, act_intent
from bot.names import OFFICER
from bot.replies.officer import officer_offered
from bot.replies.questions import answer_to, question_reply
from bot.replies.reply import CLARIFY, PIECE, Reply, Scene
from bot.replies.subjects import (
    NEXT_QUESTIONS,
    next_questions,
    officer_button,
    short_key,
    subject_reply,
    whole_key,
)
from bot.replies.tells import told_reply
from bot.replies.text import first_sentence, step_asked, steps_of

_BUTTONS: Final = 3
# At most so many numbers and pages at once.
_CONTACTS: Final = 3
# After these nothing is offered: somebody may look at the screen, or has said enough.
_NO_BUTTONS: Final = frozenset({"stop", "ok", "goodbye", "joking", "abuse", "helped", "smalltalk", "language"})
_OFFERS_OFFICER: Final = frozenset({"not_helped", "did_not_work", "is_bot"})
_AFTER_THANKS: Final = (act_intent("helped"), act_intent("not_helped"))
_OF_BANK: Final = {
    "op": "block_op",
    "osuuspankki": "block_op",
    "nordea": "block_020333",
    "danske": "block_danske",
    "danske_bank": "block_danske",
}
_GREETED: Final = "greeting_thanks"
# The wording of this act that ends with an offer.
_OFFER: Final = "act:danger_over:0"


def act_reply(scene: Scene, act: str) -> Reply:
    """The reply to an act."""
    special = _SPECIAL.get(act)
    found = special(scene) if special is not None else None
    return found or _line_reply(scene, act)


def _line_reply(scene: Scene, act: str) -> Reply:
    conditions = scene.conditions_now if act == "tells" else scene.conditions
    said = scene.content.act(act, scene.language, conditions, scene.times_to_skip)
    if said is None:
        key = "clarify_without_guesses"
        return Reply(key, scene.line(key), (), (), CLARIFY)
    key, text = said
    buttons, kind = _act_buttons(scene, act), f"act:{act}"
    return Reply(act_intent(act), text, buttons, (), kind, (key,), offers_officer=act in _OFFERS_OFFICER)


def _act_buttons(scene: Scene, act: str) -> tuple[str, ...]:
    if act in _NO_BUTTONS:
        return ()
    topic = scene.topic
    if act == "thanks":
        return _AFTER_THANKS if scene.state.danger == NONE and scene.was_said("act:thanks:2") == 0 else ()
    if act in _OFFERS_OFFICER and scene.state.officer != "asked" and OFFICER in scene.content.answers:
        return (OFFICER,)
    if topic is None or act == "feelings":
        return tuple(officer_button(scene, topic)) if topic is not None else ()
    more = [MORE] if act == "simpler" and not scene.was_said(whole_key(topic)) else []
    return tuple([*more, *next_questions(scene, topic)[:NEXT_QUESTIONS], *officer_button(scene, topic)][:_BUTTONS])


def _greeting(scene: Scene) -> Reply | None:
    """At the beginning the greeting's own page."""
    is_first = scene.interpretation is not None and scene.interpretation.is_first
    return subject_reply(scene, _GREETED) if is_first and _GREETED in scene.content.answers else None


def _tells(scene: Scene) -> Reply | None:
    """A bank that is named gets its number, unless it was called; all else that is told: `bot.replies.tells`."""
    told = {each.slot for each in scene.interpretation.told} if scene.interpretation is not None else set()
    if (
        "bank" in told
        and "bank_called" not in scene.state.done
        and _OF_BANK.get(scene.state.bank or "") in scene.content.contacts
    ):
        return _which_contact(scene)
    return told_reply(scene, told, _act_buttons(scene, "tells"))


def _yes(scene: Scene) -> Reply | None:
    """Yes to the offer, after a danger, to say what to do now: who helps when it is over."""
    is_offered = scene.last.kind == "act:danger_over" and _OFFER in scene.last.keys
    return question_reply(scene, ("whom_to_talk_to",)) if is_offered and scene.topic is not None else None


def _why(scene: Scene) -> Reply | None:
    topic = scene.topic
    if topic is None or scene.was_said(f"why:{topic}"):
        return None
    text = scene.content.why(topic, scene.language)
    buttons = tuple([*next_questions(scene, topic)[:NEXT_QUESTIONS], *officer_button(scene, topic)][:_BUTTONS])
    return Reply(topic, text, buttons, (), "why", (f"why:{topic}",)) if text else None


def _simpler(scene: Scene) -> Reply | None:
    """The plain form, else the first step alone, else a question; twice in a row an officer is offered."""
    topic = scene.topic
    if scene.state.earlier_move == "simpler" and scene.state.move == "simpler":
        return officer_offered(scene)
    last = _last_said(scene)
    if last is not None:
        return last
    if topic is None:
        return None
    short = scene.content.in_short(topic, scene.language)
    if short is not None and not scene.was_said(short_key(topic)):
        return Reply(topic, short, (), (), "act:simpler", (short_key(topic),))
    steps = steps_of(scene.content.text(topic, scene.language, scene.channel))
    if steps and not scene.was_said(f"step:{topic}:0"):
        text = f"{steps[0]} {scene.line('what_was_unclear')}"
        return Reply(topic, text, _act_buttons(scene, "simpler"), (), "act:simpler", (f"step:{topic}:0",))
    return None


def _last_said(scene: Scene) -> Reply | None:
    """The first sentence of the last piece."""
    key = next((key for key in scene.last.keys if key.startswith(("piece:", "general:"))), None)
    if key is None:
        return None
    kind, first, *rest = key.split(":")
    found = answer_to(scene, rest[0] if kind == PIECE and rest else first)
    short = first_sentence(found.text)
    text = f"{scene.line('said_before')} {short} {scene.line('what_was_unclear')}"
    return Reply(scene.topic or found.key, text, _act_buttons(scene, "repeat"), (), "act:simpler", (found.key,))


def _repeat(scene: Scene) -> Reply | None:
    """What was said last, once more and shorter."""
    last = _last_said(scene)
    if last is not None:
        return last
    topic = scene.topic
    short = scene.content.in_short(topic, scene.language) if topic is not None else None
    return Reply(topic or "", short, (), (), "act:repeat", (short_key(topic or ""),)) if short else None


def _how_step(scene: Scene) -> Reply | None:
    """A step of the advice by its number, with how it is done; without a number, how the thing is done."""
    topic = scene.topic
    if topic is None:
        return None
    how = question_reply(scene, ("how_to_do_step",))
    steps = steps_of(scene.content.text(topic, scene.language, scene.channel))
    place = step_asked(scene.text, len(steps))
    if place is None:
        return how
    text = steps[place] if how.kind == "unknown" else f"{steps[place]}\n\n{how.text}"
    said = (f"step:{topic}:{place}", *(() if how.kind == "unknown" else how.said))
    return Reply(topic, text, how.buttons, (), "step", said)


def _which_contact(scene: Scene) -> Reply | None:
    """The numbers and pages that were named last; of a bank, its own."""
    content, language = scene.content, scene.language
    bank = _OF_BANK.get(scene.state.bank or "")
    if scene.state.bank and bank not in content.contacts and scene.topic is not None:
        return question_reply(scene, ("contact_again",))
    # The number of another bank would cost somebody's money.
    keys = [bank] if bank in content.contacts else [key for key in _named_last(scene) if key not in _OF_BANK.values()]
    lines = [text for key in keys[:_CONTACTS] if (text := _shown(content, str(key), language)) is not None]
    if not lines:
        return question_reply(scene, ("contact_again",)) if scene.topic is not None else None
    text = "\n".join(lines) if len(lines) == 1 else "\n".join(f"• {line}" for line in lines)
    buttons = tuple(officer_button(scene, scene.topic))
    return Reply(scene.topic or "contact", text, buttons, (), "act:which_contact", ("contacts",))


def _named_last(scene: Scene) -> list[str]:
    """The contacts of the last answer, else of the subject's."""
    content, topic = scene.content, scene.topic
    written: list[str] = []
    for key in scene.last.keys:
        kind, _, rest = key.partition(":")
        question = rest.split(":")[1] if kind == "piece" else rest.split(":")[0]
        if kind == "piece" and topic is not None and (piece := content.answers[topic].piece_of(question)):
            written.append(piece.wordings(scene.conditions)[scene.language].text)
        elif kind == "general" and question in content.questions:
            texts = content.questions[question].general.piece.wordings(scene.conditions)
            written += [texts[scene.language].text] if scene.language in texts else []
        elif kind in ("short", "whole") and rest in content.answers:
            answer = content.answers[rest].answer
            texts = answer.in_short if kind == "short" and answer.in_short else answer.texts
            written.append(texts[scene.language].text)
    if not any(contact_keys(text) for text in written) and topic is not None:
        written.append(content.answers[topic].answer.texts[scene.language].text)
    keys = [key for text in written for key in sorted(contact_keys(text), key=text.index)]
    return [key for key in dict.fromkeys(keys) if key in content.contacts]


def _shown(content: Content, key: str, language: str) -> str | None:
    contact = content.contacts[key]
    is_shown = any(fact.status.renders for name, fact in contact.facts.items() if name in ("phone", "url"))
    if not is_shown:
        return None
    part = "" if contact.phone is None or contact.phone.status.renders else "url"
    shown = contact.shown(part, language)
    return f"{contact.name[language]}, {shown}" if part else shown


def _did_not_work(scene: Scene) -> Reply | None:
    """In danger another way to 112; elsewhere what the subject knows of other ways."""
    if scene.state.danger == NOW or scene.topic is None:
        return None
    found = answer_to(scene, "cannot_phone_chat_instead")
    is_own = found.kind == "piece" and not scene.was_said(found.key)
    return question_reply(scene, ("cannot_phone_chat_instead",)) if is_own else None


def _wrong_topic(scene: Scene) -> Reply | None:
    """What else it may have been, as buttons below an honest short question; the second time an officer."""
    if scene.misses > 1:
        return officer_offered(scene)
    reply = _line_reply(scene, "wrong_topic")
    others = [name for name in scene.ranking if name != scene.topic][:_BUTTONS]
    return Reply(reply.key, reply.text, tuple(others), (), CLARIFY, reply.said)


_SPECIAL: Final[dict[str, Callable[[Scene], Reply | None]]] = {
    "tells": _tells,
    "yes": _yes,
    "why": _why,
    "simpler": _simpler,
    "shorter": _simpler,
    "repeat": _repeat,
    "how_step": _how_step,
    "which_contact": _which_contact,
    "did_not_work": _did_not_work,
    "wrong_topic": _wrong_topic,
    "greeting": _greeting,
}
