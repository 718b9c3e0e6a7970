"""Beside the road: is the process alive, and is it ready to take messages?"""

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from gateway.conversations.models import StoppedNumber
from gateway.conversations.spool import Backlog
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
    """200 when messages are taken in and worked on, 503 when not.

    A silent dialogue engine is `degraded`, not a 503: messages are still stored and answered with the fixed line,
    and taking this process away from the provider would only lose them. So is a spool that is not empty: messages
    wait on disk for the database. So is `sending` when a number is stopped: its replies wait, and
    `python -m gateway sending` says why.
    """
    service: Service = request.app.state.service
    worker: Worker = request.app.state.worker
    sends = await _sends(service)
    parts = {
        "database": sends is not None,
        "worker": worker.is_alive(),
        "dialogue": await service.engine.is_ready(),
        "sending": sends is not False,
    }
    backlog = service.spool.backlog()
    able = parts["database"] and parts["worker"]
    status = "ready" if all(parts.values()) and not backlog.waiting else "degraded" if able else "unavailable"
    content: dict[str, Any] = {
        "status": status,
        "parts": {name: "ok" if good else "down" for name, good in parts.items()},
        "spool": _shown(backlog),
    }
    return JSONResponse(content, status_code=200 if able else 503)


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
