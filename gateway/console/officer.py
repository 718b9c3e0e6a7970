"""Console: the roles that its routes require, and the officer who acts."""

from typing import Annotated

from fastapi import Depends, Request

from gateway.accounts.access import Person, needs
from gateway.core.actors import Officer, Role
from gateway.outbox.templates import OutboxContext

# Officers and their supervisors; nobody else reads conversations.
Reader = Annotated[Person, Depends(needs(Role.OFFICER, Role.SUPERVISOR))]
Supervisor = Annotated[Person, Depends(needs(Role.SUPERVISOR))]
# For requests that the page repeats by itself, which must not keep an idle session unlocked.
Refresher = Annotated[Person, Depends(needs(Role.OFFICER, Role.SUPERVISOR, background=True))]
# For alarms, which carry no words and are heard while the session is locked too.
Watcher = Annotated[Person, Depends(needs(Role.OFFICER, Role.SUPERVISOR, background=True, locked_too=True))]

# Characters of a reason or a search text.
MAX_LINE_LENGTH = 200


def officer_of(person: Person) -> Officer:
    """The person as handover's officer."""
    return Officer(person.id, person.name, supervisor=person.has(Role.SUPERVISOR))


def wants_fragment(request: Request) -> bool:
    """Whether the page's script asks: it gets the result alone, and fetches the changed parts itself."""
    return request.headers.get("x-live") == "1"


def service_of(request: Request) -> OutboxContext:
    """The context of this process."""
    service: OutboxContext = request.app.state.service
    return service
