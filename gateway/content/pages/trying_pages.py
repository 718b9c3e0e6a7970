"""Editors' workshop: a talk with the draft beside the same talk with the live bot; any message of it becomes a test."""

import asyncio
import uuid
from typing import Annotated, Any

import structlog
from fastapi import APIRouter, Form
from fastapi.responses import HTMLResponse, Response

from answers.limits import LANGUAGES
from gateway.content.examination import change_tests
from gateway.content.pages.desk import AtDesk, Desk
from gateway.content.refusals import ContentRefused
from gateway.content.trying import DraftBot, Tried
from gateway.conversations.dialogue import DialogueAnswer, DialogueRequest, DialogueUnavailable

router = APIRouter(prefix="/content/try", tags=["content"])
log = structlog.get_logger()
# Some 600 MB are given back when nobody has asked for so long, in seconds.
IDLE = 600.0
_LONGEST = 1000


@router.get("", response_class=HTMLResponse)
async def begin(desk: AtDesk) -> HTMLResponse:
    """An empty talk."""
    return desk.page("try.html", {"talk": uuid.uuid4().hex, "text": "", "draft": None, "live": None, "refusal": ""})


@router.post("", response_class=HTMLResponse)
async def ask(
    desk: AtDesk, talk: Annotated[uuid.UUID, Form()], text: Annotated[str, Form(max_length=_LONGEST)]
) -> HTMLResponse:
    """One message, put to both. Either may be away: the other's answer is shown all the same."""
    request = DialogueRequest(conversation_id=f"try-{talk.hex}", channel="whatsapp", text=text)
    (draft, refusal), live = await asyncio.gather(_draft(desk, request), _live(desk, request))
    context = {
        "talk": talk.hex,
        "text": text,
        "draft": draft,
        "refusal": refusal,
        "live": live,
        "titles": desk.titles(),
        "language_shown": draft.answer.understood.language if draft else desk.person.language,
    }
    return desk.page("try.html", context)


async def _draft(desk: Desk, request: DialogueRequest) -> tuple[Tried | None, str]:
    bot: DraftBot = draft_bot(desk)
    try:
        tried = await bot.ask(request)
    except ContentRefused as refusal:
        return None, refusal.sentence(desk.person.language)
    desk.service.spawn(_close_later(bot))
    return tried, ""


def draft_bot(desk: Desk) -> DraftBot:
    """The draft's bot of this process, begun at the first question."""
    state: Any = desk.request.app.state
    if getattr(state, "draft_bot", None) is None:
        state.draft_bot = DraftBot(desk.settings)
    bot: DraftBot = state.draft_bot
    return bot


async def _close_later(bot: DraftBot) -> None:
    await asyncio.sleep(IDLE)
    await bot.close_when_idle(IDLE - 1)


async def _live(desk: Desk, request: DialogueRequest) -> DialogueAnswer | None:
    try:
        return await desk.service.engine.answer(request)
    except DialogueUnavailable as error:
        log.warning("live_bot_not_tried", why=str(error))
        return None


@router.post("/test", response_model=None)
async def make_test(
    desk: AtDesk,
    text: Annotated[str, Form(max_length=_LONGEST)],
    topic: Annotated[str, Form()],
    language: Annotated[str, Form()],
) -> Response:
    """The message is asked at every examination from now on, and should be understood as this topic."""
    if language not in LANGUAGES:
        raise ContentRefused("unknown_language", language=language)
    message = desk.words["commits"]["tests"].format(topic=topic)
    return await desk.save(
        lambda: [change_tests(desk.copy, topic, language, add=[text])], message, f"/content/topics/{topic}/tests"
    )
