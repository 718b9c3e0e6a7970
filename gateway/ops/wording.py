"""Operations, the words: names of the parts and of what waits, on the page of health."""

from collections.abc import Mapping
from typing import Final

from gateway.core.i18n import N_

STATES: Final[Mapping[str, str]] = {
    "ready": N_("Everything works."),
    "degraded": N_("The service takes messages, but a part of it does not work."),
    "unavailable": N_("The service takes no messages. The platforms keep them and try again."),
}
PARTS: Final[Mapping[str, str]] = {
    "database": N_("Database"),
    "worker": N_("This process's own loops"),
    "engine": N_("Dialogue engine"),
    "sending": N_("Sending of our numbers"),
    "redis": N_("Redis"),
}
WAITING: Final[Mapping[str, str]] = {
    "inbox": N_("Received and not sorted yet"),
    "pending": N_("Messages without an answer"),
    "outbox": N_("Replies that have not gone"),
    "queue": N_("Conversations that wait for an officer"),
}
DISKS: Final[Mapping[str, str]] = {
    "state": N_("Disk of the service's files"),
    "spool": N_("Disk of waiting messages"),
    "published": N_("Disk of what is published"),
}
