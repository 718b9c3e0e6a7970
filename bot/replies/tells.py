"""Replies: to what is told and asks nothing: what it changes, that it was heard, and one next step or question."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Final

from bot.conversation.context import NONE
from bot.conversation.intents import act_intent
from bot.conversation.interpretation import AGES
from bot.conversation.question_form import asks
from bot.names import TALK_LABELS
from bot.replies.closest import near_reply, nearest, no_more
from bot.replies.questions import OF_AGE, answer_to, question_reply
from bot.replies.reply import EMERGENCY_NUMBER, Reply, Scene, says_emergency_number
from bot.replies.subjects import short_key
from bot.replies.text import first_sentence

_KIND: Final = "act:tells"
_FIRST_STEP: Final = "what_first"
_HOW: Final = "how_to_do_step"
_FEW_WORDS: Final = 4
# In fewer words there is nothing that an answer could be near to, and this near it has to be.
_ENOUGH_WORDS: Final = 4
NEAR_TO_TOLD: Final = 0.86
# In more words than these an age is told by the way.
_MOSTLY_AGE: Final = 9
# What was done already is heard in words of its own (data/answers/acts/tells.yml).
_HEARD: Final = frozenset({"reported", "blocked", "deleted"})
# Advice on evidence is a next step only for whoever speaks of something that can be saved.
_TO_BE_SAVED: Final = re.compile(
    r"viest|kuva|video|some|snäp|snap|insta|soitt|puhel|chat|linkki|sms|screen|tallen|"
    r"meddel|bild|skärm|ring|samtal|länk|messag|pic|photo|post|dm\b|call|text|link",
    re.IGNORECASE,
)
# "My account was hacked": whoever says so is not asked to whom it happened. Finnish tells it by the verb alone.
_OF_THE_WRITER: Final = re.compile(
    r"\b(?:my|me|i|im|mine|mun|mul\w*|mua|minu\w*|mä+|minä|min|mitt|mina|mig|mej|jag|ja|"
    r"o+n|olen|olin|en|sain|saan|otin|annoin|laitoin|lähetin|soitin|painoin|klikkasin|maksoin|siirsin|avasin|"
    r"kirjoi?tin|vastasin|estin|blokkasin|poistin|tallensin|menin|tein|ostin|myin|luulin|uskoin|yritin|kirjauduin|"
    r"ilmoi?tin|pelkään|uskalla\w*|haluan|haluun)\b",
    re.IGNORECASE,
)
# Subjects in which a victim's age decides what helps.
_OF_THE_YOUNG: Final = frozenset(
    {
        "cyberbullying", "deepfake", "grooming", "nude_image_received_or_sent", "nude_image_shared", "sextortion",
        "sexual_violence",
    }
)  # fmt: skip
# Subjects in which somebody may be hurt: there an age is no reason to hear at what age one may report.
_SAFETY: Final = frozenset(
    {
        "child_at_risk", "emergency_now", "missing_person", "need_to_talk", "sexual_violence", "suicidal_thoughts",
        "violence_at_home",
    }
)  # fmt: skip
_TONIGHT: Final = "where_to_go_tonight"
_EVIDENCE: Final = "evidence_how"
_HELPERS: Final = "whom_to_talk_to"


def told_reply(scene: Scene, told: Collection[str], buttons: tuple[str, ...]) -> Reply | None:
    """The reply to what was told in the slots `told`, or None where the usual words of the act are best."""
    question = scene.state.question
    if question is not None and told and scene.last.asked in told:
        return question_reply(scene, (question,))
    if scene.topic is None:
        return None
    if scene.state.danger != NONE:
        # The number was just read: what is told besides is answered, and is not met with it again.
        is_read = EMERGENCY_NUMBER in scene.last.keys
        return (_about_age(scene, told) or _on_platform(scene, told)) if is_read else None
    found = _changed_step(scene, told) or _about_age(scene, told) or _on_platform(scene, told)
    if found is not None:
        return found
    if _HEARD & set(scene.conditions_now["done"]):
        return None
    if question is not None and told:
        again = answer_to(scene, question)
        if again.kind != "unknown" and not scene.was_said(again.key):
            return question_reply(scene, (question,))
    if scene.rule:
        return None
    # "Thanks for telling me" answers nothing to whoever asks.
    return _near(scene) or (no_more(scene) if asks(scene.text) else _next(scene, buttons))


def _near(scene: Scene) -> Reply | None:
    """An answer of the subject that is near to what was told: to "my friend sent him 40" that of whoever has paid."""
    if len(scene.text.split()) < _ENOUGH_WORDS:
        return None
    near = nearest(scene)
    if near is None or near.nearness < NEAR_TO_TOLD or near.key.startswith("general:"):
        return None
    is_urgent = says_emergency_number(near.text)  # the bot does not call 112 because of a likeness
    return None if is_urgent else near_reply(scene, near)


def _changed_step(scene: Scene, told: Collection[str]) -> Reply | None:
    """Who writes decides what to do first: said as soon as it is known, where that is another than was said."""
    if "role" not in told or scene.state.role is None or not _depends_on(scene, _FIRST_STEP, "role"):
        return None
    found = answer_to(scene, _FIRST_STEP)
    usual = f"piece:{scene.topic}:{_FIRST_STEP}:"
    # The usual words are for whom it happened to: news only where another was advised before.
    is_other = found.key != usual or any(key.startswith(usual) for key in scene.state.said)
    is_news = found.key.startswith(usual) and is_other and not scene.was_said(found.key)
    return question_reply(scene, (_FIRST_STEP,)) if is_news else None


def _about_age(scene: Scene, told: Collection[str]) -> Reply | None:
    """What an age means here. An adult who did nothing wrong does not need to hear that."""
    if not AGES & set(told):
        return None
    if "whose_age" not in told and scene.state.age == "adult" and scene.state.role != "doer":
        return None
    if len(scene.text.split()) > _MOSTLY_AGE:
        return None
    question = scene.state.question
    for each in dict.fromkeys([*([question] if question else []), OF_AGE]):
        found = answer_to(scene, each)
        if each == OF_AGE and found.kind == "general" and scene.topic in _SAFETY:
            return _step_to_safety(scene)
        if found.kind != "unknown" and not scene.was_said(found.key) and not says_emergency_number(found.text):
            return question_reply(scene, (each,))
    return None


def _step_to_safety(scene: Scene) -> Reply | None:
    """The first piece on what to do, where to go or whom to talk to that was not said yet."""
    steps = (each for each in (_FIRST_STEP, _TONIGHT, _HELPERS) if not scene.was_said(answer_to(scene, each).key))
    step = next((each for each in steps if answer_to(scene, each).kind == "piece"), None)
    return question_reply(scene, (step,)) if step is not None else None


def _on_platform(scene: Scene, told: Collection[str]) -> Reply | None:
    """Where it happened is told to hear how it is done there."""
    if "platform" not in told or len(scene.text.split()) > _FEW_WORDS:
        return None
    found = answer_to(scene, _HOW)
    return question_reply(scene, (_HOW,)) if found.kind == "piece" and not scene.was_said(found.key) else None


def _next(scene: Scene, buttons: tuple[str, ...]) -> Reply | None:
    """That it was heard, with one step or one short question; not twice in a row: then the citizen leads."""
    said = scene.content.act("tells", scene.language, scene.conditions_now, scene.was_said)
    if said is None or scene.last.kind == _KIND:
        return None
    heard = first_sentence(said[1])
    asked = _missing(scene)
    if asked is not None:
        text = f"{heard} {scene.line(f'ask_{asked}')}"
        return Reply(act_intent("tells"), text, buttons, (), _KIND, (said[0], _asks(asked)), asked=asked)
    for question in _steps(scene):
        found = answer_to(scene, question)
        if found.kind == "piece" and not scene.was_said(found.key) and not says_emergency_number(found.text):
            return Reply(act_intent("tells"), f"{heard} {found.text}", buttons, (), _KIND, (said[0], found.key))
    return None


def _steps(scene: Scene) -> list[str]:
    """The next advice that fits what was told."""
    first = [] if scene.was_said(short_key(scene.topic or "")) else [_FIRST_STEP]
    evidence = [_EVIDENCE] if _TO_BE_SAVED.search(scene.text) else []
    helpers = [_HELPERS] if _depends_on(scene, "", "role") else []
    return [*first, *evidence, *helpers]


def _missing(scene: Scene) -> str | None:
    """The slot that the subject's answers depend on and nobody has told: asked for once, and one at a time."""
    state = scene.state
    if scene.last.asked is not None or scene.topic in TALK_LABELS or scene.rule:
        return None
    wanted = []
    if state.role is None:
        wanted += [] if _OF_THE_WRITER.search(scene.text) else ["role"]
    elif state.age is None and (state.role == "doer" or (state.role == "victim" and scene.topic in _OF_THE_YOUNG)):
        wanted.append("age")
    elif state.role in ("helper", "professional") and state.whose_age is None:
        wanted.append("whose_age")
    return next((slot for slot in wanted if not scene.was_said(_asks(slot)) and _depends_on(scene, "", slot)), None)


def _asks(slot: str) -> str:
    return f"asks:{slot}"


def _depends_on(scene: Scene, question: str, slot: str) -> bool:
    """Whether an answer of the subject (`question` empty: any of them) is another one by that slot."""
    assert scene.topic is not None
    pieces = scene.content.answers[scene.topic].answer.questions
    return any(
        slot in variant.when for name, piece in pieces.items() if question in ("", name) for variant in piece.variants
    )
