"""Accounts: the events to which features above subscribe (see `gateway.core.events`)."""

import uuid
from dataclasses import dataclass


@dataclass(frozen=True)
class PersonLeft:
    """Somebody of the staff has left: what features keep for them ends."""

    person_id: uuid.UUID
