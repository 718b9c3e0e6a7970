"""Content, playground: how far a tried talk has come with the officers, and the lines that the service adds for it.

The editor chooses it, since no officer hears of a tried talk. The engine is told of it as the gateway tells it.
"""

from enum import StrEnum
from typing import Final

from gateway.conversations.told import Consent
from gateway.dialogue.engine import GivenState


class OfficerState(StrEnum):
    """Where the citizen's request for an officer stands when they write."""

    AS_TOLD = "as_told"  # what both bots made of the words so far
    NONE = "none"
    OFFERED = "offered"
    ASKED = "asked"
    ANSWERS = "answers"
    GIVEN_BACK = "given_back"


_CONSENT: Final = {
    OfficerState.NONE: Consent.NONE,
    OfficerState.OFFERED: Consent.OFFERED,
    OfficerState.ASKED: Consent.ASKED,
    OfficerState.GIVEN_BACK: Consent.NONE,  # that request has ended
}
JOINED, GIVEN_BACK = "handover_joined", "handover_given_back"
NOBODY_ON_DUTY, NOBODY_READS = "handover_nobody_on_duty", "danger_nobody_reads"


def given_state(officer: OfficerState) -> GivenState | None:
    """What the engine is told; nothing where it knows the talk itself."""
    return GivenState(consent=_CONSENT[officer]) if officer in _CONSENT else None


def is_open_after(is_open: bool, officer: OfficerState, consent: Consent | None) -> bool:
    """Whether a request waits after a turn: as it was before, as the editor says, as an answering bot understood."""
    is_open = is_open if officer == OfficerState.AS_TOLD else officer == OfficerState.ASKED
    return {Consent.ASKED: True, Consent.CANCELLED: False}.get(consent or Consent.NONE, is_open)


def begins_anew(before: OfficerState | None, officer: OfficerState) -> bool:
    """Whether the bot begins a dialogue of its own: after an officer it knows nothing of what was said."""
    after_officer = before == OfficerState.ANSWERS and officer != OfficerState.ANSWERS
    return after_officer or officer == OfficerState.GIVEN_BACK
