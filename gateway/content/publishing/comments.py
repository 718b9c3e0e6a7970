"""Content, comments: what editors say to each other of an item that waits, until it goes live.

A comment decides nothing: who has read it mends the text, and the next approval is of the mended one.
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.content.errors import ContentRefused
from gateway.content.models import ContentComment
from gateway.content.repository.git import Editor
from gateway.content.repository.items import Item
from gateway.core.crypto import new_key, seal, unseal
from gateway.core.database import now
from gateway.core.keyring import Keyring

# Longer than any item waits; then nobody reads it any more.
KEPT: Final = dt.timedelta(days=90)
LONGEST: Final = 2_000
_TEXT: Final = "content_comment.text"


@dataclass(frozen=True)
class Comment:
    """What somebody has said; `of_this_text`: of the text as it stands, not of one before."""

    name: str
    at: dt.datetime
    text: str
    of_this_text: bool


async def say(session: AsyncSession, keyring: Keyring, item: Item, editor: Editor, text: str) -> None:
    """Add a comment to an item. Raises `ContentRefused` for an empty one."""
    clean = text.replace("\r\n", "\n").strip()[:LONGEST]
    if not clean:
        raise ContentRefused("nothing_written")
    key = new_key()
    session.add(
        ContentComment(
            item=item.key[:128],
            round=item.round,
            fingerprint=item.fingerprint,
            account=editor.account[:64],
            name=editor.name[:128],
            said_at=now(),
            wrapped_key=keyring.wrap(key),
            text_sealed=seal(key, clean, _TEXT),
        )
    )


async def comments_of(session: AsyncSession, keyring: Keyring, items: Iterable[Item]) -> dict[str, list[Comment]]:
    """What was said of each item, by its key, the earliest first."""
    known = {(each.key[:128], each.round): each for each in items}
    wanted = select(ContentComment).where(ContentComment.round.in_([own for _, own in known]))
    found: dict[str, list[Comment]] = {}
    for row in await session.scalars(wanted.order_by(ContentComment.said_at)):
        item = known.get((row.item, row.round))
        if item is not None:
            text = unseal(keyring.unwrap(row.wrapped_key), row.text_sealed, _TEXT).decode()
            made = Comment(row.name, row.said_at, text, row.fingerprint == item.fingerprint)
            found.setdefault(item.key, []).append(made)
    return found


async def forget_old(session: AsyncSession) -> None:
    """Delete what was said of items that are long live or gone."""
    await session.execute(delete(ContentComment).where(ContentComment.said_at < now() - KEPT))
