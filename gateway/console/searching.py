"""Beside the road, the console: finding talks, and words within one citizen's talks.

Asked by POST: a number or words of a citizen do not belong into addresses, which browsers and proxies keep.
"""

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import HTMLResponse

from gateway.accounts import audit
from gateway.console.display import HELSINKI, texts
from gateway.console.officer import LONGEST_LINE, Reader
from gateway.errors import ConversationMissing
from gateway.handover.search import FoundWords, Wanted, find_conversations, find_words
from gateway.handover.states import STATES
from gateway.staff_pages import page_words, service_of, staff_page

router = APIRouter(prefix="/console", tags=["console"])
Line = Annotated[str, Form(max_length=LONGEST_LINE)]


@dataclass(frozen=True)
class Sought:
    """The form of the search, as it was filled in."""

    topic: Line = ""
    label: Line = ""
    state: Line = ""
    begin: Line = ""
    end: Line = ""
    phone: Line = ""

    def wanted(self) -> Wanted:
        """In the search's own terms; days are Helsinki's, the last one whole."""
        end = _day(self.end)
        return Wanted(
            topic=self.topic or None,
            label=self.label or None,
            state=self.state if self.state in STATES else None,
            since=_day(self.begin),
            until=end + dt.timedelta(days=1) if end else None,
            phone=self.phone if any(one.isdigit() for one in self.phone) else None,
        )


def _day(written: str) -> dt.datetime | None:
    try:
        return dt.datetime.combine(dt.date.fromisoformat(written), dt.time(), HELSINKI)
    except ValueError:
        return None


@router.get("/search", response_class=HTMLResponse)
async def search(request: Request, person: Reader) -> Response:
    """The form, and the newest talks."""
    return await _page(request, Sought())


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
) -> Response:
    """What was found; that somebody was sought by number is logged, without the number."""
    sought = Sought(topic, label, state, begin, end, phone)
    if sought.wanted().phone is not None:
        async with service_of(request).database.transaction() as session:
            await audit.record(session, person.id, "searched_by_number", "conversations")
    return await _page(request, sought)


async def _page(request: Request, sought: Sought) -> Response:
    service = service_of(request)
    async with service.database.transaction() as session:
        found = await find_conversations(session, service, sought.wanted())
    context = {"found": found, "sought": sought, "topics": service.lines.topics(), "states": STATES}
    return staff_page(request, "console/search.html", {**texts(request), **context})


@router.post("/conversations/{conversation_id}/words", response_class=HTMLResponse)
async def words(request: Request, person: Reader, conversation_id: uuid.UUID, words: Line = "") -> Response:
    """Where words stand in the talks of this conversation's citizen."""
    service = service_of(request)
    found: Sequence[FoundWords] = []
    problem, status = None, 200
    try:
        async with service.database.transaction() as session:
            found = await find_words(session, service, conversation_id, words)
    except ConversationMissing as error:
        problem, status = page_words(request, "console")["problems"]["missing"], error.status
    context = {"found": found, "sought": words, "conversation_id": conversation_id, "problem": problem}
    return staff_page(request, "console/words.html", {**texts(request), **context}, status_code=status)
