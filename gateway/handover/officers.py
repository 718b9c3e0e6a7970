"""Handover: who acts; the officers' accounts live elsewhere and are only named here."""

import uuid
from dataclasses import dataclass


@dataclass(frozen=True)
class Officer:
    """A person of the force who is logged in; a supervisor may also take over from others."""

    id: uuid.UUID
    name: str
    supervisor: bool = False

    @property
    def actor(self) -> str:
        """How events name this officer."""
        return f"officer:{self.id}"
