"""Content, approvals (four eyes): nobody alone approves an answer or contact that they changed."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from answers.privacy import PRIVACY
from answers.scam_texts import TEXTS_FILE
from answers.senders import SENDERS_FILE
from gateway.content.errors import ChangedMeanwhile, ContentRefused
from gateway.content.models import ContentApproval
from gateway.content.repository.contacts import CONTACTS, LINES
from gateway.content.repository.git import BY_HAND, Editor
from gateway.content.repository.topics import ANSWERS
from gateway.content.repository.working_copy import WorkingCopy
from gateway.core.database import now


@dataclass(frozen=True)
class ToApprove:
    """What a second pair of eyes must see: the files that citizens read, and the accounts that changed them."""

    commit: str
    paths: tuple[str, ...]
    authors: frozenset[str]


def to_approve(copy: WorkingCopy, live: str, commit: str) -> ToApprove:
    """What has changed of answers, contacts, senders, lines and the privacy notice between the live commit and another.

    Before the first publishing, the first commit (the project's own words) stands for the live one.
    """
    base = live or copy.history(limit=100_000)[-1].id
    paths = tuple(
        each.path
        for each in copy.compare(base, commit)
        if each.path.startswith(ANSWERS) or each.path in (CONTACTS, LINES, PRIVACY, SENDERS_FILE, TEXTS_FILE)
    )
    authors = frozenset(each.account for each in copy.since(base)) - {BY_HAND.account}
    return ToApprove(commit, paths, authors)


async def approve(session: AsyncSession, wanted: ToApprove, editor: Editor) -> None:
    """Approve a commit. Raises `ChangedMeanwhile` (409) for somebody who changed something of it."""
    if signed_account(editor) in wanted.authors:
        raise ChangedMeanwhile("own_change")
    if await session.get(ContentApproval, (wanted.commit, editor.account)) is None:
        session.add(
            ContentApproval(
                commit=wanted.commit, account=editor.account[:64], name=editor.name[:128], approved_at=now()
            )
        )


async def require_approval(session: AsyncSession, wanted: ToApprove) -> None:
    """Raises `ContentRefused` when something must be approved and nobody but its authors has."""
    if not wanted.paths:
        return
    approved = set(
        await session.scalars(select(ContentApproval.account).where(ContentApproval.commit == wanted.commit))
    )
    if not approved - wanted.authors:
        raise ContentRefused("needs_approval", count=len(wanted.paths))


def signed_account(editor: Editor) -> str:
    """The account as the history has it."""
    return editor.signature().decode().partition(" <")[2].partition("@")[0]
