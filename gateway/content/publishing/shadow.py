"""Content, shadow run: the new bot beside the live one on citizens' masked messages; off by default, told as figures.

Nobody is answered by it, and no text of it is kept, shown or written to a disk: messages go from the database through a
pipe into a process of the lowest priority, and what comes back are counts.
"""

import json
from pathlib import Path
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.content.persons import without_persons
from gateway.content.publishing.rasa_process import RASA, watched
from gateway.conversations.kinds import MessageKind
from gateway.conversations.models import Conversation, Message
from gateway.core.crypto import DataKeys, unseal
from gateway.core.database import Database
from gateway.core.keyring import Keyring

# Fewer messages would say something of single people.
FEWEST: Final = 50


async def masked_texts(session: AsyncSession, keyring: Keyring, count: int) -> list[str]:
    """The latest texts of citizens, masked as they are stored, and without the persons that can be found in them."""
    rows = await session.execute(
        select(Message.content_sealed, Conversation.wrapped_key)
        .join(Conversation, Conversation.id == Message.conversation_id)
        .where(Message.kind == MessageKind.TEXT, Message.content_sealed.is_not(None), Message.turn_id.is_not(None))
        .order_by(Message.id.desc())
        .limit(count)
    )
    found = []
    for sealed, wrapped in rows:
        content = json.loads(unseal(keyring.unwrap(wrapped), sealed or b"", "message.content"))
        if text := str(content.get("text") or "").strip():
            found.append(without_persons(text))
    return found


async def shadow_run(
    database: Database, data_key: str, count: int, models: tuple[Path, Path], environment: dict[str, str]
) -> dict[str, Any] | None:
    """The figures of the live and the new model (`models`, in this order) on so many messages.

    None where there are too few messages, or the process ended without figures: the comparison stands without it.
    """
    keyring = Keyring(DataKeys(data_key))
    async with database.transaction() as session:
        await keyring.load(session)
        texts = await masked_texts(session, keyring, count)
    if len(texts) < FEWEST:
        return None
    live, model = models
    arguments = [str(RASA), "-m", "evaluation.shadow", "--model", str(model), "--live-model", str(live)]
    counts: dict[str, Any] | None = None
    async with watched(arguments, environment) as process:
        await process.tell(json.dumps(texts, ensure_ascii=False))
        async for step in process.steps():
            if step.pop("event", "") == "shadowed":
                counts = step
        await process.ended()
    return counts
