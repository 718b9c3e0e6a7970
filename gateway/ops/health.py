"""Operations: whether the process is alive, and whether it can accept messages."""

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from gateway.core.database import now
from gateway.inbox.spool import Backlog
from gateway.ops.parts import Condition, Parts

router = APIRouter(prefix="/health", tags=["health"])
# For the operator's own machines, where the word is followed by what it is made of.
internal_router = APIRouter(prefix="/health", tags=["health"])


@router.get("/live")
@internal_router.get("/live")
async def live() -> dict[str, str]:
    """200 while the process answers at all."""
    return {"status": "alive"}


@router.get("/ready")
async def ready(request: Request) -> JSONResponse:
    """200 when messages are accepted, 503 when neither the database nor the spool can store them; the word alone.

    Which part is down, and how much waits, is nobody's business but the operator's: see the internal listener.
    Answered within a second, whatever the parts do.
    """
    condition = await parts_of(request).condition()
    return JSONResponse({"status": word_of(condition)}, status_code=200 if condition.accepting else 503)


@internal_router.get("/ready")
async def parts(request: Request) -> JSONResponse:
    """The same with its parts: database, worker, dialogue, sending, each engine, Redis where it is used, the spool."""
    condition = await parts_of(request).condition()
    return JSONResponse(_content(condition), status_code=200 if condition.accepting else 503)


def word_of(condition: Condition) -> str:
    """`ready`, `degraded` or `unavailable`.

    Accepted messages are never lost, so every fault but a full spool beside an unavailable database is only `degraded`,
    and the proxy must keep this process: an unavailable database (messages wait in the spool), a stopped worker, an
    unavailable dialogue engine (messages get the fixed line) or one of several, Redis, and a spool that is not empty.
    `sending` is down while a number is suspended: its replies wait, and `python -m gateway sending` says why.
    """
    if not condition.accepting:
        return "unavailable"
    return "ready" if condition.healthy else "degraded"


def _content(condition: Condition) -> dict[str, Any]:
    parts = {
        "database": condition.database,
        "worker": condition.worker,
        "dialogue": any(condition.engines.values()),
        "sending": condition.sending,
    }
    if condition.redis is not None:
        parts["redis"] = condition.redis
    return {
        "status": word_of(condition),
        "parts": _status_words(parts),
        "engines": _status_words(dict(condition.engines)),
        "spool": _spool_content(condition.backlog),
    }


def parts_of(request: Request) -> Parts:
    """The probes of this process."""
    parts: Parts = request.app.state.parts
    return parts


def _status_words(parts: dict[str, bool]) -> dict[str, str]:
    return {name: "ok" if good else "down" for name, good in parts.items()}


def _spool_content(backlog: Backlog) -> dict[str, int]:
    """Bytes that wait on disk for the database and for how many seconds, and bytes that were set aside."""
    waiting_seconds = (now() - backlog.since).total_seconds() if backlog.since else 0
    return {
        "waiting_bytes": backlog.waiting,
        "waiting_seconds": max(round(waiting_seconds), 0),
        "set_aside_bytes": backlog.set_aside,
    }
