"""Content, the playground: the same conversation with the draft and the live bot; messages become test messages."""

import asyncio
import uuid
from typing import Annotated, Any

import structlog
from fastapi import APIRouter, Form
from fastapi.responses import HTMLResponse, Response

from answers.limits import LANGUAGES
from gateway.content.editing.examination import change_tests
from gateway.content.editing.playground import DraftBot, Tried
from gateway.content.errors import ContentRefused
from gateway.content.routes.request_context import Editing, EditingContext
from gateway.conversations.kinds import ChannelName
from gateway.dialogue.engine import DialogueAnswer, DialogueRequest, DialogueUnavailable

router = APIRouter(prefix="/content/try", tags=["content"])
log = structlog.get_logger()
# Some 600 MB are given back when nobody has asked for so long, in seconds.
IDLE = 600.0
_LONGEST = 1000


@router.get("", response_class=HTMLResponse)
async def begin(editing: Editing) -> HTMLResponse:
    """An empty conversation."""
    return editing.page(
        "try.html", {"conversation": uuid.uuid4().hex, "text": "", "draft": None, "live": None, "refusal": ""}
    )


@router.post("", response_class=HTMLResponse)
async def ask(
    editing: Editing, conversation: Annotated[uuid.UUID, Form()], text: Annotated[str, Form(max_length=_LONGEST)]
) -> HTMLResponse:
    """One message, put to both. Either may be away: the other's answer is shown all the same."""
    request = DialogueRequest(conversation_id=f"try-{conversation.hex}", channel=ChannelName.WHATSAPP, text=text)
    (draft, refusal), live = await asyncio.gather(_draft(editing, request), _live(editing, request))
    context = {
        "conversation": conversation.hex,
        "text": text,
        "draft": draft,
        "refusal": refusal,
        "live": live,
        "titles": editing.titles(),
        "language_shown": draft.answer.understood.language if draft else editing.person.language,
    }
    return editing.page("try.html", context)


async def _draft(editing: EditingContext, request: DialogueRequest) -> tuple[Tried | None, str]:
    bot: DraftBot = draft_bot(editing)
    try:
        tried = await bot.ask(request)
    except ContentRefused as refusal:
        return None, refusal.sentence(editing.person.language)
    editing.service.spawn(_close_later(bot))
    return tried, ""


def draft_bot(editing: EditingContext) -> DraftBot:
    """The draft's bot of this process, begun at the first question."""
    state: Any = editing.request.app.state
    if getattr(state, "draft_bot", None) is None:
        state.draft_bot = DraftBot(editing.settings)
    bot: DraftBot = state.draft_bot
    return bot


async def _close_later(bot: DraftBot) -> None:
    await asyncio.sleep(IDLE)
    await bot.process.close_when_idle(IDLE - 1)


async def _live(editing: EditingContext, request: DialogueRequest) -> DialogueAnswer | None:
    try:
        return await editing.service.engine.answer(request)
    except DialogueUnavailable as error:
        log.warning("live_bot_not_tried", why=str(error))
        return None


@router.post("/test", response_model=None)
async def make_test(
    editing: Editing,
    text: Annotated[str, Form(max_length=_LONGEST)],
    topic: Annotated[str, Form()],
    language: Annotated[str, Form()],
) -> Response:
    """The message is asked at every examination from now on, and should be understood as this topic."""
    if language not in LANGUAGES:
        raise ContentRefused("unknown_language", language=language)
    message = editing.gettext("Test messages changed: %(topic)s", topic=topic)
    return await editing.save(
        lambda: [change_tests(editing.copy, topic, language, add=[text])], message, f"/content/topics/{topic}/tests"
    )
