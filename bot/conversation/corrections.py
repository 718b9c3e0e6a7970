"""Conversation: what words say for certain: a cry for help, a danger that is denied, and a request taken back."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final

from bot.conversation.context import NONE, PASSED
from bot.conversation.denials import denies_danger, is_found, is_silent, means_another
from bot.conversation.interpretation import Interpretation
from bot.conversation.question_form import asks
from bot.conversation.state import State
from bot.conversation.told import Told
from bot.names import EMERGENCY_TOPIC, SUICIDE

_MOST_WORDS: Final = 6
_CRY: Final = re.compile(r"\b(?:apua|auta|auttakaa|hjälp|hjalp|hjälpa mej|help|sos)\b", re.IGNORECASE)
_THANKS: Final = re.compile(r"kiit|tack|thank|thx|\bty\b|autto|hjälpte|helped|apua oli|apua siit", re.IGNORECASE)
# What a cry for help is never taken for.
_NO_CRY: Final = frozenset({"helped", "not_helped", "thanks", "goodbye", "ok", "yes", "no", "smalltalk", "greeting"})

_TAKES_BACK: Final = re.compile(
    r"\b(?:ei (?:sit(?:te|ten)? |enää )?(?:tarv|tartte)\w*|en (?:mä )?(?:tarv|tartte)\w*|peru|perun|perukaa|perutaan|"
    r"peruuta(?:n|kaa|taan)?|(?:ei|en|emmä) sit+enkään|(?:muutin|vaihdoin) (?:mun )?miel\w+|"
    r"antaa olla|unohda(?:kaa)?|älkää vaivautuko|"
    r"strunt(?:a)? i|behövs (?:int|inte|ej)|behöver (?:int|inte|ej|ingen)|ta tillbaka|avboka|glöm (?:det|de|hela)|"
    r"ångra(?:r|de)?|skit (?:i|samma)|(?:int|inte|nej) ändå|låt (?:det|de) va\w*|"
    r"cancel|undo|never ?mind|nvm|forget (?:it|that|about)|no need|(?:do not|don't|dont) need|call (?:it|that) off|"
    r"scrap (?:it|that)|drop it|leave it|changed? my mind|take (?:it|that) back)\b",
    re.IGNORECASE,
)
# "I don't want an officer" has all the words of a request, and is none. Finnish "en" is a no, Swedish "en" is not.
_BETWEEN: Final = r"(?:(?!\b(?:bot\w*|robot\w*|kone\w*|dator\w*|maskin\w*|machine|computer|vaan|utan|but)\b).){0,25}"
_NO_OFFICER: Final = re.compile(
    rf"\b(?:ei|en|emmä|älä\w*)\b{_BETWEEN}\b(?:poliis\w*|konstaap\w*|konstap\w*|kyt\w+)\b|"
    rf"\b(?:inte|int|ej|nope|no|not|don'?t|dont|never)\b{_BETWEEN}\b(?:polis\w*|officers?|police|cops?)\b|"
    r"\bilman poliisi\w*|^(?:(?!\b(?:inte|int|ej)\b).)*\butan polis\w*|\bwithout (?:the |any )?(?:police|cops?)\b",
    re.IGNORECASE,
)
# "Ask the officer pls", "kan du koppla mej till nån mänska": a request in so many words, whatever stands beside it.
_ASKS_FOR_OFFICER: Final = re.compile(
    r"^\W*(?:(?:ok|okay|okei|okej|hei|hej|no|nå|nii|joo|ja|yes|please|pls|well|can you|could you|can u|voitko|voitsä|"
    r"voiks|kan du|kunde du|bara|just|mut|men|but|then|sit|då)\W+)*(?:just |nyt |nu )?"
    r"(?:(?:ask|get|connect me (?:to|with)|transfer me to|put me through to|pass (?:it|this|me) (?:on )?to|"
    r"forward (?:it|this) to)\W+(?:an?|the|some|me an?|me the)\W+(?:\w+\W+)?"
    r"(?:officers?|humans?|person|police ?(?:man|woman)?)|"
    r"(?:pyydä|kysy|yhdistä|siirrä|välitä)\W+(?:mut |mun |tää |tämä |se |asia )*"
    r"(?:poliisi\w*|ihmise\w*|virkamie\w*|konstaap\w*)|"
    r"(?:koppla|be|fråga|förena|skicka)\W+(?:mej |mig |de |det |mitt |vidare )*(?:till )?"
    r"(?:en |nån |någon |den )*(?:polis\w*|mänska|människa|riktig \w+|konstap\w*))",
    re.IGNORECASE,
)
# The same as a question of its own, wherever it stands: "whatever. can i talk to a real person".
_ASKS_TO_TALK: Final = re.compile(
    r"\b(?:can|could|may) (?:i|we) (?:please |just )?(?:talk|speak|chat|write) (?:to|with) "
    r"(?:a |an |the |some )?(?:real |actual |human )*(?:person|human|officer|police ?(?:officer|man|woman)?)\b|"
    r"\b(?:voin|saan|voi|saa|pääse)(?:n|nko|ko|ks|nks|nkö|kö)? (?:mä |minä )?(?:puhua|jutella|chattaa|puhumaan) "
    r"(?:(?:oikee|oikea|elävä|ihan|jonku|jonkun)\w* )*(?:ihmisen|poliisin|tyypin) (?:kanssa|kaa|kans)\b|"
    r"\b(?:kan|får|sku|kunde) (?:jag|ja|vi)(?: kunna| få)? (?:prata|tala|snacka|chatta|skriva) (?:med|me) "
    r"(?:(?:en|nån|någon|riktig|levande) )*(?:mänska|människa|polis|person)\b|"
    # The title of the button, typed where it is not shown.
    r"^\W*(?:puhu poliisin kanssa|prata med en polis|talk to (?:an officer|a person|a human))\W*$",
    re.IGNORECASE,
)
_ELSEWHERE: Final = re.compile(
    r"\b(?:asema\w*|puhelimes\w*|soit\w+|ilman|vanhem\w*|stationen|telefon\w*|ring\w*|utan|föräldr\w*|station|phone|call\w*|"
    r"without|instead|parents?|about my|before|if)\b",
    re.IGNORECASE,
)
_DANGER_TOPICS: Final = frozenset({EMERGENCY_TOPIC, SUICIDE})
_MISSING: Final = "missing_person"
_OF_DOERS: Final = "fines_and_record"
# Where nothing else was likely: whoever has reported asks how it goes.
_OF_REPORTERS: Final = "case_status"
_NEED_TO_TALK: Final = "need_to_talk"
# "Joo kerro", "yes tell me what to do": the offer that stands behind the end of a danger is taken.
_OFFERED: Final = "act:danger_over"
_TAKES_OFFER: Final = re.compile(
    r"\W*(?:(?:joo+|juu|jo|jep|kyllä|okei|okej|ok|no|ole hyvä|ja+|jå|tack|gärna|yes|yeah|yep|sure|please|pls)\W+)*"
    r"(?:kerro|kertokaa|sano|berätta|säg|tell me|go on|go ahead)\b"
    r"(?:\W+(?:vaan|vain|nyt|lisää|mitä|toki|kiitos|plz?s?|mulle|teen|tehdä|pitää|voin|kannattaa|bara|nu|mer|gärna|va|vad|"
    r"ja|jag|ska|sku|kan|man|göra|please|more|what|to|do|i|should|now|can))*\W*",
    re.IGNORECASE,
)
# Somebody who watches the phone has come: the word alone, or who it is beside it.
_STOP: Final = "stop"
_STOPS: Final = re.compile(
    r"\W*(?:please |pls |nyt |nu )?(?:stop+|stopp|lopeta\w*|seis|sluta)\b"
    r"(?: (?:nyt|nu|now|pls|please|viestit|viestittely|kirjot\w+|kirjoit\w+|skriv\w*|texting|writing|messaging|enää|"
    r"tää|det|de|it))*\W*|"
    r"\W*(?:älä (?:kirjota|kirjoita|vastaa|laita viestii)|skriv (?:int|inte)|don'?t (?:write|reply|text))"
    r"(?: (?:enää|nyt|mitään|mer|nu|back|anything|anymore|now))*\W*",
    re.IGNORECASE,
)
_HAS_COME: Final = re.compile(
    r"\b(?:se|hän|ne|isä|faija|äiti|mies|mieheni|han|hon|pappa|farsan|mamma|he|she|dad|mum|mom|they)\b.{0,20}"
    r"\b(?:tuli|tulee|tule|tääl\w*|kotiin|kotona|kom|kommer|hemma|här|here|home|coming|back)\b",
    re.IGNORECASE,
)
_STOP_WORD: Final = re.compile(r"\b(?:stop|stopp|lopeta|sluta)\b", re.IGNORECASE)
# A question about the subject stays one, whatever words it has.
_SURE: Final = 0.8


def corrected(found: Interpretation, text: str, state: State) -> Interpretation:
    """The interpretation, with what is certain put right; `state` is that before the message."""
    if says_stop(text):
        told = (*found.told, Told("watched", "yes", 0, len(text))) if _HAS_COME.search(text) else found.told
        return _stopped(replace(found, told=told))
    if state.move == _STOP and state.watched == "yes" and not found.questions and not _CRY.search(text):
        return _stopped(found)  # a harmless sentence of whoever holds the phone now
    found = _left_by_victim(found, state)
    after_danger = _after_danger(found, text, state)
    if after_danger is not None:
        return after_danger
    if state.officer in ("asked", "offered") and _TAKES_BACK.search(text) and not (found.questions and _is_sure(found)):
        return replace(found, move="cancel_officer", act="cancel_officer", questions=(), is_new=False, guesses=())
    if _wants_officer(text) and state.danger == NONE:
        return replace(found, move="want_officer", act="want_officer", questions=(), is_new=False, guesses=())
    if found.act == "want_officer" and _NO_OFFICER.search(text):
        act = "cancel_officer" if state.officer in ("asked", "offered") else "no"
        return replace(found, move=act, act=act, is_new=False, guesses=())
    if found.is_new and not found.is_first and found.topic == _NEED_TO_TALK and state.topic not in (None, found.topic):
        # Fear or sorrow in the middle of a matter is about that matter: the page for whoever has nobody is none of it.
        return replace(
            found,
            topic=state.topic,
            is_new=False,
            move="feelings",
            act="feelings",
            questions=(),
            guesses=(),
            beside=None,
        )
    is_cry = len(text.split()) <= _MOST_WORDS and _CRY.search(text) and not _THANKS.search(text)
    if is_cry and (found.act in _NO_CRY or found.is_unsure):
        if found.topic is None:
            return replace(found, move="subject", act=None, guesses=())
        return replace(found, move="what_first", act=None, questions=("what_first",), guesses=())
    return found


def _after_danger(found: Interpretation, text: str, state: State) -> Interpretation | None:
    """What is certain where danger was spoken of just before; None: nothing."""
    if state.last.kind == _OFFERED and _TAKES_OFFER.fullmatch(text):
        return replace(found, move="yes", act="yes", questions=(), is_new=False, guesses=(), certainty=1.0)
    if not state.is_danger_in_question:
        return None
    if means_another(text):
        return _of_another(found, len(text))
    is_over = found.act == "danger_over" and _is_sure(found) and not is_silent(text)
    is_over = is_over or (state.topic == _MISSING and is_found(text))
    return _denied(found, text, state) if denies_danger(text) or is_over else None


def _left_by_victim(found: Interpretation, state: State) -> Interpretation:
    """What speaks to whoever did something is left by whoever says that it was done to them."""
    is_victim = any((each.slot, each.value, each.is_hint) == ("role", "victim", False) for each in found.told)
    if found.is_first or found.topic != _OF_DOERS or not is_victim:
        return found
    others = sorted(((share, name) for name, share in state.likely.items() if name != _OF_DOERS), reverse=True)
    return replace(found, topic=next((name for _, name in others), _OF_REPORTERS), is_new=True, beside=None)


def _wants_officer(text: str) -> bool:
    """Whether an officer is asked for in so many words, and not at somebody else's place ("at the station")."""
    is_asked = bool(_ASKS_FOR_OFFICER.search(text) or (_ASKS_TO_TALK.search(text) and not _ELSEWHERE.search(text)))
    return is_asked and not _NO_OFFICER.search(text)


def _stopped(found: Interpretation) -> Interpretation:
    return replace(found, move=_STOP, act=_STOP, questions=(), is_new=False, guesses=(), beside=None, certainty=1.0)


def says_stop(text: str) -> bool:
    """Whether the writing has to end at once, because somebody has come who must not read it."""
    is_short = len(text.split()) <= _MOST_WORDS
    return is_short and bool(_STOPS.fullmatch(text) or (_STOP_WORD.search(text) and _HAS_COME.search(text)))


def _denied(found: Interpretation, text: str, state: State) -> Interpretation:
    """Nobody is in danger: the matter before it comes back, and what was asked beside that is answered."""
    told = [each for each in found.told if each.slot != "danger"]
    found = replace(found, told=(*told, Told("danger", PASSED, 0, len(text))))
    if found.topic in _DANGER_TOPICS:
        before = next((topic for topic in state.subjects if topic not in _DANGER_TOPICS), None)
        # Where danger was all that the talk was about, advice on it is not what is asked now.
        questions = found.questions if before is not None else ()
        found = replace(found, topic=before or found.topic, is_new=False, questions=questions)
    if found.questions or found.is_new:
        return found
    if found.guesses and asks(text):
        return replace(found, move=found.guesses[0], act=None, questions=found.guesses[:1], guesses=found.guesses[1:])
    return replace(found, move="danger_over", act="danger_over", guesses=(), certainty=1.0)


def _of_another(found: Interpretation, length: int) -> Interpretation:
    """The danger is a friend's: it stays, whoever writes is the helper, and hears what to do first."""
    told = [each for each in found.told if each.slot not in ("danger", "role")]
    found = replace(found, told=(*told, Told("role", "helper", 0, length)), is_new=False)
    return (
        found if found.questions else replace(found, move="what_first", act=None, questions=("what_first",), guesses=())
    )


def _is_sure(found: Interpretation) -> bool:
    return found.certainty >= _SURE
