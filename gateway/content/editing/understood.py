"""Content, what the bot in use makes of a text: for typed lines, and for missed messages after a publishing."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import httpx2
from sqlalchemy import or_, select, update

from gateway.content.editing.feedback_inbox import missed
from gateway.content.models import MissedMessage
from gateway.core.config.settings import Settings
from gateway.core.database import Database
from gateway.core.keyring import Keyring
from gateway.core.tls import ssl_context

_PATIENCE: Final = 5.0
# Of the processor of the live bot: citizens come first.
_AT_ONCE: Final = 2
_MOST_AT_A_TIME: Final = 200


@dataclass(frozen=True)
class Understood:
    """A topic with how sure the bot is of it, 0 to 1, and the next one."""

    topic: str
    confidence: float
    next_topic: str = ""
    next_confidence: float = 0.0


async def understood(settings: Settings, texts: Sequence[str]) -> list[Understood | None]:
    """What the bot in use takes each text for; None where it does not answer."""
    gate = asyncio.Semaphore(_AT_ONCE)
    timeout = httpx2.Timeout(_PATIENCE, connect=1.0)
    async with httpx2.AsyncClient(timeout=timeout, verify=ssl_context(), trust_env=False) as client:

        async def ask(text: str) -> Understood | None:
            async with gate:
                try:
                    answer = await client.post(
                        f"{settings.rasa_urls[0]}/model/parse",
                        params={"token": settings.rasa_token.get_secret_value()},
                        json={"text": text},
                    )
                    ranking = answer.json()["intent_ranking"] if answer.is_success else []
                except (httpx2.HTTPError, ValueError, KeyError):
                    return None
            pairs = [(str(each["name"]), float(each["confidence"])) for each in ranking[:2]]
            return Understood(*pairs[0], *(pairs[1] if len(pairs) > 1 else ("", 0.0))) if pairs else None

        return await asyncio.gather(*map(ask, texts))


async def ask_again(database: Database, keyring: Keyring, settings: Settings, release: int) -> None:
    """Put missed messages to the bot that has gone live since they were asked; some at a time."""
    newer = or_(MissedMessage.asked_release.is_(None), MissedMessage.asked_release != release)
    async with database.transaction() as session:
        wanted = set(await session.scalars(select(MissedMessage.id).where(newer).limit(_MOST_AT_A_TIME)))
        waiting = [each for each in await missed(session, keyring) if each.id in wanted]
    answers = await understood(settings, [each.text for each in waiting])
    async with database.transaction() as session:
        for message, found in zip(waiting, answers, strict=True):
            if found is not None:
                values = {"now_topic": found.topic[:64], "now_confidence": found.confidence, "asked_release": release}
                await session.execute(update(MissedMessage).where(MissedMessage.id == message.id).values(**values))
