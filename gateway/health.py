"""Beside the road: is the process alive, and is it ready to take messages?"""

import asyncio
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from gateway.conversations.models import StoppedNumber
from gateway.conversations.spool import Backlog
from gateway.conversations.spread import SpreadEngine
from gateway.database import now
from gateway.service import Service
from gateway.worker import Worker

router = APIRouter(prefix="/health", tags=["health"])


@router.get("/live")
async def live() -> dict[str, str]:
    """200 while the process answers at all."""
    return {"status": "alive"}


@router.get("/ready")
async def ready(request: Request) -> JSONResponse:
    """200 when messages are taken in, 503 when they are not: when neither the database nor the spool takes them.

    What is taken in is not lost, so everything less is `degraded`, and the proxy must leave this process where it is:
    a database that is away (messages wait in the spool), a worker that does not move, a silent dialogue engine
    (messages get the fixed line) or one of several, and a spool that is not empty. So is `sending` when a number is
    stopped: its replies wait, and `python -m gateway sending` says why.
    """
    service: Service = request.app.state.service
    worker: Worker = request.app.state.worker
    sends, engines = await _sends(service), await _engines(service)
    parts = {
        "database": sends is not None,
        "worker": worker.is_alive(),
        "dialogue": any(engines.values()),
        "sending": sends is not False,
    }
    backlog = service.spool.backlog()
    well = all(parts.values()) and all(engines.values()) and not backlog.waiting
    able = parts["database"] or await asyncio.to_thread(service.spool.can_append)
    status = "ready" if well else "degraded" if able else "unavailable"
    content: dict[str, Any] = {
        "status": status,
        "parts": _named(parts),
        "engines": _named(engines),
        "spool": _shown(backlog),
    }
    return JSONResponse(content, status_code=200 if able else 503)


def _named(parts: dict[str, bool]) -> dict[str, str]:
    return {name: "ok" if good else "down" for name, good in parts.items()}


async def _engines(service: Service) -> dict[str, bool]:
    """Each dialogue process by its number, where the engine is several."""
    if isinstance(service.engine, SpreadEngine):
        return await service.engine.states()
    return {"1": await service.engine.is_ready()}


def _shown(backlog: Backlog) -> dict[str, int]:
    """What waits on disk for the database, for how long, and what could not be stored, in bytes and seconds."""
    waits = (now() - backlog.since).total_seconds() if backlog.since else 0
    return {
        "waiting_bytes": backlog.waiting,
        "waiting_seconds": max(round(waits), 0),
        "set_aside_bytes": backlog.set_aside,
    }


async def _sends(service: Service) -> bool | None:
    """Whether every number sends; nothing when the database does not answer."""
    try:
        async with service.database.engine.connect() as connection:
            return (await connection.execute(select(StoppedNumber.channel).limit(1))).first() is None
    except (SQLAlchemyError, OSError):
        return None
