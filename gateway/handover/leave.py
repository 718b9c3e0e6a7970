"""Handover: the messages and the button with which a citizen leaves the queue, or the conversation with an officer.

Closed lists of whole messages: "lopeta" within a sentence may be said to somebody else, or about something terrible.
"""

import re

LEAVE_CHOICE = "handover:leave"

_WORDS = frozenset(
    {
        "lopeta", "lopetetaan", "lopeta keskustelu", "lopeta odotus", "lopeta odottaminen", "en odota enää",
        "takaisin botille", "takas botille", "takaisin bottiin", "haluan takaisin botille", "botti", "botille",
        "peru poliisi", "en tarvitse poliisia", "en tarvii poliisia",
        "avsluta", "avsluta samtalet", "sluta vänta", "jag väntar inte längre", "tillbaka till boten",
        "tillbaka till botten", "tillbaks till boten", "boten", "till boten", "jag behöver ingen polis",
        "end", "end chat", "end the chat", "stop waiting", "back to the bot", "back to bot", "bot",
        "i don't need an officer", "i dont need an officer", "no officer",
    }
)  # fmt: skip
_EDGES = re.compile(r"^[\s\W]+|[\s\W]+$")


def wants_to_leave(text: str | None, choice: str | None) -> bool:
    """Whether the whole message says that no officer is needed any more; `choice` is the id of a pressed button."""
    if choice is not None:
        return choice == LEAVE_CHOICE
    return " ".join(_EDGES.sub("", text or "").lower().replace("’", "'").split()) in _WORDS
