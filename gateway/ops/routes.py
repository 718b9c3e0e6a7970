"""Operations, the administrators' page of health: how every part is, without a look at the machine."""

import datetime as dt
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse

from gateway.accounts.access import Person, needs
from gateway.accounts.staff_page import staff_page
from gateway.core.actors import Role
from gateway.core.database import now
from gateway.core.version import version
from gateway.ops import wording
from gateway.ops.health import parts_of, word_of
from gateway.ops.parts import Condition
from gateway.ops.stored_state import StoredState

router = APIRouter(prefix="/console/health", tags=["health"])
Administrator = Annotated[Person, Depends(needs(Role.ADMINISTRATOR))]
BACKUP_OLD = dt.timedelta(hours=26)
WAITS_LONG = 60.0  # seconds; from here on what waits is a matter for somebody


@router.get("", response_class=HTMLResponse)
async def page(request: Request, person: Administrator) -> HTMLResponse:
    """How every part is now; shown within a second, also where the database has only just gone."""
    parts = parts_of(request)
    condition = await parts.condition()
    state, age = await parts.stored(wait=condition.database)
    context = {
        "wording": wording,
        "word": word_of(condition),
        "rows": _rows(condition),
        "waiting": _waiting(state) if state is not None else None,
        "age": round(age) if state is not None else None,
        "processes": state.processes if state is not None else None,
        "backup_at": state.backup_at if state is not None else None,
        "backup_late": state is not None and (state.backup_at is None or now() - state.backup_at > BACKUP_OLD),
        "published_at": parts.published_at(),
        "disks": parts.disks(),
        "spool": (condition.backlog.waiting, parts.spool_limit(), condition.backlog.set_aside),
        "version": version(),
        "looked_at": now(),
    }
    return staff_page(request, "ops/health.html", context)


def _rows(condition: Condition) -> list[tuple[str, str, bool]]:
    """Each part by the code of its name, its number where there are several, and whether it is well."""
    rows = [
        ("database", "", condition.database),
        ("worker", "", condition.worker),
        *(("engine", number, is_up) for number, is_up in sorted(condition.engines.items())),
        ("sending", "", condition.sending),
    ]
    return rows if condition.redis is None else [*rows, ("redis", "", condition.redis)]


def _waiting(state: StoredState) -> list[tuple[str, int, int, bool]]:
    """What waits by the code of its name, how much, for how many seconds, and whether for too long."""
    found = (
        ("inbox", state.inbox, state.inbox_oldest),
        ("pending", state.pending, state.pending_oldest),
        ("outbox", sum(state.outbox.values()), state.outbox_oldest),
        ("queue", sum(state.queue.values()), state.queue_oldest),
    )
    # People take their time: the queue has alarms of its own.
    return [(name, count, round(age), age > WAITS_LONG and name != "queue") for name, count, age in found]
