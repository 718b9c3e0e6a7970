"""The web chat, the words that are chosen while it runs: by the page or by its script."""

from collections.abc import Mapping
from typing import Final

from gateway.core.i18n import N_

AUTHORS: Final[Mapping[str, str]] = {
    "bot": N_("Neuvo bot"),
    "officer": N_("Police officer"),
}
# What the script of the page says.
SCRIPT: Final[Mapping[str, str]] = {
    "you": N_("You"),
    "bot": N_("Neuvo bot"),
    "officer": N_("Police officer"),
    "typing": N_("Neuvo is typing"),
    "picture": N_("Picture from the officer"),
    "file": N_("Save the file: %(name)s"),
    "place": N_("Place"),
    "sending": N_("Sending"),
    "stored": N_("Delivered"),
    "unsent": N_("Not sent"),
    "again": N_("Try again"),
    "reconnecting": N_("The connection was lost. Connecting again; your messages are safe."),
    "problem_too_fast": N_(
        "Messages are coming faster than I can answer. Wait a moment and send again. In an emergency call 112."
    ),
    "problem_crowded": N_(
        "Many conversations have just begun from this network. Wait a moment and send again. In an emergency call 112."
    ),
    "problem_over": N_(
        "The last conversation has ended. Send the message again and we begin a new one. In an emergency call 112."
    ),
    "problem_not_understood": N_("The message could not be sent. It needs some text, at most 4,096 characters."),
    "problem_not_stored": N_(
        "The message could not be sent now. It is still here: try again in a moment. In an emergency call 112."
    ),
}
