"""Console: the search for conversations, and for words within one citizen's conversations.

By POST: phone numbers and words of citizens must not be in URLs, which browsers and proxies log.
"""

import datetime as dt
import uuid
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import HTMLResponse
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.accounts import audit, people
from gateway.accounts.access import Person
from gateway.accounts.staff_page import see_other, staff_page, translate
from gateway.console import wording
from gateway.console.access_log import check_may_read, list_hash, record_about
from gateway.console.officer import MAX_LINE_LENGTH, Reader, service_of
from gateway.console.search import FoundWords, SearchQuery, find_conversations, find_words
from gateway.console.view_context import texts
from gateway.conversations.kinds import ChannelName, ConversationState
from gateway.conversations.states import STATES
from gateway.core.errors import ConversationMissing
from gateway.core.inputs import start_of_day
from gateway.handover import openings
from gateway.handover.models import OpeningGround

CHANNELS = tuple(ChannelName)
router = APIRouter(prefix="/console", tags=["console"])
Line = Annotated[str, Form(max_length=MAX_LINE_LENGTH)]


@dataclass(frozen=True)
class SearchForm:
    """The submitted search form."""

    topic: Line = ""
    label: Line = ""
    state: Line = ""
    begin: Line = ""
    end: Line = ""
    phone: Line = ""
    channel: Line = ""
    officer: Line = ""

    def used(self) -> list[str]:
        """The names of the fields that are filled in."""
        return [name for name, value in asdict(self).items() if value]

    def query(self) -> SearchQuery:
        """The form as a query; days are in Helsinki's zone, and the last one is included."""
        end = start_of_day(self.end)
        return SearchQuery(
            topic=self.topic or None,
            label=self.label or None,
            state=ConversationState(self.state) if self.state in STATES else None,
            since=start_of_day(self.begin),
            until=end + dt.timedelta(days=1) if end else None,
            phone=self.phone if any(one.isdigit() for one in self.phone) else None,
            channel=ChannelName(self.channel) if self.channel in CHANNELS else None,
            officer=f"officer:{self.officer}" if self.officer else None,
        )


@router.get("/search", response_class=HTMLResponse)
async def search(request: Request, person: Reader) -> Response:
    """The form, and the newest conversations."""
    return await _page(request, person, SearchForm())


@router.post("/search", response_class=HTMLResponse)
async def find(
    request: Request,
    person: Reader,
    topic: Line = "",
    label: Line = "",
    state: Line = "",
    begin: Line = "",
    end: Line = "",
    phone: Line = "",
    channel: Line = "",
    officer: Line = "",
    page: Annotated[int, Form(ge=1, le=100_000)] = 1,
) -> Response:
    """The results; what was searched by is recorded in the audit log, a number without its digits."""
    return await _page(request, person, SearchForm(topic, label, state, begin, end, phone, channel, officer), page)


async def _page(request: Request, person: Person, form: SearchForm, number: int = 1) -> Response:
    service = service_of(request)
    async with service.database.transaction() as session:
        found = await find_conversations(session, service, form.query(), number)
        shown = list_hash(service.keyring, (each.id for each in found.rows)).hex()
        details = {"by": form.used(), "page": found.number, "count": found.total, "shown": shown}
        action = "searched_by_number" if form.query().phone is not None else "conversations_searched"
        await audit.record(session, person.id, action, "search", details)
        officers = await people.names(session, service.keyring)
    context = {"found": found, "sought": form, "topics": service.lines.topics(), "states": STATES, "officers": officers}
    return staff_page(request, "console/search.html", {**texts(request), **context})


@router.post("/conversations/{conversation_id}/words", response_class=HTMLResponse)
async def words(request: Request, person: Reader, conversation_id: uuid.UUID, words: Line = "") -> Response:
    """Where words occur in the conversations of this conversation's citizen."""
    service = service_of(request)
    found: Sequence[FoundWords] = []
    problem, status = None, 200
    try:
        async with service.database.transaction() as session:
            ground = await check_may_read(session, request, person, conversation_id)
            found = await find_words(session, service, conversation_id, words)
            await _record_words(session, request, person, conversation_id, ground, found)
    except openings.GroundRefused:
        return see_other(f"/console/conversations/{conversation_id}")
    except ConversationMissing as error:
        problem, status = translate(request, wording.PROBLEMS["missing"]), error.status
    context = {"found": found, "sought": words, "conversation_id": conversation_id, "problem": problem}
    return staff_page(request, "console/words.html", {**texts(request), **context}, status_code=status)


async def _record_words(
    session: AsyncSession,
    request: Request,
    person: Person,
    conversation_id: uuid.UUID,
    ground: OpeningGround,
    found: Sequence[FoundWords],
) -> None:
    """Record the search, and of each other conversation of this citizen that words of it were shown."""
    counts = Counter(each.conversation_id for each in found)
    details = {"ground": ground, "found": counts.pop(conversation_id, 0), "elsewhere": len(counts)}
    await record_about(session, request, person, "words_searched", conversation_id, details)
    for other, count in counts.items():
        shown = {"ground": OpeningGround.SAME_CITIZEN, "found": count}
        await record_about(session, request, person, "words_shown", other, shown)
