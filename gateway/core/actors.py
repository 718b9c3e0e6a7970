"""The officer who acts, as features know one; accounts themselves belong to `gateway.accounts`."""

import uuid
from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True)
class Officer:
    """A signed-in officer; a supervisor may also take conversations over from others."""

    id: uuid.UUID
    name: str
    supervisor: bool = False

    @property
    def actor(self) -> str:
        """How the events of a conversation name this officer."""
        return f"officer:{self.id}"


class Role(StrEnum):
    """What a person is for; one person may have several."""

    OFFICER = "officer"
    SUPERVISOR = "supervisor"
    EDITOR = "editor"
    ADMINISTRATOR = "administrator"
    AUDITOR = "auditor"


# Who manages accounts does not read conversations, and who checks everybody does nothing else.
_APART = (
    (Role.ADMINISTRATOR, frozenset({Role.OFFICER, Role.SUPERVISOR, Role.AUDITOR})),
    (Role.AUDITOR, frozenset(Role) - {Role.AUDITOR}),
)


def clash(roles: frozenset[Role]) -> bool:
    """Whether one person may not have these roles together: separation of duties."""
    return any(role in roles and roles & others for role, others in _APART)
