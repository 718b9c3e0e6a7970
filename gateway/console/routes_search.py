"""Console: the search for conversations, and for words within one citizen's conversations.

By POST: phone numbers and words of citizens must not be in URLs, which browsers and proxies log.
"""

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import HTMLResponse

from gateway.accounts import audit, people
from gateway.accounts.staff_page import staff_page, translate
from gateway.console import wording
from gateway.console.officer import MAX_LINE_LENGTH, Reader, service_of
from gateway.console.search import FoundWords, SearchQuery, find_conversations, find_words
from gateway.console.view_context import texts
from gateway.conversations.kinds import ChannelName, ConversationState
from gateway.conversations.states import STATES
from gateway.core.errors import ConversationMissing
from gateway.core.locale import HELSINKI

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

    def query(self) -> SearchQuery:
        """The form as a query; days are in Helsinki's zone, and the last one is included."""
        end = _day(self.end)
        return SearchQuery(
            topic=self.topic or None,
            label=self.label or None,
            state=ConversationState(self.state) if self.state in STATES else None,
            since=_day(self.begin),
            until=end + dt.timedelta(days=1) if end else None,
            phone=self.phone if any(one.isdigit() for one in self.phone) else None,
            channel=ChannelName(self.channel) if self.channel in CHANNELS else None,
            officer=f"officer:{self.officer}" if self.officer else None,
        )


def _day(written: str) -> dt.datetime | None:
    try:
        return dt.datetime.combine(dt.date.fromisoformat(written), dt.time(), HELSINKI)
    except ValueError:
        return None


@router.get("/search", response_class=HTMLResponse)
async def search(request: Request, person: Reader) -> Response:
    """The form, and the newest conversations."""
    return await _page(request, SearchForm())


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
    """The results; a search by phone number is recorded in the audit log, without the number."""
    form = SearchForm(topic, label, state, begin, end, phone, channel, officer)
    if form.query().phone is not None:
        async with service_of(request).database.transaction() as session:
            await audit.record(session, person.id, "searched_by_number", "conversations")
    return await _page(request, form, page)


async def _page(request: Request, form: SearchForm, number: int = 1) -> Response:
    service = service_of(request)
    async with service.database.transaction() as session:
        found = await find_conversations(session, service, form.query(), number)
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
            found = await find_words(session, service, conversation_id, words)
    except ConversationMissing as error:
        problem, status = translate(request, wording.PROBLEMS["missing"]), error.status
    context = {"found": found, "sought": words, "conversation_id": conversation_id, "problem": problem}
    return staff_page(request, "console/words.html", {**texts(request), **context}, status_code=status)
