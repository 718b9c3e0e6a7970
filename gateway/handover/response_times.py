"""Handover, response times: how long citizens wait for an officer's first reply, team by team, beside the target."""

import datetime as dt
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import ceil

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.analytics.models import Verdict
from gateway.conversations.events import OfficerReplied
from gateway.core.database import now
from gateway.core.events import Write
from gateway.handover.models import QueueEntry
from gateway.handover.queue import find_open_entry
from gateway.handover.teams import KnownTeam, all_teams
from gateway.hours.schedule import Schedule, open_time
from gateway.outbox.templates import OutboxContext

FEWEST_VERDICTS = 5  # citizens
PERIODS = (7, 30)  # days; queue entries live as long as their conversation's texts


@dataclass(frozen=True)
class ResponseTimes:
    """A team's requests of a period; `team` None: of those that are no team's.

    Times are those of the service hours. Late is who was answered after the target, or waits longer than that.
    """

    team: KnownTeam | None
    requests: int
    answered: int
    in_time: int
    late: int
    waiting: int
    helped: int | None  # of a hundred who said whether it helped; None where too few did
    half: dt.timedelta | None  # of those answered, half waited no longer
    nine_tenths: dt.timedelta | None

    @property
    def share(self) -> int | None:
        """How many of a hundred were answered in time, of those that are answered or late; None where none is."""
        judged = self.in_time + self.late
        return round(100 * self.in_time / judged) if judged and self.team else None


async def on_officer_replied(session: AsyncSession, event: OfficerReplied) -> Iterable[Write]:
    """Note when the first reply to a request went out."""
    if event.waited is not None and (entry := await find_open_entry(session, event.conversation)) is not None:
        entry.first_reply_at = now()
    return ()


async def response_times(session: AsyncSession, service: OutboxContext, days: int) -> Sequence[ResponseTimes]:
    """Each team by name, then what is no team's, of the last `days`; one query besides the teams and the hours."""
    rows = (
        await session.execute(
            select(
                QueueEntry.team_id,
                QueueEntry.created_at,
                QueueEntry.first_reply_at,
                QueueEntry.waiting_since,
                QueueEntry.resolved_at,
                QueueEntry.verdict,
            ).where(QueueEntry.created_at >= now() - dt.timedelta(days=days))
        )
    ).all()
    schedule = await service.hours.schedule(session)
    found: dict[uuid.UUID | None, list[_Request]] = {}
    for row in rows:
        found.setdefault(row.team_id, []).append(
            _Request(
                _waited(schedule, row.created_at, row.first_reply_at or now()),
                answered=row.first_reply_at is not None,
                waits=row.resolved_at is None and row.first_reply_at is None and row.waiting_since is not None,
                verdict=row.verdict,
            )
        )
    teams: list[KnownTeam | None] = [*await all_teams(session)]
    if None in found:
        teams.append(None)
    return [_of_team(team, found.get(team.id if team else None, [])) for team in teams]


@dataclass(frozen=True)
class _Request:
    waited: dt.timedelta
    answered: bool
    waits: bool
    verdict: Verdict | None


def share_helped(verdicts: Iterable[Verdict | None]) -> int | None:
    """How many of a hundred who said so were helped; None of fewer than `FEWEST_VERDICTS`, who could be known."""
    said = [each for each in verdicts if each is not None]
    return round(100 * said.count(Verdict.HELPED) / len(said)) if len(said) >= FEWEST_VERDICTS else None


async def helped_by_topic(session: AsyncSession, days: int) -> Sequence[tuple[str, int, int]]:
    """Topic, how many said whether a talk with an officer helped, and how many of a hundred it did; most said first."""
    rows = await session.execute(
        select(QueueEntry.topic, QueueEntry.verdict).where(
            QueueEntry.created_at >= now() - dt.timedelta(days=days),
            QueueEntry.verdict.is_not(None),
            QueueEntry.topic.is_not(None),
        )
    )
    by_topic: dict[str, list[Verdict]] = {}
    for row in rows:
        by_topic.setdefault(row.topic, []).append(row.verdict)
    found = [(topic, len(said), share_helped(said)) for topic, said in by_topic.items()]
    return sorted(
        ((topic, count, share) for topic, count, share in found if share is not None), key=lambda each: -each[1]
    )


def _waited(schedule: Schedule | None, start: dt.datetime, end: dt.datetime) -> dt.timedelta:
    return end - start if schedule is None else open_time(schedule, start, end)


def _within(waits: Sequence[dt.timedelta], share: float) -> dt.timedelta | None:
    """The time in which this share was answered; `waits` are sorted."""
    return waits[ceil(share * len(waits)) - 1] if waits else None


def _of_team(team: KnownTeam | None, requests: Sequence[_Request]) -> ResponseTimes:
    target = dt.timedelta(minutes=team.settings.answer_minutes) if team else dt.timedelta.max
    answered = sorted(each.waited for each in requests if each.answered)
    return ResponseTimes(
        team=team,
        requests=len(requests),
        answered=len(answered),
        in_time=sum(each.answered and each.waited <= target for each in requests),
        late=sum((each.answered or each.waits) and each.waited > target for each in requests),
        waiting=sum(each.waits for each in requests),
        helped=share_helped(each.verdict for each in requests),
        half=_within(answered, 0.5),
        nine_tenths=_within(answered, 0.9),
    )
