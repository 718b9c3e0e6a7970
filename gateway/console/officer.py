"""Beside the road, the console: who may read it, and as whom they act."""

from typing import Annotated

from fastapi import Depends, Request

from gateway.accounts.access import Person, Role, needs
from gateway.handover.officers import Officer

# Whoever answers citizens, and whoever leads those; nobody else reads conversations.
Reader = Annotated[Person, Depends(needs(Role.OFFICER, Role.SUPERVISOR))]
# Whoever leads them.
Leader = Annotated[Person, Depends(needs(Role.SUPERVISOR))]
# What the page asks by itself, which must not keep an idle session awake.
Watcher = Annotated[Person, Depends(needs(Role.OFFICER, Role.SUPERVISOR, background=True))]

# The longest free text of a reason, and of a search.
LONGEST_LINE = 200


def officer_of(person: Person) -> Officer:
    """The person as handover knows them."""
    return Officer(person.id, person.name, supervisor=person.has(Role.SUPERVISOR))


def is_quiet(request: Request) -> bool:
    """Whether the page's script asked: it wants a word of what happened, and fetches the parts itself."""
    return request.headers.get("x-live") == "1"
