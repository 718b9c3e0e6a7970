"""Beside the road, the console: what its templates are given, in the officer's language and in Helsinki time."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from fastapi import Request

from gateway.accounts.access import Person
from gateway.console.formatting import as_shown, as_written
from gateway.console.officer import officer_of
from gateway.database import now
from gateway.handover.conversation_view import ConversationView
from gateway.handover.labels import offered_labels
from gateway.handover.notes import Note
from gateway.handover.officers import Officer
from gateway.handover.queue_view import QueueRow, QueueView
from gateway.handover.talk import CitizenSaid, Happened, Item
from gateway.handover.wording import word
from gateway.pages import templates
from gateway.service import Service
from gateway.staff_pages import language_of, page_words, service_of

HELSINKI = ZoneInfo("Europe/Helsinki")
# So many rows at first; the rest is a press away.
FIRST_ROWS = 100
# An officer should answer before the window closes; from here on it is said more loudly.
WINDOW_NEARLY_OVER = dt.timedelta(hours=2)
# Changes that other parts of the page show.
_SHOWN_ELSEWHERE = frozenset({"labelled", "unlabelled"})


def span(seconds: float) -> str:
    """A length of time as officers read it: `2 d 4 h`, `1 h 12 min`, `4 min`; less than a minute is `0 min`."""
    minutes = max(0, int(seconds // 60))
    if minutes >= 24 * 60:
        return f"{minutes // (24 * 60)} d {minutes // 60 % 24} h"
    return f"{minutes // 60} h {minutes % 60} min" if minutes >= 60 else f"{minutes} min"


templates.env.filters["clock"] = lambda at: at.astimezone(HELSINKI).strftime("%-H.%M")
templates.env.filters["since"] = lambda at: span((now() - at).total_seconds())
templates.env.filters["until"] = lambda at: span((at - now()).total_seconds())


def texts(request: Request) -> dict[str, Any]:
    """Words and functions that every part of the console needs."""
    service, language = service_of(request), language_of(request)
    words = page_words(request, "console")
    masked: Mapping[str, str] = words["masked"]

    def title(topic: str | None) -> str:
        return (service.lines.title(topic, language) if topic else None) or words["topics"].get(topic) or topic or ""

    return {
        "title_of": title,
        "label_titles": {key: each[language] for key, each in offered_labels(service.content).items()},
        "kind": lambda name: word("kind", name, language),
        "reason_of": lambda reason: word("reason", reason, language),
        "as_shown": lambda text: as_shown(text, masked),
        "as_written": lambda text: as_written(text, masked, words["leads_to"]),
        "nearly": WINDOW_NEARLY_OVER,
        "moment_now": now(),
    }


def queue_context(person: Person, view: QueueView, *, language: str, everything: bool, current: str) -> dict[str, Any]:
    """The queue in three lists: what is mine, who waits, what colleagues have."""
    rows = [row for row in view.rows if not language or row.language == language]
    waiting = [row for row in rows if row.state == "waiting"]
    with_officer = [row for row in view.rows if row.claimed_by]
    mine = [row for row in with_officer if row.claimed_by and row.claimed_by.id == person.id]
    theirs = [row for row in with_officer if row not in mine]
    return {
        "mine": mine,
        "waiting": waiting if everything else waiting[:FIRST_ROWS],
        "theirs": theirs if everything else theirs[:FIRST_ROWS],
        "counts": {"mine": len(mine), "waiting": len(waiting), "theirs": len(theirs), "all_waiting": view.waiting},
        "on_duty": view.on_duty,
        "is_on_duty": any(officer.id == person.id for officer in view.on_duty),
        "spoken": language,
        "everything": everything,
        "current": current,
        "keep": _query(language, everything),
        "alerts": alerts(mine, waiting),
    }


def _query(language: str, everything: bool) -> str:
    parts = [f"language={language}"] if language else []
    parts += ["all=1"] if everything else []
    return "?" + "&".join(parts) if parts else ""


def alerts(mine: Sequence[QueueRow], waiting: Sequence[QueueRow]) -> dict[str, str]:
    """What an officer must hear of, each once: who has come into the queue, and who has written to them."""
    found = {}
    for row in [*waiting[:FIRST_ROWS], *(row for row in mine if row.waiting_since)]:
        since = row.waiting_since.isoformat(timespec="seconds") if row.waiting_since and row in mine else row.urgency
        found[f"{row.conversation_id.hex}:{since}"] = row.urgency or ("mine" if row in mine else "waiting")
    return found


def conversation_context(
    service: Service, person: Person, view: ConversationView, notes: Sequence[Note], on_duty: Sequence[Officer]
) -> dict[str, Any]:
    """One conversation: what was said and done, the notes apart from it, and what this officer may do."""
    officer = officer_of(person)
    colleagues = [each for each in on_duty if each.id not in (officer.id, view.owner.id if view.owner else None)]
    channel = service.channels.get(view.channel)
    return {
        "view": view,
        "items": [(kind_of(item), item) for item in view.items if not _is_elsewhere(item)],
        "notes": notes,
        "others": [each for each in view.looking if each.officer_id != officer.id],
        "colleagues": colleagues,
        "has_templates": bool(channel and channel.has_templates),
        "supervisor": officer.supervisor,
        "versions": _versions(view, colleagues),
    }


def _is_elsewhere(item: Item) -> bool:
    return isinstance(item, Note) or (isinstance(item, Happened) and item.kind in _SHOWN_ELSEWHERE)


def kind_of(item: Item) -> str:
    """How the page tells them apart: `citizen`, `bot`, `officer`, `system` or `event`."""
    if isinstance(item, CitizenSaid):
        return "citizen"
    return "event" if isinstance(item, Happened | Note) else item.author


def _versions(view: ConversationView, colleagues: Sequence[Officer]) -> dict[str, str]:
    """Parts with fields in them are exchanged on an open page only when these change: nothing half-written is lost."""
    owner = view.owner.id.hex if view.owner else ""
    who = "-".join(sorted(each.id.hex[:8] for each in colleagues))
    return {
        "composer": f"{view.state}-{owner}-{view.window_open}",
        "actions": f"{view.state}-{owner}-{'-'.join(sorted(view.may))}-{who}-{view.blocked}",
    }
