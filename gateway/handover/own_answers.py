"""Handover: ready answers that officers write for themselves, and the variables in them."""

import datetime as dt
import json
import re
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Executable, delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from answers.problems import NotRenderable
from gateway.accounts.events import PersonLeft
from gateway.accounts.models import StaffPerson
from gateway.core.crypto import seal, unseal
from gateway.core.database import now
from gateway.core.keyring import Keyring
from gateway.core.lines import Lines
from gateway.core.locale import LANGUAGES, Language
from gateway.handover.errors import HandoverTextRefused
from gateway.handover.models import OwnAnswer

MAX_ANSWERS = 100  # of one officer
MAX_TITLE = 60
MAX_TEXT = 4096
_CONTEXT = "own_answer.content"
_VARIABLE = re.compile(r"\{([^{}\n]{1,60})\}")


@dataclass(frozen=True)
class WrittenAnswer:
    """One of an officer's own ready answers."""

    id: uuid.UUID
    language: Language
    title: str
    text: str
    updated_at: dt.datetime


async def own_answers(
    session: AsyncSession, keyring: Keyring, person_id: uuid.UUID, language: str | None = None
) -> Sequence[WrittenAnswer]:
    """The officer's answers, by title; only those in `language` where one is given."""
    wanted = select(OwnAnswer).where(OwnAnswer.person_id == person_id)
    rows = (await session.scalars(wanted if language is None else wanted.where(OwnAnswer.language == language))).all()
    if not rows:
        return []
    key = keyring.unwrap((await session.get_one(StaffPerson, person_id)).wrapped_key)
    opened = [(row, json.loads(unseal(key, row.content_sealed, _CONTEXT))) for row in rows]
    found = [WrittenAnswer(row.id, row.language, each["title"], each["text"], row.updated_at) for row, each in opened]
    return sorted(found, key=lambda each: (each.title.casefold(), each.id))


async def keep_answer(
    session: AsyncSession, keyring: Keyring, person_id: uuid.UUID, answer_id: uuid.UUID | None,
    language: str, title: str, text: str,
) -> None:  # fmt: skip
    """Keep a new answer of this officer, or change theirs with this id; one that is gone is made anew.

    Raises `HandoverTextRefused` for an empty or too long one, and for one too many.
    """
    title, text = " ".join(title.split()), text.strip()
    if not (0 < len(title) <= MAX_TITLE and 0 < len(text) <= MAX_TEXT):
        raise HandoverTextRefused("own_answer_empty", title=MAX_TITLE, text=MAX_TEXT)
    if language not in LANGUAGES:
        raise HandoverTextRefused("own_answer_language")
    person = await session.get_one(StaffPerson, person_id, with_for_update=True)
    row = await _own(session, person_id, answer_id) if answer_id is not None else None
    if row is None:
        count = await session.scalar(select(func.count()).where(OwnAnswer.person_id == person_id))
        if (count or 0) >= MAX_ANSWERS:
            raise HandoverTextRefused("own_answers_full", most=MAX_ANSWERS)
        row = OwnAnswer(person_id=person_id)
        session.add(row)
    content = json.dumps({"title": title, "text": text}, ensure_ascii=False)
    row.language, row.updated_at = Language(language), now()
    row.content_sealed = seal(keyring.unwrap(person.wrapped_key), content, _CONTEXT)


async def delete_answer(session: AsyncSession, person_id: uuid.UUID, answer_id: uuid.UUID) -> None:
    """Delete an answer of this officer; nobody else's."""
    await session.execute(delete(OwnAnswer).where(OwnAnswer.id == answer_id, OwnAnswer.person_id == person_id))


async def on_person_left(session: AsyncSession, event: PersonLeft) -> Sequence[Executable]:
    """Keep no answers of who has left."""
    return [delete(OwnAnswer).where(OwnAnswer.person_id == event.person_id)]


async def _own(session: AsyncSession, person_id: uuid.UUID, answer_id: uuid.UUID) -> OwnAnswer | None:
    wanted = select(OwnAnswer).where(OwnAnswer.id == answer_id, OwnAnswer.person_id == person_id)
    found: OwnAnswer | None = await session.scalar(wanted)
    return found


def filled(text: str, values: Mapping[str, str], lines: Lines, language: str) -> str:
    """The text with the variables that are known now; the others stay, for the officer to fill in.

    `values` come first; else a contact of the published ones, `{emergency_112.phone}`.
    """

    def value(match: re.Match[str]) -> str:
        if match.group(1) in values:
            return values[match.group(1)]
        try:
            return lines.render(match.group(), language)
        except NotRenderable:
            return match.group()

    return _VARIABLE.sub(value, text)
