"""Privacy: reports of retention, for the operator and the data-protection officer."""

import datetime as dt
from collections.abc import Mapping

import structlog
from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.accounts import audit
from gateway.core.config.settings import Settings
from gateway.core.database import Database, now
from gateway.privacy.models import LegalHold, RetentionRun

log = structlog.get_logger()

REPORT_RETENTION = dt.timedelta(days=730)
MAX_SHOWN = 30
# Raw bodies are deleted by the thousand each day and are no record of a person; these are.
_AUDITED = ("conversations", "contacts", "events_given_up")
WORDS = {
    "conversations": "conversations past their time, with their keys",
    "contacts": "contacts without a conversation, with their keys",
    "kept_for_hold": "conversations past their time, kept by a legal hold",
    "bodies": "raw webhook bodies",
    "events_given_up": "events that could not be worked on in time",
    "fingerprints": "fingerprints of events that no provider repeats any more",
    "bulletin_followers": "followers of bulletins that are over",
}


async def write_report(session: AsyncSession, counts: Mapping[str, int]) -> None:
    """Store the counts of one run; one that deleted nothing leaves no row."""
    deleted = {kind: count for kind, count in counts.items() if count}
    if not set(deleted) - {"kept_for_hold"}:
        return
    session.add(RetentionRun(at=now(), counts=deleted))
    await session.execute(delete(RetentionRun).where(RetentionRun.at < now() - REPORT_RETENTION))
    if any(kind in deleted for kind in _AUDITED):
        await audit.record(session, "retention", "deleted_by_retention", "conversations", deleted)
    log.info("retention_done", **deleted)


async def describe_retention(settings: Settings) -> str:
    """The retention periods, the latest runs, and how many conversations are under a legal hold, as text."""
    database = Database(settings.database_url)
    try:
        async with database.transaction() as session:
            runs = list(await session.scalars(select(RetentionRun).order_by(RetentionRun.at.desc()).limit(MAX_SHOWN)))
            held = len((await session.scalars(select(LegalHold.conversation_id))).all())
    finally:
        await database.close()
    lines = [
        f"Texts are deleted {settings.text_retention_days} days after a citizen's last message.",
        f"Raw bodies are deleted once their events are done, at latest after {settings.inbox_retention_hours:g} hours.",
        f"{held} conversations are under a legal hold.",
    ]
    if not runs:
        return "\n".join([*lines, "No round has deleted anything yet."])
    for run in runs:
        lines.append(f"{run.at:%Y-%m-%d %H:%M} UTC")
        lines += [f"  {count:>8} {WORDS.get(kind, kind)}" for kind, count in sorted(run.counts.items())]
    return "\n".join(lines)
