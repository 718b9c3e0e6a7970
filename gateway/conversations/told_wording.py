"""What citizens have told, the words: for the officers' page, and for the citizens who ask for their own data."""

from collections.abc import Iterator, Mapping
from typing import Final

from gateway.conversations.told import FACTS, Consent, DangerState, Told, ToldPart
from gateway.core.i18n import N_, gettext, named

PARTS: Final[Mapping[ToldPart, str]] = {
    ToldPart.DANGER: N_("Danger"),
    ToldPart.WATCHED: N_("Phone"),
    ToldPart.CONSENT: N_("Officer"),
    ToldPart.ROLE: N_("Writes as"),
    ToldPart.AGE: N_("Own age"),
    ToldPart.WHOSE_AGE: N_("The other person's age"),
    ToldPart.PLATFORM: N_("Service"),
    ToldPart.BANK: N_("Bank"),
    ToldPart.DONE: N_("So far"),
}
# Their yes is kept, and somebody has answered, or nobody came: no officer is waited for now.
_REQUEST_ENDED: Final = "request_ended"
_AGES: Final[Mapping[str, str]] = {
    "under_15": N_("under 15"),
    "15_17": N_("15 to 17"),
    "adult": N_("an adult"),
}
VALUES: Final[Mapping[ToldPart, Mapping[str, str]]] = {
    ToldPart.DANGER: {
        DangerState.NONE: N_("none, says an officer"),
        DangerState.NOW: N_("now"),
        DangerState.PASSED: N_("over"),
    },
    ToldPart.WATCHED: {
        "yes": N_("somebody else may read it"),
        "no": N_("safe, says an officer"),
    },
    ToldPart.CONSENT: {
        Consent.NONE: N_("not asked for, says an officer"),
        Consent.OFFERED: N_("offered, no answer yet"),
        Consent.ASKED: N_("asked for"),
        Consent.CANCELLED: N_("request taken back"),
        _REQUEST_ENDED: N_("was asked for earlier"),
    },
    ToldPart.ROLE: {
        "victim": N_("the one it happened to"),
        "doer": N_("the one who did it"),
        "helper": N_("a parent, friend or other helper"),
        "witness": N_("a witness"),
        "professional": N_("a professional"),
    },
    ToldPart.AGE: _AGES,
    ToldPart.WHOSE_AGE: _AGES,
    ToldPart.DONE: {
        "paid": N_("has paid"),
        "not_paid": N_("has not paid"),
        "codes_given": N_("has given codes or passwords"),
        "picture_sent": N_("has sent a picture"),
        "bank_called": N_("has called the bank"),
        "reported": N_("has reported it"),
        "blocked": N_("has blocked the other"),
        "deleted": N_("has deleted something"),
    },
}


def band_of(age: int) -> str:
    """The band in which the engine tells an age in years."""
    return "under_15" if age < 15 else "15_17" if age < 18 else "adult"


def known_parts(told: Told) -> Iterator[tuple[ToldPart, tuple[str, ...]]]:
    """The parts of which something is known, each with its values; what an officer has set right counts as known."""
    if told.danger != DangerState.NONE or ToldPart.DANGER in told.corrected_by:
        yield ToldPart.DANGER, (told.danger,)
    if told.watched or ToldPart.WATCHED in told.corrected_by:
        yield ToldPart.WATCHED, ("yes" if told.watched else "no",)
    if told.consent != Consent.NONE or ToldPart.CONSENT in told.corrected_by:
        over = told.consent == Consent.ASKED and told.request_ended
        yield ToldPart.CONSENT, (_REQUEST_ENDED if over else told.consent,)
    for part in FACTS:
        if told.facts.get(part):
            yield part, told.facts[part]


# Parts whose values say by themselves what they are: `15 to 17 · Snapchat · has paid`.
_PLAIN: Final = frozenset({ToldPart.ROLE, ToldPart.AGE, ToldPart.PLATFORM, ToldPart.BANK, ToldPart.DONE})


def state_words(language: str, part: ToldPart, values: tuple[str, ...]) -> str:
    """A part as the line of a conversation's state has it: the values alone where they say what they are."""
    if part not in _PLAIN:
        return part_words(language, part, values)
    return ", ".join(named(language, VALUES.get(part, {}), value) for value in values)


def part_words(language: str, part: ToldPart, values: tuple[str, ...]) -> str:
    """A part with its values: `Danger: over`. Names of services and banks stand as they are."""
    names = [named(language, VALUES.get(part, {}), value) for value in values]
    return f"{gettext(language, PARTS[part])}: {', '.join(names)}"
