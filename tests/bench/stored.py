"""Fills a PostgreSQL database with so many stored messages, as a month of talks leaves them, in a few statements."""

import uuid

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.core import crypto
from gateway.core.database import Database
from gateway.core.keyring import Keyring

TALK = 5  # messages of one conversation
TABLES = ("contact", "contact_address", "conversation", "turn", "message", "outbox_item", "inbox_event")

_STEPS = (
    """INSERT INTO contact (id, wrapped_key, language, created_at)
       SELECT md5('c' || n)::uuid, :wrapped, 'fi', now() - n * interval '1 second'
       FROM generate_series(1, :talks) n""",
    """INSERT INTO contact_address (contact_id, channel, kind, value_fingerprint, value_sealed)
       SELECT md5('c' || n)::uuid, 'whatsapp', 'phone', decode(md5('p' || n), 'hex'), :sealed
       FROM generate_series(1, :talks) n""",
    """INSERT INTO conversation (id, contact_id, channel, business_number, wrapped_key, dialogue_id, state, language,
                                 said_under_18, last_citizen_message_at, created_at)
       SELECT md5('k' || n)::uuid, md5('c' || n)::uuid, 'whatsapp', :number, :wrapped, md5('d' || n)::uuid, 'closed',
              'fi', false, now() - n * interval '1 second', now() - n * interval '1 second'
       FROM generate_series(1, :talks) n""",
    """INSERT INTO turn (id, conversation_id, outcome, topic, confidence, language, guesses, created_at)
       SELECT md5('t' || n)::uuid, md5('k' || (1 + n % :talks))::uuid, 'answered', 'account_hacked', 0.9, 'fi', '[]',
              now() - n * interval '1 second'
       FROM generate_series(1, :messages) n""",
    """INSERT INTO message (conversation_id, turn_id, kind, content_sealed, masked, external_fingerprint,
                            external_id_sealed, sent_at, received_at)
       SELECT md5('k' || (1 + n % :talks))::uuid, md5('t' || n)::uuid, 'text', :sealed, '[]',
              decode(md5('w' || n), 'hex'), :sealed, now() - n * interval '1 second', now() - n * interval '1 second'
       FROM generate_series(1, :messages) n""",
    """INSERT INTO outbox_item (id, sequence, conversation_id, turn_id, reply_kind, author, content_sealed, state,
                                priority, attempts, due_at, external_fingerprint, external_id_sealed, delivery_rank,
                                created_at, sent_at)
       SELECT md5('o' || n)::uuid, n / :talks + 1, md5('k' || (1 + n % :talks))::uuid, md5('t' || n)::uuid, 'answer',
              'bot', :sealed, 'sent', 1, 1, now() - n * interval '1 second', decode(md5('x' || n), 'hex'), :sealed, 3,
              now() - n * interval '1 second', now() - n * interval '1 second'
       FROM generate_series(1, :messages) n""",
    """INSERT INTO inbox_event (channel, kind, external_fingerprint, state, priority, occurred_at, received_at)
       SELECT 'whatsapp', k.kind, decode(md5(k.kind || n), 'hex'), 'done', 1, now() - n * interval '1 second',
              now() - n * interval '1 second'
       FROM generate_series(1, :messages) n, (VALUES ('message'), ('status')) k (kind)""",
)


async def fill(database: Database, keyring: Keyring, messages: int, number: str) -> None:
    """Store so many messages with their turns, replies and events; then let PostgreSQL look at the tables."""
    async with database.transaction() as session:
        await keyring.load(session)
    key = crypto.new_key()
    values = {
        "wrapped": keyring.wrap(key),
        "sealed": crypto.seal(key, b"x" * 200, f"filling {uuid.uuid4()}"),
        "number": number,
        "talks": max(messages // TALK, 1),
        "messages": messages,
    }
    async with database.transaction() as session:
        for step in _STEPS:
            await _run(session, step, values)
    async with database.engine.connect() as connection:
        open_connection = await connection.execution_options(isolation_level="AUTOCOMMIT")
        for table in TABLES:
            await open_connection.execute(text(f"VACUUM ANALYZE {table}"))


async def _run(session: AsyncSession, step: str, values: dict[str, object]) -> None:
    statement = text(step)
    await session.execute(statement, {name: value for name, value in values.items() if f":{name}" in step})
