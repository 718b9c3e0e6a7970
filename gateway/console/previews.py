"""Console: the words by which a row of the queue is told from the others: the citizen's last, or those of danger."""

import json
import uuid
from collections.abc import Mapping, Sequence

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.console.danger_words import danger_words
from gateway.conversations.kinds import MessageKind
from gateway.conversations.models import Conversation, Message, Turn
from gateway.conversations.priority import names_a_matter
from gateway.core import crypto
from gateway.core.keyring import Keyring
from gateway.dialogue.compose import OFFICER_TOPIC

LENGTH = 140  # characters of a preview
LOOKED_AT = 4  # messages of a conversation, the newest first
# Said about a conversation, and nothing of it: a press, a thank-you, a word or two.
SAYS_LITTLE = 12


async def previews(
    session: AsyncSession,
    keyring: Keyring,
    conversation_ids: Sequence[uuid.UUID],
    urgent: frozenset[uuid.UUID],
    followed: frozenset[uuid.UUID] = frozenset(),
) -> Mapping[uuid.UUID, str]:
    """The preview of each conversation that has one, in one query; of an `urgent` one the sentence that is the danger.

    Else the newest message about the matter: a button, an "ok" or the request for an officer is passed over where
    there is another. Of a `followed` one, which the reader answers already, the newest but that request.
    """
    if not conversation_ids:
        return {}
    place = func.row_number().over(
        partition_by=Message.conversation_id, order_by=(Message.received_at.desc(), Message.id.desc())
    )
    newest = (
        select(Message.conversation_id, Message.content_sealed, Message.kind, Message.turn_id, place.label("place"))
        .where(Message.conversation_id.in_(conversation_ids), Message.content_sealed.is_not(None))
        .subquery()
    )
    rows = await session.execute(
        select(newest.c.conversation_id, newest.c.content_sealed, newest.c.kind, Turn.topic, Conversation.wrapped_key)
        .join(Conversation, Conversation.id == newest.c.conversation_id)
        .outerjoin(Turn, Turn.id == newest.c.turn_id)
        .where(newest.c.place <= LOOKED_AT)
        .order_by(newest.c.conversation_id, newest.c.place)
    )
    texts: dict[uuid.UUID, list[tuple[str, str | None]]] = {}
    for row in rows:
        content = json.loads(crypto.unseal(keyring.unwrap(row.wrapped_key), row.content_sealed, "message.content"))
        if content.get("text") and row.kind != MessageKind.CHOICE:
            texts.setdefault(row.conversation_id, []).append((content["text"], row.topic))
    return {each: _preview(found, urgent=each in urgent, newest=each in followed) for each, found in texts.items()}


def _preview(texts: Sequence[tuple[str, str | None]], *, urgent: bool, newest: bool) -> str:
    """Of the texts, the newest first, each with what the bot took it for."""
    if urgent and (dangerous := next(filter(None, (danger_words(text) for text, _ in texts)), None)):
        return _shortened(dangerous)
    if newest and (said := next((text for text, topic in texts if topic != OFFICER_TOPIC), None)):
        return _shortened(said)
    of_matters = [text for text, topic in texts if topic is None or names_a_matter(topic)] or [
        text for text, _ in texts
    ]
    return _shortened(next((each for each in of_matters if len(each) > SAYS_LITTLE), of_matters[0]))


def _shortened(text: str) -> str:
    words = " ".join(text.split())
    return words if len(words) <= LENGTH else f"{words[: LENGTH - 1].rstrip()}…"
