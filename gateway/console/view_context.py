"""Console: the contexts of its templates, in the officer's language and in Helsinki time."""

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import Request

from gateway.accounts.access import Person
from gateway.accounts.staff_page import language_of
from gateway.console import wording
from gateway.console.canned import topic_of
from gateway.console.conversation_view import ConversationView
from gateway.console.formats import as_shown, as_written
from gateway.console.officer import officer_of, service_of
from gateway.console.previews import SAYS_LITTLE
from gateway.console.queue_view import QueueRow, QueueView
from gateway.console.summary import is_new_to, summary
from gateway.console.timeline import CitizenSaid, Happened, Item, Said
from gateway.console.told_view import corrections
from gateway.content.routes.wording import GROUPS
from gateway.conversations.kinds import Author, ConversationState, EventKind, UnaskedKind
from gateway.conversations.priority import names_a_matter
from gateway.conversations.states import request_is_open
from gateway.core.actors import Officer
from gateway.core.database import now
from gateway.core.http.pages import templates
from gateway.core.i18n import gettext, language_name, named
from gateway.core.locale import LANGUAGES
from gateway.handover.areas import KnownArea
from gateway.handover.labels import offered_labels
from gateway.handover.notes import Note
from gateway.handover.saved_views import QueueFilter
from gateway.handover.teams import KnownTeam, Profile
from gateway.outbox.gate import refusal_of
from gateway.outbox.templates import OutboxContext

# Rows that are shown at first.
FIRST_ROWS = 100
# From this time before the end of the reply window a warning is shown.
WINDOW_NEARLY_OVER = dt.timedelta(hours=2)
# Messages of the citizen with which reading begins, where no officer has replied yet; and before the matter.
READ_FROM, READ_BEFORE = 6, 2
# Events that other parts of the page show, or another event says: who closed, gave back or put back.
_SHOWN_ELSEWHERE = frozenset({EventKind.LABELLED, EventKind.UNLABELLED, EventKind.HUMAN_STRETCH_ENDED})


def span(seconds: float) -> str:
    """A duration: `2 d 4 h`, `1 h 12 min`, `4 min`; less than a minute is `0 min`."""
    minutes = max(0, int(seconds // 60))
    if minutes >= 24 * 60:
        return f"{minutes // (24 * 60)} d {minutes // 60 % 24} h"
    return f"{minutes // 60} h {minutes % 60} min" if minutes >= 60 else f"{minutes} min"


templates.env.filters["since"] = lambda at: span((now() - at).total_seconds())
templates.env.filters["length_of"] = lambda length: span(length.total_seconds())
templates.env.filters["until"] = lambda at: span((at - now()).total_seconds())


def texts(request: Request) -> dict[str, Any]:
    """The texts and functions that every template of the console needs."""
    service, language = service_of(request), language_of(request)
    masked = _in_language(wording.MASKED, language)

    def title(topic: str | None) -> str:
        """The name of a topic; empty for what is none, such as an act within a conversation."""
        known = service.lines.title(topic, language) if topic else None
        return known or (gettext(language, wording.TOPICS[topic]) if topic and topic in wording.TOPICS else "")

    def titles(topics: Sequence[str], but: str) -> list[str]:
        return list(filter(None, (title(each) for each in topics if each != but)))

    return {
        "title_of": title,
        "titles_of": titles,
        "label_titles": {key: each[language] for key, each in offered_labels(service.content).items()},
        "wording": wording,
        "script_words": _in_language(wording.SCRIPT, language),
        "size_of": size_words,
        "as_shown": lambda text: as_shown(text, masked),
        "as_written": lambda text, danger=None: as_written(text, masked, gettext(language, "→ leads to"), danger),
        "nearly": WINDOW_NEARLY_OVER,
        "moment_now": now(),
    }


def size_words(size: int) -> str:
    """Bytes as people read them: `2.4 MB`, `310 kB`."""
    return f"{size / 1_000_000:.1f} MB" if size >= 1_000_000 else f"{max(1, round(size / 1000))} kB"


def _in_language(table: Mapping[str, str], language: str) -> dict[str, str]:
    return {code: gettext(language, message) for code, message in table.items()}


def queue_context(
    person: Person, view: QueueView, shown: QueueFilter, *, everything: bool, current: str, query: str
) -> dict[str, Any]:
    """The queue as three lists: the officer's own, waiting, and colleagues'; `query` keeps what is shown."""
    rows = [row for row in view.rows if is_shown(row, shown, person)]
    waiting = [row for row in rows if row.state == ConversationState.WAITING and row.snoozed_until is None]
    with_officer = [row for row in view.rows if row.claimed_by and row.snoozed_until is None]
    later = sorted((row.snoozed_until, row.conversation_id, row) for row in view.rows if row.snoozed_until)
    mine = [row for row in with_officer if row.claimed_by and row.claimed_by.id == person.id]
    theirs = [row for row in with_officer if row not in mine]
    return {
        "mine": mine,
        "waiting": waiting if everything else waiting[:FIRST_ROWS],
        "theirs": theirs if everything else theirs[:FIRST_ROWS],
        "later": [row for _, _, row in later[:FIRST_ROWS]],
        "counts": {
            "mine": len(mine),
            "waiting": len(waiting),
            "theirs": len(theirs),
            "later": len(later),
            "all_waiting": view.waiting,
        },
        "on_duty": view.on_duty,
        "is_on_duty": any(officer.id == person.id for officer in view.on_duty),
        "for_me": sum(row.asked is not None and row.asked.id == person.id for row in view.rows),
        "everything": everything,
        "current": current,
        "query": query,
        "keep": _query(query, everything),
    }


def is_shown(row: QueueRow, shown: QueueFilter, person: Person) -> bool:
    """Whether a row is one of those that are asked for."""
    return (
        shown.language in ("", row.language)
        and shown.channel in ("", row.channel)
        and shown.skill in ("", row.skill)
        and shown.team in (None, row.team_id)
        and shown.area in (None, row.area_id)
        and (not shown.for_me or (row.asked is not None and row.asked.id == person.id))
    )


def _query(query: str, everything: bool) -> str:
    parts = [query] if query else []
    parts += ["all=1"] if everything else []
    return "?" + "&".join(parts) if parts else ""


def conversation_context(
    service: OutboxContext, person: Person, view: ConversationView, notes: Sequence[Note], on_duty: Sequence[Officer],
    teams: Sequence[KnownTeam], areas: Sequence[KnownArea], abilities: Mapping[uuid.UUID, Profile], language: str,
) -> dict[str, Any]:  # fmt: skip
    """One conversation: its timeline, notes apart from it, and what this officer may do."""
    officer = officer_of(person)
    colleagues = [each for each in on_duty if each.id not in (officer.id, view.owner.id if view.owner else None)]
    begins, matter = where_to_read(view.items)
    channel, names = service.channels.get(view.channel), {each.id: each.settings.name for each in areas}
    return {
        "view": view,
        "topic": topic_of(view),
        "items": [(kind_of(item), item) for item in view.items if not _is_elsewhere(item)],
        "notes": notes,
        "in_short": summary(view, service.lines, language),
        "is_new": is_new_to(view),
        "unanswered": begins,
        "matter": matter,
        "corrections": corrections(view.told),
        "held_back": _is_held_back(view),
        "request_is_open": request_is_open(view.told),
        "others": [each for each in view.looking if each.officer_id != officer.id],
        "colleagues": colleagues,
        "has_templates": bool(channel and channel.has_templates),
        "supervisor": officer.supervisor,
        "teams": teams,
        "team": next((each.settings.name for each in teams if each.id == view.team_id), None),
        "areas": areas,
        "area": names.get(view.area_id) if view.area_id else None,
        "abilities": {person_id: ability_words(each, names, language) for person_id, each in abilities.items()},
        "translates": service.translator is not None,
        "versions": _versions(view, colleagues),
    }


def where_to_read(items: Sequence[Item]) -> tuple[int | None, int | None]:
    """The message at which an officer begins to read, and the one that must be on the screen then.

    The first since an officer's reply, of the last few, and the newest with danger, else the one that says most of the
    last matter; where much was said before, reading begins two messages before that one.
    """
    said: list[CitizenSaid] = []
    for item in items:
        if isinstance(item, CitizenSaid):
            said.append(item)
        elif isinstance(item, Said) and item.author == Author.OFFICER:
            said = []
    said = said[-READ_FROM:]
    if not said:
        return None, None
    place = _place_of_matter(said)
    return said[max((place or 0) - READ_BEFORE, 0)].id, None if place is None else said[place].id


def _place_of_matter(said: Sequence[CitizenSaid]) -> int | None:
    if in_danger := [place for place, each in enumerate(said) if each.danger]:
        return in_danger[-1]
    matters = [place for place, each in enumerate(said) if _is_of_a_matter(each)]
    if not matters:
        return None
    of_the_last = (place for place in matters if said[place].topic == said[matters[-1]].topic)
    return max(of_the_last, key=lambda place: len(said[place].text or ""))


def _is_of_a_matter(said: CitizenSaid) -> bool:
    return len(said.text or "") > SAYS_LITTLE and (said.topic is None or names_a_matter(said.topic))


def _is_elsewhere(item: Item) -> bool:
    return isinstance(item, Note) or (isinstance(item, Happened) and item.kind in _SHOWN_ELSEWHERE)


def kind_of(item: Item) -> str:
    """The kind of an item on the page: `citizen`, `bot`, `officer`, `system` or `event`."""
    if isinstance(item, CitizenSaid):
        return "citizen"
    return "event" if isinstance(item, Happened | Note) else item.author


def _is_held_back(view: ConversationView) -> bool:
    """Whether the citizen may not be told unasked that an answer waits."""
    return refusal_of(view.told, UnaskedKind.ANSWER_WAITS, agreed=False) is not None


def _versions(view: ConversationView, colleagues: Sequence[Officer]) -> dict[str, str]:
    """Parts with form fields are replaced on an open page only when these change, so that no unsent text is lost."""
    owner = view.owner.id.hex if view.owner else ""
    late = "" if view.window_open else f"{_is_held_back(view)}-{bool(view.promised)}"
    who = "-".join(sorted(each.id.hex[:8] for each in colleagues))
    return {
        "composer": f"{view.state}-{owner}-{view.window_open}-{late}-{view.last_words and view.last_words.delivery}",
        "actions": f"{view.state}-{owner}-{'-'.join(sorted(view.may))}-{who}-{view.blocked}-{view.snoozed_until}"
        f"-{view.waiting_since is None}-{view.team_id}-{view.area_id}-{view.asked}",
    }


def ability_words(profile: Profile, areas: Mapping[uuid.UUID, str], language: str) -> str:
    """What an officer can take, in the reader's language: `Finnish · Scams · Itäkeskus`; else empty."""
    spoken = ", ".join(language_name(language, each) for each in LANGUAGES if each in profile.languages)
    parts = [spoken, ", ".join(named(language, GROUPS, each) for each in profile.skills)]
    parts.append(", ".join(name for area, name in areas.items() if area in profile.areas))
    return " · ".join(filter(None, parts))
