"""Operations: whether the process is alive, and whether it can accept messages."""

import asyncio
import datetime as dt
from collections.abc import Mapping
from typing import Any, Protocol

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from gateway.conversations.models import SuspendedNumber
from gateway.core.database import now
from gateway.dialogue.engine_pool import EnginePool
from gateway.inbox.context import InboxContext
from gateway.inbox.spool import Backlog

router = APIRouter(prefix="/health", tags=["health"])
# For the operator's own machines, where the word is followed by what it is made of.
internal_router = APIRouter(prefix="/health", tags=["health"])


class WorkerState(Protocol):
    """The loops of this process that process messages."""

    def is_alive(self) -> bool:
        """Whether every loop runs."""

    def last_steps(self) -> Mapping[str, dt.datetime]:
        """When each loop last completed a step."""


@router.get("/live")
@internal_router.get("/live")
async def live() -> dict[str, str]:
    """200 while the process answers at all."""
    return {"status": "alive"}


@router.get("/ready")
async def ready(request: Request) -> JSONResponse:
    """200 when messages are accepted, 503 when neither the database nor the spool can store them; the word alone.

    Which part is down, and how much waits, is nobody's business but the operator's: see the internal listener.
    """
    content, accepting = await _look(request)
    return JSONResponse({"status": content["status"]}, status_code=200 if accepting else 503)


@internal_router.get("/ready")
async def parts(request: Request) -> JSONResponse:
    """The same with its parts: database, worker, dialogue, sending, each engine, and the spool."""
    content, accepting = await _look(request)
    return JSONResponse(content, status_code=200 if accepting else 503)


async def _look(request: Request) -> tuple[dict[str, Any], bool]:
    """The state of every part, and whether messages are accepted.

    Accepted messages are never lost, so every other fault is only `degraded`, and the proxy must keep this process: an
    unavailable database (messages wait in the spool), a stopped worker, an unavailable dialogue engine (messages get
    the fixed line) or one of several, and a spool that is not empty. `sending` is down while a number is suspended:
    its replies wait, and `python -m gateway sending` says why.
    """
    service: InboxContext = request.app.state.service
    worker: WorkerState = request.app.state.worker
    sending, engines = await _no_number_suspended(service), await _engine_states(service)
    parts = {
        "database": sending is not None,
        "worker": worker.is_alive(),
        "dialogue": any(engines.values()),
        "sending": sending is not False,
    }
    backlog = service.spool.backlog()
    healthy = all(parts.values()) and all(engines.values()) and not backlog.waiting
    accepting = parts["database"] or await asyncio.to_thread(service.spool.can_append)
    status = "ready" if healthy else "degraded" if accepting else "unavailable"
    content: dict[str, Any] = {
        "status": status,
        "parts": _status_words(parts),
        "engines": _status_words(engines),
        "spool": _spool_content(backlog),
    }
    return content, accepting


def _status_words(parts: dict[str, bool]) -> dict[str, str]:
    return {name: "ok" if good else "down" for name, good in parts.items()}


async def _engine_states(service: InboxContext) -> dict[str, bool]:
    """Whether each dialogue process is ready, by its number."""
    if isinstance(service.engine, EnginePool):
        return await service.engine.states()
    return {"1": await service.engine.is_ready()}


def _spool_content(backlog: Backlog) -> dict[str, int]:
    """Bytes that wait on disk for the database and for how many seconds, and bytes that were set aside."""
    waiting_seconds = (now() - backlog.since).total_seconds() if backlog.since else 0
    return {
        "waiting_bytes": backlog.waiting,
        "waiting_seconds": max(round(waiting_seconds), 0),
        "set_aside_bytes": backlog.set_aside,
    }


async def _no_number_suspended(service: InboxContext) -> bool | None:
    """Whether no number is suspended; None when the database does not answer."""
    try:
        async with service.database.engine.connect() as connection:
            return (await connection.execute(select(SuspendedNumber.channel).limit(1))).first() is None
    except (SQLAlchemyError, OSError):
        return None
