"""Bulletins, the state machine: what may be done with a bulletin, by whom, and its state afterwards; pure."""

import datetime as dt
import uuid
from dataclasses import dataclass, field, replace
from enum import StrEnum

from gateway.core.errors import GatewayError


class BulletinState(StrEnum):
    """How far a bulletin has come; `WITHDRAWN` and `DISCARDED` are final."""

    UNPUBLISHED = "unpublished"
    PUBLISHED = "published"
    WITHDRAWN = "withdrawn"
    DISCARDED = "discarded"


class VersionState(StrEnum):
    """How far one version of a bulletin has come; only `DRAFT` and `PROPOSED` can be pending."""

    DRAFT = "draft"
    PROPOSED = "proposed"
    PUBLISHED = "published"
    REPLACED = "replaced"
    DISCARDED = "discarded"


class BulletinStatus(StrEnum):
    """What people see: the state of the bulletin or of its pending version, and the clock, together."""

    DRAFT = "draft"
    PROPOSED = "proposed"
    SCHEDULED = "scheduled"
    IN_FORCE = "in_force"
    ENDED = "ended"
    WITHDRAWN = "withdrawn"
    DISCARDED = "discarded"


class BulletinEventKind(StrEnum):
    """What was done with a bulletin; the `…_ALONE` ones without a second person."""

    WRITTEN = "written"
    CHANGED = "changed"
    PROPOSED = "proposed"
    SENT_BACK = "sent_back"
    PUBLISHED = "published"
    PUBLISHED_ALONE = "published_alone"
    CORRECTED = "corrected"
    CORRECTED_ALONE = "corrected_alone"
    WITHDRAWN = "withdrawn"
    ENDED = "ended"
    DISCARDED = "discarded"


FINAL_STATES = frozenset({BulletinState.WITHDRAWN, BulletinState.DISCARDED})
SHORTEST_REASON = 10  # characters of the reason for publishing alone or withdrawing: a word is no reason


class NotAllowed(GatewayError):
    """The bulletin is not in a state in which this may be done; the text says what to do instead."""

    status = 409


class FourEyes(GatewayError):
    """Whoever wrote a version may not approve it."""

    status = 403


class ReasonMissing(GatewayError):
    """What one person does alone needs a reason that others can read."""

    status = 422


@dataclass(frozen=True)
class Case:
    """What the rules need to know of a bulletin; `pending` and `authors` are those of its pending version."""

    state: BulletinState = BulletinState.UNPUBLISHED
    pending: VersionState | None = None
    authors: frozenset[uuid.UUID] = field(default_factory=frozenset)


def write(case: Case, actor: uuid.UUID) -> Case:
    """Begin a version, or change the pending one; a proposal becomes a draft again."""
    _require_open(case)
    return replace(case, pending=VersionState.DRAFT, authors=case.authors | {actor})


def propose(case: Case) -> Case:
    """Put the draft in front of a second person."""
    if case.pending != VersionState.DRAFT:
        raise NotAllowed("There is no draft to propose. Write one first.")
    return replace(case, pending=VersionState.PROPOSED)


def send_back(case: Case) -> Case:
    """Return a proposal to its authors."""
    if case.pending != VersionState.PROPOSED:
        raise NotAllowed("Nothing has been proposed.")
    return replace(case, pending=VersionState.DRAFT)


def approve(case: Case, actor: uuid.UUID) -> Case:
    """Publish a proposal; not by somebody who wrote on it."""
    _require_open(case)
    if case.pending != VersionState.PROPOSED:
        raise NotAllowed("Nothing has been proposed. The author proposes the draft first.")
    if actor in case.authors:
        raise FourEyes("You wrote on this version. Somebody else must read and approve it.")
    return Case(state=BulletinState.PUBLISHED)


def publish_alone(case: Case, reason: str) -> Case:
    """Publish a draft or proposal without a second person, in an emergency."""
    _require_open(case)
    if case.pending is None:
        raise NotAllowed("There is no draft to publish. Write one first.")
    require_reason(reason)
    return Case(state=BulletinState.PUBLISHED)


def discard(case: Case) -> Case:
    """Discard the pending version; what is published stays."""
    if case.pending is None:
        raise NotAllowed("There is no draft to throw away.")
    unpublished = case.state == BulletinState.UNPUBLISHED
    return Case(state=BulletinState.DISCARDED if unpublished else case.state)


def withdraw(case: Case, reason: str) -> Case:
    """Withdraw a published bulletin. One person may: a false bulletin in force does more harm than none."""
    if case.state != BulletinState.PUBLISHED:
        raise NotAllowed("Only a published bulletin can be withdrawn.")
    require_reason(reason)
    return Case(state=BulletinState.WITHDRAWN)


def require_published(case: Case) -> None:
    """Raise `NotAllowed` unless it is published, as for ending it early."""
    if case.state != BulletinState.PUBLISHED:
        raise NotAllowed("Only a published bulletin can be ended.")


def require_reason(reason: str) -> None:
    """Raise `ReasonMissing` for an empty or token reason."""
    if len(reason.strip()) < SHORTEST_REASON:
        raise ReasonMissing(f"Write why, in at least {SHORTEST_REASON} characters: others will read it.")


def status_at(
    case: Case, starts_at: dt.datetime | None, ends_at: dt.datetime | None, at: dt.datetime
) -> BulletinStatus:
    """The status at a time: a published bulletin begins and ends by the clock alone."""
    if case.state in FINAL_STATES:
        return BulletinStatus(case.state)
    if case.state == BulletinState.UNPUBLISHED or starts_at is None or ends_at is None:
        return BulletinStatus(case.pending or VersionState.DRAFT)
    if at >= ends_at:
        return BulletinStatus.ENDED
    return BulletinStatus.IN_FORCE if at >= starts_at else BulletinStatus.SCHEDULED


def _require_open(case: Case) -> None:
    if case.state in FINAL_STATES:
        raise NotAllowed("This bulletin is over. Write a new one.")
