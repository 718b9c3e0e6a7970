"""The API, what it answers: the typed models from which the OpenAPI document is made."""

import datetime as dt
import uuid

from pydantic import BaseModel, Field

from gateway.bulletins.states import BulletinStatus
from gateway.conversations.kinds import ChannelName, ConversationState
from gateway.core.locale import Language


class Refusal(BaseModel):
    """Why a request was refused, in one English sentence."""

    error: str


class Count(BaseModel):
    """A part of a measure and how many people it counts, in whole steps."""

    name: str
    count: int


class Figures(BaseModel):
    """What the service did in one whole month, rounded as on the public page `/figures`."""

    month: str = Field(description="For example 2026-10.")
    step: int = Field(description="Counts of people are told in steps of so many; nobody can be singled out.")
    messages_step: int = Field(description="The same for messages.")
    people: int
    messages: int
    handed_over: int
    languages: list[Count]
    channels: list[Count]
    topics: list[Count] = Field(description="By topic id, the largest first; a topic below a step is not named.")
    danger: list[Count]


class BulletinOut(BaseModel):
    """A notice of the police, as the public page shows it."""

    id: uuid.UUID
    status: BulletinStatus
    title: str
    text: str
    places: list[str]
    starts_at: dt.datetime
    ends_at: dt.datetime
    published_at: dt.datetime
    changed_at: dt.datetime


class Queue(BaseModel):
    """How much waits for officers now."""

    waiting: int = Field(description="Conversations that wait for an officer.")
    waiting_emergency: int = Field(description="Of these, with danger now.")
    waiting_crisis: int = Field(description="Of these, in a crisis.")
    longest_wait_seconds: int = Field(description="Since the oldest unanswered message; 0 where nobody waits.")
    with_officers: int = Field(description="Conversations that an officer has.")
    officers_on_duty: int


class ConversationOut(BaseModel):
    """A conversation by its random id; never its words, its citizen or its officer."""

    id: uuid.UUID
    state: ConversationState
    channel: ChannelName
    language: Language | None


class Conversations(BaseModel):
    """A part of the list of conversations, in the order of their ids, which says nothing of when they began."""

    conversations: list[ConversationOut]
    after: uuid.UUID | None = Field(description="Give it as `after` for the next part; null at the end.")
