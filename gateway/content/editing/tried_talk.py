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
from gateway.content.editing.tried_officer import (
    GIVEN_BACK,
    JOINED,
    NOBODY_ON_DUTY,
    NOBODY_READS,
    OfficerState,
    begins_anew,
    given_state,
    is_open_after,
)
from gateway.content.editing.tried_role import Role
from gateway.content.editing.unsaved import TALK_KEPT, TRIED_TALK
from gateway.conversations.kinds import ChannelName
from gateway.conversations.told import FACTS, Consent, DangerState, Told, ToldPart
from gateway.conversations.told_wording import known_parts, state_words
from gateway.core.database import now
from gateway.core.keyring import Keyring
from gateway.core.locale import Language
from gateway.dialogue.compose import OFFICER_TOPIC, TOPIC_PREFIX
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
    officer: OfficerState = OfficerState.AS_TOLD
    on_duty: bool = True
    role: Role | None = None  # what the words are to tell, where they are ours
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

    @property
    def is_for_officer(self) -> bool:
        """Whether an officer has the talk, so that no bot answers."""
        return self.officer == OfficerState.ANSWERS


class TriedTalk(BaseModel):
    """The turns of a talk, the oldest first."""

    model_config = ConfigDict(frozen=True)

    id: str = Field(default_factory=lambda: uuid.uuid4().hex, pattern="^[0-9a-f]{32}$")
    turns: tuple[TriedTurn, ...] = Field(default=(), max_length=MOST_TURNS)
    channel: ChannelName = ChannelName.WHATSAPP

    @property
    def conversation_id(self) -> str:
        """What the engines know it by at first; a citizen's conversation is a bare UUID."""
        return f"try-{self.id}"

    @property
    def conversation_ids(self) -> tuple[str, ...]:
        """What the engines know each turn by: after an officer a dialogue of its own begins."""
        begun, before, found = 0, None, []
        for turn in self.turns:
            begun += begins_anew(before, turn.officer)
            before = turn.officer
            found.append(f"{self.conversation_id}-{begun}" if begun else self.conversation_id)
        return tuple(found)

    @property
    def on_duty(self) -> bool:
        """Whether an officer is on duty, as the editor said last."""
        return self.turns[-1].on_duty if self.turns else True

    @property
    def is_with_officer(self) -> bool:
        """Whether an officer had it at the last turn."""
        return bool(self.turns) and self.turns[-1].is_for_officer

    @property
    def role(self) -> str:
        """As whom the citizen writes, as the draft or else the published bot understood it; "" where nobody knows."""
        latest = self._latest()
        return next(iter(told_of(latest).facts.get(ToldPart.ROLE, ())), "") if latest else ""

    @property
    def role_not_taken(self) -> Role | None:
        """The role that our own sentence told in the last turn and the bot does not believe."""
        wanted = self.turns[-1].role if self.turns else None
        return wanted if wanted and self.role != wanted and self._latest() else None

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
        found: list[DialogueRequest] = []
        whole = self.with_turn(turn)
        for each, conversation_id in zip(whole.turns, whole.conversation_ids, strict=True):
            if not each.is_for_officer:
                before = found[-1].title if found and found[-1].conversation_id == conversation_id else None
                found.append(self._request(each, conversation_id, language, before))
            answer = each.answer(side)
            language = answer.understood.language if answer else language
        return [each for each in found if each.conversation_id == found[-1].conversation_id]

    def language(self, otherwise: Language) -> Language:
        """In which language the bot answered last."""
        latest = self._latest()
        return latest.understood.language if latest else otherwise

    def lines_before(self, number: int) -> tuple[str, ...]:
        """Which lines of the service stand before a turn's answer: that an officer comes, or has gone."""
        turn, before = self.turns[number], self.turns[number - 1] if number else None
        if turn.officer == OfficerState.GIVEN_BACK:
            return (GIVEN_BACK,)
        return (JOINED,) if turn.is_for_officer and not (before and before.is_for_officer) else ()

    def lines_after(self, number: int, side: Side) -> tuple[str, ...]:
        """Which stand after it where nobody is on duty: once for a request, and once for danger."""
        is_open = was_in_danger = False
        found: tuple[str, ...] = ()
        for turn in self.turns[: number + 1]:
            answer = turn.answer(side)
            consent = told_of(answer).consent if answer else None
            was_open = is_open_after(is_open, turn.officer, None)
            is_open = is_open_after(is_open, turn.officer, consent)
            is_in_danger = bool(answer and answer.understood.danger)
            asks = bool(answer) and OFFICER_TOPIC in (answer.understood.topic if answer else "", turn.choice)
            anew = asks and is_open and not was_open
            found = (NOBODY_ON_DUTY,) if anew else (NOBODY_READS,) if is_in_danger and not was_in_danger else ()
            was_in_danger = was_in_danger or is_in_danger
        return () if self.turns[number].on_duty else found

    def state(self, language: str) -> tuple[str, ...]:
        """What is known from the words so far, as officers read it of a conversation; by the draft where it answers."""
        latest = self._latest()
        parts = known_parts(told_of(latest)) if latest else ()
        in_order = sorted(parts, key=lambda each: each[0] == ToldPart.CONSENT)
        return tuple(state_words(language, part, values) for part, values in in_order)

    def _latest(self) -> DialogueAnswer | None:
        """The latest answer: of the draft, or where it was away of the published bot."""
        answers = (turn.answer(side) for turn in reversed(self.turns) for side in Side)
        return next((answer for answer in answers if answer), None)

    def _request(
        self, turn: TriedTurn, conversation_id: str, language: Language | None, before: str | None
    ) -> DialogueRequest:
        return DialogueRequest(
            conversation_id=conversation_id,
            channel=self.channel,
            text=None if turn.choice else turn.text,
            choice=turn.choice or None,
            title=turn.text,
            language=language,
            state=given_state(turn.officer),
            scam_check=turn.scam_check,
            before=None if turn.choice else before,
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
