"""Console: which conversations of the web chat come from one network, so that no one source fills the queue."""

import uuid
from collections import Counter
from collections.abc import Collection, Iterable

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.channels.webchat.sessions import crowded_networks
from gateway.conversations.kinds import AddressKind, ChannelName, QueueRank
from gateway.conversations.models import ContactAddress, Conversation
from gateway.core.keyring import Keyring

# So many of one network and rank stand among all others, as a family or a few friends would; what came after them
# stands behind the others of its rank. A school's network may be in real need: its rank is never lowered.
AMONG_OTHERS = 3


async def networks_of(
    session: AsyncSession, keyring: Keyring, conversation_ids: Collection[uuid.UUID]
) -> dict[uuid.UUID, bytes]:
    """Of these, the conversations with more than `AMONG_OTHERS` of one network, with a hash of the network.

    Two queries at most, and one where no network has begun so many chats. Only the web chat knows networks.
    """
    crowded = await crowded_networks(session, most=AMONG_OTHERS) if conversation_ids else {}
    if not crowded:
        return {}
    kind = f"{ChannelName.WEB} {AddressKind.USER_ID}"
    by_fingerprint = {keyring.fingerprint(kind, chat.hex): network for chat, network in crowded.items()}
    found = await session.execute(
        select(Conversation.id, ContactAddress.value_fingerprint)
        .join(ContactAddress, ContactAddress.contact_id == Conversation.contact_id)
        .where(Conversation.id.in_(conversation_ids), Conversation.channel == ChannelName.WEB)
    )
    networks = {row.id: by_fingerprint[row[1]] for row in found if row[1] in by_fingerprint}
    numbers = Counter(networks.values())
    return {each: network for each, network in networks.items() if numbers[network] > AMONG_OTHERS}


def beyond_share(ordered: Iterable[tuple[uuid.UUID, QueueRank]], networks: dict[uuid.UUID, bytes]) -> set[uuid.UUID]:
    """Which of these, in the order of the queue, come after `AMONG_OTHERS` of their network and rank."""
    seen: Counter[tuple[bytes, QueueRank]] = Counter()
    beyond = set()
    for conversation, rank in ordered:
        if (network := networks.get(conversation)) is not None:
            seen[network, rank] += 1
            if seen[network, rank] > AMONG_OTHERS:
                beyond.add(conversation)
    return beyond
