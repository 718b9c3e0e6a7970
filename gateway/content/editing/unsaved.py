"""Content, unsaved forms: what an editor has typed on a page is kept until it is saved, across a lock and a sign-in.

The talk of the page "Try it" is kept in the same way, and not as long (`tried_talk.py`).
"""

import datetime as dt
import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from sqlalchemy import and_, delete, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.accounts.models import StaffPerson
from gateway.accounts.people import open_name
from gateway.content.errors import ContentRefused
from gateway.content.models import UnsavedForm
from gateway.core.crypto import new_key, seal, unseal
from gateway.core.database import now
from gateway.core.keyring import Keyring

# So long may somebody be away from what they began to write.
KEPT: Final = dt.timedelta(days=14)
# The page whose talk is kept; and how long after its last turn: less than engines remember one (an hour).
TRIED_TALK: Final = "/content/try"
TALK_KEPT: Final = dt.timedelta(minutes=50)
# Who has typed on a page within this time writes on it now.
WRITES_NOW: Final = dt.timedelta(minutes=5)
_FIELDS: Final = "content_unsaved_form.fields"
_LONGEST: Final = 200_000

Fields = Mapping[str, list[str]]


@dataclass(frozen=True)
class Unsaved:
    """The fields of a form by name, as they were at a moment."""

    fields: Fields
    saved_at: dt.datetime


async def keep(session: AsyncSession, keyring: Keyring, account: str, page: str, fields: Fields) -> None:
    """Keep the fields of a page in place of what was kept of it. Raises `ContentRefused` for too much."""
    text = json.dumps(dict(fields), ensure_ascii=False)
    if len(text) > _LONGEST:
        raise ContentRefused("too_much_to_keep")
    key = new_key()
    row = await session.get(UnsavedForm, (account, page)) or UnsavedForm(account=account, page=page)
    row.wrapped_key, row.fields_sealed, row.saved_at = keyring.wrap(key), seal(key, text, _FIELDS), now()
    session.add(row)


async def kept(session: AsyncSession, keyring: Keyring, account: str, page: str) -> Unsaved | None:
    """What was kept of a page; None when there is nothing."""
    row = await session.get(UnsavedForm, (account, page))
    if row is None:
        return None
    text = unseal(keyring.unwrap(row.wrapped_key), row.fields_sealed, _FIELDS).decode()
    return Unsaved(json.loads(text), row.saved_at)


async def others(session: AsyncSession, keyring: Keyring, account: str, page: str) -> list[str]:
    """The names of the other editors who write on a page now; nothing of what they write."""
    wanted = select(UnsavedForm.account).where(
        UnsavedForm.page == page, UnsavedForm.account != account, UnsavedForm.saved_at > now() - WRITES_NOW
    )
    found = [await session.get(StaffPerson, uuid.UUID(each)) for each in await session.scalars(wanted)]
    return sorted(open_name(keyring, person) for person in found if person is not None)


async def forget(session: AsyncSession, account: str, page: str) -> None:
    """The page was saved, or its editor does not want it back."""
    await session.execute(delete(UnsavedForm).where(UnsavedForm.account == account, UnsavedForm.page == page))


async def forget_old(session: AsyncSession) -> None:
    """Delete what nobody has come back to, and talks that have ended."""
    ended = and_(UnsavedForm.page == TRIED_TALK, UnsavedForm.saved_at < now() - TALK_KEPT)
    await session.execute(delete(UnsavedForm).where(or_(ended, UnsavedForm.saved_at < now() - KEPT)))
