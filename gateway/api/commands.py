"""The API, commands: an operator makes, lists and revokes tokens, and says where events are sent."""

import argparse
import asyncio
import uuid
from typing import Final
from urllib.parse import urlsplit

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.accounts import audit
from gateway.api import deliver, tokens
from gateway.api.kinds import Scope, WebhookEvent
from gateway.api.models import ApiToken, ApiWebhook
from gateway.api.webhooks import shown_secret
from gateway.core.config.settings import Settings
from gateway.core.crypto import DataKeys
from gateway.core.database import Database, now
from gateway.core.errors import GatewayError
from gateway.core.keyring import Keyring

_LONGEST_URL: Final = 500


def run(settings: Settings, arguments: argparse.Namespace) -> int:
    """Run `api-token` or `api-webhook`; returns the exit status."""
    try:
        print(asyncio.run(_run(settings, arguments)))
    except (GatewayError, ValueError) as error:
        print(f"neuvo: {error}")
        return 1
    return 0


async def _run(settings: Settings, arguments: argparse.Namespace) -> str:
    database, keyring = Database(settings.database_url), Keyring(DataKeys(settings.data_key.get_secret_value()))
    try:
        async with database.transaction() as session:
            await keyring.load(session)
        async with database.transaction() as session:  # the keyring's keys are usable once they are committed
            if arguments.command == "api-token":
                return await _token(session, keyring, arguments)
            return await _webhook(session, settings, arguments)
    finally:
        await database.close()


async def _token(session: AsyncSession, keyring: Keyring, arguments: argparse.Namespace) -> str:
    if arguments.what == "add":
        scopes = [Scope(each) for each in arguments.scopes]
        row, token = await tokens.make(session, keyring, arguments.name, scopes, arguments.days)
        return f"{token}\nShown once; it ends {row.ends_at:%Y-%m-%d}. To revoke it: api-token revoke {row.id}"
    if arguments.what == "revoke":
        if not await tokens.revoke(session, uuid.UUID(arguments.id)):
            raise ValueError("There is no such token, or it has been revoked before.")
        return "Revoked."
    return "\n".join(map(_described, await tokens.every(session))) or "There are no tokens."


def _described(row: ApiToken) -> str:
    over = "revoked" if row.revoked_at else "expired" if row.ends_at <= now() else f"until {row.ends_at:%Y-%m-%d}"
    used = f"used {row.used_at:%Y-%m-%d}" if row.used_at else "never used"
    return f"{row.id}  {over}, {used}  {row.name}: {' '.join(row.scopes)}"


async def _webhook(session: AsyncSession, settings: Settings, arguments: argparse.Namespace) -> str:
    if arguments.what == "add":
        row = await _make_webhook(session, settings, arguments.url, arguments.events)
        return (
            f"{shown_secret(settings, row.id)}\nThe secret of its signatures. To remove it: api-webhook remove {row.id}"
        )
    if arguments.what == "remove":
        if not await deliver.remove(session, uuid.UUID(arguments.id)):
            raise ValueError("There is no such webhook.")
        await audit.record(session, "operator", "api_webhook_removed", arguments.id)
        return "Removed; what was still to be sent there is gone."
    rows = await session.scalars(select(ApiWebhook).order_by(ApiWebhook.created_at))
    return "\n".join(f"{row.id}  {row.url}: {row.events}" for row in rows) or "There are no webhooks."


async def _make_webhook(session: AsyncSession, settings: Settings, url: str, events: list[str]) -> ApiWebhook:
    address = urlsplit(url)
    schemes = ("https",) if settings.environment == "production" else ("https", "http")
    if address.scheme not in schemes or not address.hostname or address.username or len(url) > _LONGEST_URL:
        raise ValueError(f"A webhook needs an address that begins with {schemes[0]}://, without a password in it.")
    wanted = sorted({WebhookEvent(each) for each in events})
    row = ApiWebhook(id=uuid.uuid4(), url=url, events=" ".join(wanted), created_at=now())
    session.add(row)
    details = {"host": address.hostname, "events": wanted}
    await audit.record(session, "operator", "api_webhook_made", str(row.id), details)
    return row
