"""Content, approvals (four eyes), item by item: each text is read by somebody else than who wrote it.

Of two editors who changed two languages of one answer, each approves the other's: then the item is approved.
"""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.content.errors import ChangedMeanwhile, ContentRefused
from gateway.content.models import ContentApproval, ContentReview
from gateway.content.repository.git import BY_HAND, Editor
from gateway.content.repository.items import Item, Place
from gateway.core.database import now


class ReviewState(StrEnum):
    """How far an item has come; what needs no approval is `APPROVED` from the beginning."""

    DRAFT = "draft"
    IN_REVIEW = "in_review"
    APPROVED = "approved"


@dataclass(frozen=True)
class Approval:
    """Who read an item, and when."""

    account: str
    name: str
    at: dt.datetime


@dataclass(frozen=True)
class Reviewed:
    """An item with who asked for its approval, and who gave it."""

    item: Item
    asked_by: str
    approvals: tuple[Approval, ...]

    @property
    def missing(self) -> list[Place]:
        """The places that nobody but their author has read."""
        readers = {each.account for each in self.approvals}
        return [place for place in self.item.to_approve if not readers - {_author(self.item, place)}]

    @property
    def state(self) -> ReviewState:
        """See `ReviewState`."""
        if not self.missing:
            return ReviewState.APPROVED
        return ReviewState.IN_REVIEW if self.asked_by else ReviewState.DRAFT

    def may_approve(self, account: str) -> bool:
        """Whether this account's approval would cover something that is missing."""
        return any(_author(self.item, place) != account for place in self.missing)


async def reviewed(session: AsyncSession, items: Iterable[Item]) -> list[Reviewed]:
    """The items with their approvals."""
    wanted = list(items)
    prints = [each.fingerprint for each in wanted]
    asked = await session.scalars(select(ContentReview).where(ContentReview.fingerprint.in_(prints)))
    asked_by = {(each.item, each.fingerprint): each.name for each in asked}
    given: dict[tuple[str, str], list[Approval]] = {}
    rows = select(ContentApproval).where(ContentApproval.fingerprint.in_(prints)).order_by(ContentApproval.approved_at)
    for row in await session.scalars(rows):
        given.setdefault((row.item, row.fingerprint), []).append(Approval(row.account, row.name, row.approved_at))
    keys = [(each.key, each.fingerprint) for each in wanted]
    return [
        Reviewed(item, asked_by.get(key, ""), tuple(given.get(key, ()))) for item, key in zip(wanted, keys, strict=True)
    ]


async def count_awaited(session: AsyncSession, items: Iterable[Item], account: str) -> int:
    """Of how many somebody has asked for an approval that this account can give."""
    return sum(
        each.state == ReviewState.IN_REVIEW and each.may_approve(account) for each in await reviewed(session, items)
    )


async def any_asked(session: AsyncSession) -> bool:
    """Whether anybody has ever asked: mostly not, and then nothing is compared."""
    return (await session.scalars(select(ContentReview.item).limit(1))).first() is not None


async def ask_for_review(session: AsyncSession, items: Sequence[Item], editor: Editor) -> None:
    """Tell the other editors that these are ready to be read."""
    for each in await reviewed(session, items):
        if not each.asked_by:
            key = {"item": each.item.key, "fingerprint": each.item.fingerprint}
            session.add(ContentReview(**key, account=editor.account[:64], name=editor.name[:128], asked_at=now()))


async def approve(session: AsyncSession, items: Sequence[Item], editor: Editor) -> list[Item]:
    """Approve items; those of which there was something to approve.

    Raises `ChangedMeanwhile` (409) where everything that is missing was written by this editor.
    """
    account, approved = signed_account(editor), []
    for each in await reviewed(session, items):
        if not each.missing:
            continue
        if not each.may_approve(account):
            raise ChangedMeanwhile("own_change")
        if all(given.account != account for given in each.approvals):
            key = {"item": each.item.key, "fingerprint": each.item.fingerprint, "account": account[:64]}
            session.add(ContentApproval(**key, name=editor.name[:128], approved_at=now()))
        approved.append(each.item)
    return approved


async def require_approval(session: AsyncSession, items: Iterable[Item]) -> None:
    """Raises `ContentRefused` when one of them is not approved."""
    missing = [each for each in await reviewed(session, items) if each.missing]
    if missing:
        raise ContentRefused("needs_approval", count=len(missing))


def signed_account(editor: Editor) -> str:
    """The account as the history has it."""
    return editor.signature().decode().partition(" <")[2].partition("@")[0]


def _author(item: Item, place: Place) -> str:
    """Who wrote a text; nobody, where it was edited by hand: then anybody may approve it."""
    author = item.authors.get(place)
    return "" if author is None or author.account == BY_HAND.account else author.account
