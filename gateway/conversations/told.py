"""What a citizen has told in passing and what must outlive the dialogue engine's memory: one sealed column.

Danger, consent and a watched phone go to the engine with each message; the rest is shown to officers alone.
"""

from collections.abc import Mapping
from enum import StrEnum

from pydantic import BaseModel, ConfigDict


class DangerState(StrEnum):
    """Whether a citizen is in danger: it begins with an alarm, and ends by their own words or by a person."""

    NONE = "none"
    NOW = "now"
    PASSED = "passed"


class Consent(StrEnum):
    """How far a citizen's wish for an officer has come; only `ASKED`, a clear yes or request, is one."""

    NONE = "none"
    OFFERED = "offered"
    ASKED = "asked"
    CANCELLED = "cancelled"


class ToldPart(StrEnum):
    """The parts of `Told`, the first three of which have consequences; the others are the engine's slots."""

    DANGER = "danger"
    WATCHED = "watched"
    CONSENT = "consent"
    ROLE = "role"
    AGE = "age"
    WHOSE_AGE = "whose_age"
    PLATFORM = "platform"
    BANK = "bank"
    DONE = "done"


FACTS = tuple(part for part in ToldPart if part not in (ToldPart.DANGER, ToldPart.WATCHED, ToldPart.CONSENT))


class Told(BaseModel):
    """What is known from the citizen's words. `sources`: which message told a part; `corrected_by`: which officer did.

    `request_ended`: the officer who was asked for has been there, or nobody came; a new request begins anew.
    `watched`: somebody else may read the phone, so that nothing may be pushed to it unasked.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    danger: DangerState = DangerState.NONE
    consent: Consent = Consent.NONE
    request_ended: bool = False
    watched: bool = False
    facts: Mapping[ToldPart, tuple[str, ...]] = {}
    sources: Mapping[ToldPart, int] = {}
    corrected_by: Mapping[ToldPart, str] = {}


NOTHING_TOLD = Told()
