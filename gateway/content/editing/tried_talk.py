"""Content, playground: the talk that an editor holds with the draft and the published bot, kept from turn to turn.

It is kept sealed, as a page's unsaved form is, in the editor's name; it ends when nothing was said for `TALK_KEPT`. It
is no conversation of the service: no citizen has its id, nothing of it is counted, and no officer hears of it.
"""

import uuid
from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.content.editing import unsaved
from gateway.content.editing.playground import Tried
from gateway.content.editing.unsaved import TALK_KEPT, TRIED_TALK
from gateway.conversations.kinds import ChannelName
from gateway.conversations.told import FACTS, Consent, DangerState, Told, ToldPart
from gateway.conversations.told_wording import known_parts, state_words
from gateway.core.database import now
from gateway.core.keyring import Keyring
from gateway.core.locale import Language
from gateway.dialogue.compose import TOPIC_PREFIX
from gateway.dialogue.engine import DialogueAnswer, DialogueButton, DialogueRequest, Slot

MOST_TURNS: Final = 20
# Characters as JSON: with one turn more it is still small enough to be kept.
_FULL: Final = 150_000


class Side(StrEnum):
    """Which bot: of the draft, or the published one."""

    DRAFT = "draft"
    LIVE = "live"


class Refusal(BaseModel):
    """Why the draft gave no answer: the code of a sentence in `wording.py`, and what fills it."""

    model_config = ConfigDict(frozen=True)

    key: str
    parameters: Mapping[str, str] = {}


class TriedTurn(BaseModel):
    """What the editor wrote, or the title of the button that was pressed, and what each bot said to it."""

    model_config = ConfigDict(frozen=True)

    text: str
    choice: str = ""
    scam_check: dict[str, Any] | None = None
    draft: Tried | None = None
    refusal: Refusal | None = None
    live: DialogueAnswer | None = None

    def answer(self, side: Side) -> DialogueAnswer | None:
        """What a bot said, or None where it was away."""
        if side == Side.LIVE:
            return self.live
        return self.draft.answer if self.draft else None

    def buttons(self, side: Side) -> Mapping[str, DialogueButton]:
        """The next steps that a bot offered, each once, by their id."""
        answer = self.answer(side)
        return {each.id: each for reply in (answer.replies if answer else ()) for each in reply.buttons}


class TriedTalk(BaseModel):
    """The turns of a talk, the oldest first."""

    model_config = ConfigDict(frozen=True)

    id: str = Field(default_factory=lambda: uuid.uuid4().hex, pattern="^[0-9a-f]{32}$")
    turns: tuple[TriedTurn, ...] = Field(default=(), max_length=MOST_TURNS)
    channel: ChannelName = ChannelName.WHATSAPP

    @property
    def conversation_id(self) -> str:
        """What the engines know it by; a citizen's conversation is a bare UUID."""
        return f"try-{self.id}"

    @property
    def is_full(self) -> bool:
        """Whether it takes no further turn."""
        return len(self.turns) >= MOST_TURNS or len(self.model_dump_json()) > _FULL

    def on(self, channel: ChannelName) -> "TriedTalk":
        """The talk on another channel, as long as nothing has been said."""
        return self if self.turns else self.model_copy(update={"channel": channel})

    def with_turn(self, turn: TriedTurn) -> "TriedTalk":
        """The talk with one turn more."""
        return self.model_copy(update={"turns": (*self.turns, turn)})

    def pressed(self, button: str) -> TriedTurn | None:
        """The turn that pressing a button is; `button` is its turn, side and id, None where that was never offered."""
        number, _, rest = button.partition(" ")
        side, _, key = rest.partition(" ")
        if not (number.isdecimal() and int(number) < len(self.turns) and side in set(Side)):
            return None
        offered = self.turns[int(number)].buttons(Side(side)).get(key)
        return TriedTurn(text=offered.title, choice=key.removeprefix(TOPIC_PREFIX)) if offered else None

    def requests(self, turn: TriedTurn, side: Side) -> list[DialogueRequest]:
        """What a bot is asked in a turn, after what it was asked in the turns before."""
        language: Language | None = None
        found = []
        for each in (*self.turns, turn):
            found.append(self._request(each, language))
            answer = each.answer(side)
            language = answer.understood.language if answer else language
        return found

    def state(self, language: str) -> tuple[str, ...]:
        """What is known from the words so far, as officers read it of a conversation; by the draft where it answers."""
        answers = (turn.answer(side) for turn in reversed(self.turns) for side in Side)
        latest = next((answer for answer in answers if answer), None)
        parts = known_parts(told_of(latest)) if latest else ()
        in_order = sorted(parts, key=lambda each: each[0] == ToldPart.CONSENT)
        return tuple(state_words(language, part, values) for part, values in in_order)

    def _request(self, turn: TriedTurn, language: Language | None) -> DialogueRequest:
        return DialogueRequest(
            conversation_id=self.conversation_id,
            channel=self.channel,
            text=None if turn.choice else turn.text,
            choice=turn.choice or None,
            title=turn.text,
            language=language,
            scam_check=turn.scam_check,
        )


def told_of(answer: DialogueAnswer) -> Told:
    """What an engine knows after a message, as a conversation would keep it."""
    state = answer.understood.state
    danger, officer = next(_values(state, "danger"), ""), next(_values(state, "officer"), "")
    known = DangerState(danger) if danger in set(DangerState) else DangerState.NONE
    return Told(
        danger=DangerState.NOW if answer.understood.danger else known,
        consent=Consent(officer) if officer in set(Consent) else Consent.NONE,
        watched="yes" in _values(state, "watched"),
        facts={part: tuple(_values(state, part)) for part in FACTS if part in state},
    )


def _values(state: Mapping[str, Slot], name: str) -> Iterator[str]:
    value = state[name].value if name in state else ()
    yield from (value,) if isinstance(value, str) else value


async def kept_talk(session: AsyncSession, keyring: Keyring, account: str) -> TriedTalk:
    """The editor's talk as far as it has come; a new one where there is none, or it has ended."""
    found = await unsaved.kept(session, keyring, account, TRIED_TALK)
    if found is None or found.saved_at < now() - TALK_KEPT:
        return TriedTalk()
    try:
        return TriedTalk.model_validate_json(found.fields["talk"][0])
    except (LookupError, ValidationError):
        return TriedTalk()  # of an earlier version


async def keep_talk(session: AsyncSession, keyring: Keyring, account: str, talk: TriedTalk) -> None:
    """Keep the talk for the editor's next turn. Raises `ContentRefused` for too much."""
    await unsaved.keep(session, keyring, account, TRIED_TALK, {"talk": [talk.model_dump_json()]})


async def end_talk(session: AsyncSession, account: str) -> None:
    """Forget the editor's talk."""
    await unsaved.forget(session, account, TRIED_TALK)
