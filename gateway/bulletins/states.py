"""Bulletins, the rules: what may be done with a notice, by whom, and what it is then; pure, without a database."""

import datetime as dt
import uuid
from dataclasses import dataclass, field, replace
from typing import Literal

from gateway.errors import GatewayError

State = Literal["unpublished", "published", "withdrawn", "discarded"]
Pending = Literal["draft", "proposed"]
# What people see in a list: the state and the clock together.
Standing = Literal["draft", "proposed", "scheduled", "in_force", "ended", "withdrawn", "discarded"]
SHORTEST_REASON = 10  # characters of the reason for publishing alone: a word is no reason


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
    """A bulletin as the rules see it: its state, the version in the making, and who has written on that one."""

    state: State = "unpublished"
    pending: Pending | None = None
    authors: frozenset[uuid.UUID] = field(default_factory=frozenset)


def write(case: Case, actor: uuid.UUID) -> Case:
    """Begin a version, or change the one in the making; a proposal becomes a draft again."""
    _refuse_over(case)
    return replace(case, pending="draft", authors=case.authors | {actor})


def propose(case: Case) -> Case:
    """Put the draft in front of a second person."""
    if case.pending != "draft":
        raise NotAllowed("There is no draft to propose. Write one first.")
    return replace(case, pending="proposed")


def send_back(case: Case) -> Case:
    """Return a proposal to its authors."""
    if case.pending != "proposed":
        raise NotAllowed("Nothing has been proposed.")
    return replace(case, pending="draft")


def approve(case: Case, actor: uuid.UUID) -> Case:
    """Publish a proposal; not by somebody who wrote on it."""
    _refuse_over(case)
    if case.pending != "proposed":
        raise NotAllowed("Nothing has been proposed. The author proposes the draft first.")
    if actor in case.authors:
        raise FourEyes("You wrote on this version. Somebody else must read and approve it.")
    return Case(state="published")


def publish_alone(case: Case, reason: str) -> Case:
    """Publish a draft or proposal without a second person, in an emergency."""
    _refuse_over(case)
    if case.pending is None:
        raise NotAllowed("There is no draft to publish. Write one first.")
    refuse_without_reason(reason)
    return Case(state="published")


def discard(case: Case) -> Case:
    """Throw the version in the making away; what is published stays."""
    if case.pending is None:
        raise NotAllowed("There is no draft to throw away.")
    return Case(state="discarded" if case.state == "unpublished" else case.state)


def withdraw(case: Case, reason: str) -> Case:
    """Take a published notice back. One person may: a false notice in force does more harm than none."""
    if case.state != "published":
        raise NotAllowed("Only a published bulletin can be withdrawn.")
    refuse_without_reason(reason)
    return Case(state="withdrawn")


def refuse_over(case: Case) -> None:
    """Raise `NotAllowed` unless it is published, as for ending it early."""
    if case.state != "published":
        raise NotAllowed("Only a published bulletin can be ended.")


def refuse_without_reason(reason: str) -> None:
    """Raise `ReasonMissing` for an empty or token reason."""
    if len(reason.strip()) < SHORTEST_REASON:
        raise ReasonMissing(f"Write why, in at least {SHORTEST_REASON} characters: others will read it.")


def standing(case: Case, starts_at: dt.datetime | None, ends_at: dt.datetime | None, at: dt.datetime) -> Standing:
    """What the bulletin is at this moment; nothing needs to happen for it to begin or to end."""
    if case.state in ("withdrawn", "discarded"):
        return case.state
    if case.state == "unpublished" or starts_at is None or ends_at is None:
        return case.pending or "draft"
    if at >= ends_at:
        return "ended"
    return "in_force" if at >= starts_at else "scheduled"


def _refuse_over(case: Case) -> None:
    if case.state in ("withdrawn", "discarded"):
        raise NotAllowed("This bulletin is over. Write a new one.")
