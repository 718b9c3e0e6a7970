"""Referrals, the service: editors create and retire referral links; every change is recorded in the audit log."""

from collections.abc import Sequence

from sqlalchemy import exists, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.core.audit_context import Actor, Record
from gateway.core.database import now
from gateway.core.errors import GatewayError
from gateway.referrals.codes import is_referral_code, random_code
from gateway.referrals.models import LinkKind, ReferralLink

LONGEST_NAME = 60


class ReferralLinkRefused(GatewayError):
    """The form is invalid; `why` is the key of the message for the editor (`wording.REFUSED`)."""

    status = 422

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class NoSuchReferralLink(GatewayError):
    """No referral link has this code."""

    status = 404


async def create(session: AsyncSession, actor: Actor, name: str, kind: str, record: Record) -> ReferralLink:
    """Create a referral link with a new random code. Raises `ReferralLinkRefused`."""
    name = " ".join(name.split())
    if not 0 < len(name) <= LONGEST_NAME:
        raise ReferralLinkRefused("refused_name")
    if kind not in LinkKind:
        raise ReferralLinkRefused("refused_kind")
    if await session.scalar(select(exists().where(func.lower(ReferralLink.name) == name.lower()))):
        raise ReferralLinkRefused("refused_taken")
    code = random_code()
    while await is_referral_code(session, code):
        code = random_code()
    referral = ReferralLink(
        code=code, name=name, kind=LinkKind(kind), actor_id=actor.id, actor_name=actor.name, created_at=now()
    )
    session.add(referral)
    await session.flush()
    await record(session, actor, "referral.created", f"referral {code}", {"kind": kind})
    return referral


async def retire(session: AsyncSession, actor: Actor, code: str, *, retired: bool, record: Record) -> None:
    """Retire a link, or restore it; a retired one still works and is counted. Raises `NoSuchReferralLink`."""
    referral = await get(session, code)
    if (referral.retired_at is not None) == retired:
        return  # submitted twice
    referral.retired_at = now() if retired else None
    await record(session, actor, "referral.retired" if retired else "referral.restored", f"referral {code}", {})


async def get(session: AsyncSession, code: str) -> ReferralLink:
    """The referral link with this code. Raises `NoSuchReferralLink`."""
    found: ReferralLink | None = await session.scalar(select(ReferralLink).where(ReferralLink.code == code))
    if found is None:
        raise NoSuchReferralLink(code)
    return found


async def list_all(session: AsyncSession) -> Sequence[ReferralLink]:
    """All referral links, the newest first."""
    return (
        await session.scalars(select(ReferralLink).order_by(ReferralLink.created_at.desc(), ReferralLink.id.desc()))
    ).all()


async def names_by_code(session: AsyncSession) -> dict[str, str]:
    """The name of every referral link, by its code."""
    return {referral.code: referral.name for referral in await session.scalars(select(ReferralLink))}
