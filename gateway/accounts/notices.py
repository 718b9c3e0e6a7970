"""Accounts: what happened to an account is told to its person on the next page, until they have confirmed it."""

from enum import StrEnum

from gateway.accounts.models import StaffPerson
from gateway.core.database import now

MAX_NOTICES = 10  # the newest


class Notice(StrEnum):
    """What happened."""

    PASSKEY = "passkey"
    CODE = "code"
    PASSKEY_REMOVED = "passkey_removed"
    PASSWORD = "password"  # noqa: S105  # not a secret
    RECOVERED = "recovered"


def add(person: StaffPerson, what: Notice) -> None:
    """Tell the person, in the caller's transaction."""
    person.notices = [*person.notices, {"what": what.value, "at": now().isoformat()}][-MAX_NOTICES:]
