"""Analytics, the page of answers: what became of each, by topic, question and language."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from gateway.accounts.staff_page import staff_page
from gateway.analytics import wording
from gateway.analytics.answers import OUTCOMES, answer_rows
from gateway.analytics.routes_staff import Reader, chosen, read_counts, service_of
from gateway.core.actors import Role
from gateway.core.locale import LANGUAGES

router = APIRouter(prefix="/console/figures", tags=["analytics"])


@router.get("/answers", response_class=HTMLResponse)
async def page(request: Request, person: Reader, by: str = "week", end: str = "", language: str = "") -> HTMLResponse:
    """What became of the answers in four weeks or a year, in one language or in all."""
    # Totals have no detail: an address that asks for months gets the year that it means.
    periods, by = chosen("week" if by == "month" else by, end)
    rounded, _ = await read_counts(request, periods[0].first, periods[-1].last)
    own, lines = person.language, service_of(request).lines
    shown = language if language in LANGUAGES else ""
    context = {
        "topics": answer_rows(rounded, shown, lambda name: lines.title(name, own) or name, questions=False),
        "questions": answer_rows(
            rounded, shown, lambda name: lines.question_title(name, own) or name.replace("_", " "), questions=True
        ),
        "outcomes": [wording.ANSWER_OUTCOMES[measure] for measure in OUTCOMES],
        "language_shown": shown,
        "languages_shown": LANGUAGES,
        "may_edit": person.has(Role.EDITOR),
        "by": by,
        "first": periods[0].first,
        "last": periods[-1].last,
        "wording": wording,
    }
    return staff_page(request, "analytics/answers.html", context)
