"""Beside the road: is the process alive, and is it ready to take messages?"""

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

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
    wait on disk for the database.
    """
    service: Service = request.app.state.service
    worker: Worker = request.app.state.worker
    parts = {
        "database": await _database_answers(service),
        "worker": worker.is_alive(),
        "dialogue": await service.engine.is_ready(),
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


async def _database_answers(service: Service) -> bool:
    try:
        async with service.database.engine.connect() as connection:
            await connection.execute(text("SELECT 1"))
    except (SQLAlchemyError, OSError):
        return False
    return True
