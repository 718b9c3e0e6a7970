"""Content, the playground: a talk with the draft and the live bot at once; its messages become test messages."""

import asyncio
from typing import Annotated, Any, Final, Literal
from weakref import WeakValueDictionary

import structlog
from fastapi import APIRouter, Form
from fastapi.responses import HTMLResponse, Response

from answers.limits import LANGUAGES
from gateway.accounts.staff_page import see_other
from gateway.content.editing.examination import change_tests
from gateway.content.editing.playground import DraftBot, Tried, untrained
from gateway.content.editing.preview import marked_lines
from gateway.content.editing.service_words import ServiceWords
from gateway.content.editing.tried_officer import OfficerState
from gateway.content.editing.tried_role import SENTENCES, Role
from gateway.content.editing.tried_talk import (
    MOST_TURNS,
    Refusal,
    Side,
    TriedTalk,
    TriedTurn,
    end_talk,
    keep_talk,
    kept_talk,
)
from gateway.content.editing.unsaved import TALK_KEPT
from gateway.content.errors import ContentRefused
from gateway.content.routes import text_wording
from gateway.content.routes.request_context import Editing, EditingContext
from gateway.content.wording import say
from gateway.conversations import told_wording
from gateway.conversations.kinds import ChannelName, MessageKind
from gateway.conversations.messages import IncomingMessage
from gateway.conversations.told import ToldPart
from gateway.core.database import now
from gateway.core.locale import Language
from gateway.dialogue.engine import DialogueAnswer, DialogueRequest, DialogueUnavailable

router = APIRouter(prefix="/content/try", tags=["content"])
log = structlog.get_logger()
# Some 600 MB are given back when nobody has asked for so long, in seconds.
IDLE = 600.0
_LONGEST = 1000
_PAGE: Final = "/content/try"
# One turn of an editor at a time: whoever presses twice is answered once.
_turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()


@router.get("", response_class=HTMLResponse)
async def show(editing: Editing) -> HTMLResponse:
    """The talk as far as it has come."""
    talk = await _kept(editing)
    language = editing.person.language
    context = {
        "talk": talk,
        "service_words": await service_words(editing),
        "officer_states": list(OfficerState),
        "roles": list(Role),
        "roles_named": told_wording.VALUES[ToldPart.ROLE],
        "channels": list(ChannelName),
        "text_wording": text_wording,
        "sides": list(Side),
        "longest": _LONGEST,
        "most_turns": MOST_TURNS,
        "kept_minutes": int(TALK_KEPT.total_seconds() // 60),
        "state": talk.state(language),
        "titles": editing.titles(),
        "untrained": await asyncio.to_thread(untrained, editing.settings, editing.copy),
        "marked_lines": marked_lines,
        "sentence": lambda refusal: say(refusal.key, language, **refusal.parameters),
    }
    return editing.page("try.html", context)


@router.post("")
async def ask(
    editing: Editing,
    text: Annotated[str, Form(max_length=_LONGEST)] = "",
    press: Annotated[str, Form(max_length=200)] = "",
    after: Annotated[int, Form(ge=0, le=MOST_TURNS)] = 0,
    channel: Annotated[ChannelName, Form()] = ChannelName.WHATSAPP,
    officer: Annotated[OfficerState, Form()] = OfficerState.AS_TOLD,
    duty: Annotated[Literal["on", "off", ""], Form()] = "",
    role: Annotated[Role | Literal[""], Form()] = "",
) -> Response:
    """One turn, put to both bots: words, or the button `press`; `after` is how many turns the editor has seen.

    The first turn says on which channel the talk is held. Either bot may be away: the other's answer is shown all the
    same. What was sent twice is answered once. `officer` and `duty` say what an officer does meanwhile; `role` adds a
    turn of ours, the sentence that tells who writes, where the bot does not know it yet.
    """
    async with _turns.setdefault(editing.editor.account, asyncio.Lock()):
        talk = (await _kept(editing)).on(channel)
        begun = len(talk.turns)
        now_on_duty = talk.on_duty if not duty else duty == "on"
        if officer == OfficerState.AS_TOLD and talk.is_with_officer:
            officer = OfficerState.ANSWERS  # until the editor says otherwise
        turn = talk.pressed(press) if press else _written(editing, text)
        is_repeated = after < begun and (turn is None or talk.turns[after].text == turn.text)
        if turn is not None and not is_repeated and not talk.is_full:
            turn = turn.model_copy(update={"officer": officer, "on_duty": now_on_duty})
            talk = talk.with_turn(await _answered(editing, talk, turn))
        if role and talk.turns and role != talk.role and not (is_repeated or talk.is_full or talk.is_with_officer):
            words = SENTENCES[Role(role)][talk.language(Language(editing.person.language))]
            turn = TriedTurn(text=words, role=Role(role), on_duty=now_on_duty)
            talk = talk.with_turn(await _answered(editing, talk, turn))
        if len(talk.turns) > begun:
            async with editing.service.database.transaction() as session:
                await keep_talk(session, editing.service.keyring, editing.editor.account, talk)
    return see_other(_PAGE)


@router.post("/anew")
async def begin_anew(editing: Editing) -> Response:
    """The talk is forgotten, by the published bot too; what the draft's process knows of it ends with the process."""
    async with _turns.setdefault(editing.editor.account, asyncio.Lock()):
        talk = await _kept(editing)
        async with editing.service.database.transaction() as session:
            await end_talk(session, editing.editor.account)
    for conversation_id in dict.fromkeys(talk.conversation_ids):
        try:
            await editing.service.engine.forget(conversation_id)
        except DialogueUnavailable as error:  # it forgets by itself
            log.warning("engine_did_not_forget", why=str(error))
    return see_other(_PAGE)


async def _kept(editing: EditingContext) -> TriedTalk:
    async with editing.service.database.transaction() as session:
        return await kept_talk(session, editing.service.keyring, editing.editor.account)


def _written(editing: EditingContext, text: str) -> TriedTurn | None:
    """What was written, cleaned and checked as a citizen's message is; None for nothing."""
    clean = text.replace("\r\n", "\n").strip()
    message = IncomingMessage(external_id="", business_number="", sent_at=now(), kind=MessageKind.TEXT, text=clean)
    read = editing.service.scam_checks.read(message)
    if not read.text:
        return None
    return TriedTurn(text=read.text, scam_check=read.parts.as_json() if read.parts else None)


async def _answered(editing: EditingContext, talk: TriedTalk, turn: TriedTurn) -> TriedTurn:
    """The turn with what both bots say to it: nothing while an officer has the talk."""
    if turn.is_for_officer:
        return turn
    (draft, refusal), live = await asyncio.gather(
        _draft(editing, talk.requests(turn, Side.DRAFT)), _live(editing, talk.requests(turn, Side.LIVE)[-1])
    )
    return turn.model_copy(update={"draft": draft, "refusal": refusal, "live": live})


async def _draft(editing: EditingContext, requests: list[DialogueRequest]) -> tuple[Tried | None, Refusal | None]:
    bot: DraftBot = draft_bot(editing)
    try:
        tried = await bot.ask(requests)
    except ContentRefused as refused:
        parameters = {name: str(value) for name, value in refused.parameters.items()}
        return None, Refusal(key=refused.key, parameters=parameters)
    editing.service.spawn(_close_later(bot))
    return tried, None


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


async def service_words(editing: EditingContext) -> ServiceWords:
    """The words that the service adds to the bots' now, those of the draft beside those in use."""
    async with editing.service.database.transaction() as session:
        schedule = await editing.service.hours.schedule(session)
    return ServiceWords(editing.service.lines, schedule, editing.copy.folder, editing.settings.privacy_url)


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
