"""Station 3, typed choices: a number, or a yes in words, that means a button of the last reply.

A yes is a closed list of whole messages: "kerro" within a sentence may be about anything.
"""

import re
import uuid

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.bulletins.followers import followed_bulletin
from gateway.conversations.kinds import OutboxState
from gateway.conversations.messages import Choice, Reply
from gateway.conversations.models import OutboxItem
from gateway.core import crypto

_NUMBER = re.compile(r"\s*([0-9]{1,2})\s*[.)]?\s*")
_NOT_WORDS = re.compile(r"[^\w\s']+")
# A yes to whatever was asked last: it is one to being told only where no other button is in the reply.
_YES = frozenset(
    {
        "kyllä", "kyl", "joo", "juu", "jep", "joo kiitos", "kyllä kiitos", "kiitos kyllä",
        "ja", "japp", "jo", "ja tack", "gärna", "ja gärna",
        "yes", "yeah", "yep", "yes please", "sure", "please do",
    }
)  # fmt: skip
# A wish to be told, which nothing else in such a reply can mean; also behind a yes.
_TELL = frozenset(
    {
        "kerro", "kerro vaan", "kerro vain", "kerro mulle", "kerro minulle", "kerro jos muuttuu",
        "kerro jos se muuttuu", "kerro jos tulee muutoksia", "kerro jos tulee uutta", "kerro muutoksista",
        "ilmoita", "ilmoita mulle",
        "ilmoita minulle", "ilmoita muutoksista", "ilmoita jos muuttuu", "haluan tietää", "haluun tietää",
        "pidä ajan tasalla", "pidä mut ajan tasalla", "pidä minut ajan tasalla", "laita viestiä jos muuttuu",
        "berätta", "berätta gärna", "berätta om det ändras", "berätta om det ändrar sig", "säg till",
        "säg till om det ändras",
        "meddela mig", "meddela mig om det ändras", "håll mig uppdaterad", "jag vill veta", "uppdatera mig",
        "tell me", "tell me if it changes", "tell me of changes", "let me know", "let me know if it changes",
        "keep me posted", "keep me updated", "please tell me", "please let me know", "notify me", "i want to know",
    }
)  # fmt: skip
_POLITE = (" kiitos", " tack", " please", " thanks", " thank you")


def may_be_choice(text: str | None) -> bool:
    """Whether a text may be the number of a choice, or a yes to being told of changes."""
    return _NUMBER.fullmatch(text or "") is not None or _agreement(text) is not None


async def typed_choice(
    session: AsyncSession, key: bytes, conversation_id: uuid.UUID, text: str | None
) -> Choice | None:
    """The choice of the last reply that a text names, or None; `key` is the conversation's."""
    sealed = await session.scalar(
        select(OutboxItem.content_sealed)
        .where(
            OutboxItem.conversation_id == conversation_id, OutboxItem.state.in_((OutboxState.SENT, OutboxState.UNKNOWN))
        )
        .order_by(OutboxItem.sequence.desc())
        .limit(1)
    )
    if sealed is None:
        return None
    reply = Reply.model_validate_json(crypto.unseal(key, sealed, "outbox_item.content"))
    if (found := _NUMBER.fullmatch(text or "")) is not None:
        number = int(found[1])
        return reply.choices[number - 1] if reply.numbered and 1 <= number <= len(reply.choices) else None
    follow = next((choice for choice in reply.choices if followed_bulletin(choice.id) is not None), None)
    only_this_is_asked = len(reply.choices) == 1
    return follow if _agreement(text) == "tell" or only_this_is_asked else None


def _agreement(text: str | None) -> str | None:
    """`tell`, `yes`, or None, for the whole text."""
    words = " ".join(_NOT_WORDS.sub(" ", (text or "").lower().replace("’", "'")).split())
    for polite in _POLITE:
        if words not in _YES | _TELL:
            words = words.removesuffix(polite)
    if words in _TELL:
        return "tell"
    if words in _YES:
        return "yes"
    return "tell" if any(words.startswith(f"{yes} ") and words[len(yes) + 1 :] in _TELL for yes in _YES) else None
