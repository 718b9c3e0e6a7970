"""Bulletins, the public page and feed, which need neither the chat nor scripts."""

import asyncio
import datetime as dt
import hashlib

import structlog
from fastapi import APIRouter, Request, Response
from sqlalchemy.exc import SQLAlchemyError

from gateway.bulletins import wording
from gateway.bulletins.cache import BulletinsContext
from gateway.bulletins.feed import MEDIA_TYPE, anchor, atom
from gateway.bulletins.published import PublicBulletin, public_bulletins
from gateway.bulletins.states import BulletinStatus
from gateway.core.errors import StorageUnavailable
from gateway.core.http.pages import preferred_language, templates
from gateway.core.locale import HELSINKI, IN_THEIR_OWN
from gateway.hours.wording import date_words

log = structlog.get_logger()
router = APIRouter(tags=["bulletins"])
# A rumour spreads in minutes: a page in a cache may be half a minute old, and is asked for again after that.
_CACHED = "public, max-age=30, stale-if-error=600"


@router.get("/bulletins")
async def page(request: Request) -> Response:
    """What the police have published, and what was changed in it."""
    language = preferred_language(request)
    bulletins = await _bulletins(request, language)
    context = {
        "language": language,
        "languages": IN_THEIR_OWN,
        "wording": wording,
        "current": [each for each in bulletins if each.status == BulletinStatus.IN_FORCE],
        "earlier": [each for each in bulletins if each.status != BulletinStatus.IN_FORCE],
        "timestamp": lambda at: _timestamp(at, language),
        "anchor": anchor,
    }
    body = templates.get_template("bulletins.html").render(context).encode()
    return _cached(request, body, "text/html; charset=utf-8", language)


@router.get("/bulletins.atom")
async def feed(request: Request) -> Response:
    """The same as an Atom feed in one language."""
    language = preferred_language(request)
    service: BulletinsContext = request.app.state.service
    body = atom(await _bulletins(request, language), language, service.settings.bulletins_url)
    return _cached(request, body, f"{MEDIA_TYPE}; charset=utf-8", language)


async def _bulletins(request: Request, language: str) -> list[PublicBulletin]:
    service: BulletinsContext = request.app.state.service
    try:
        async with asyncio.timeout(service.settings.storage_timeout), service.database.transaction() as session:
            return await public_bulletins(session, language)
    except (SQLAlchemyError, OSError) as error:
        log.error("bulletins_unavailable", exc_info=error)
        raise StorageUnavailable("The notices cannot be read right now. Try again in a minute.") from error


def _cached(request: Request, body: bytes, media_type: str, language: str) -> Response:
    tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    headers = {
        "cache-control": _CACHED,
        "etag": tag,
        "vary": "Accept-Language",
        "content-language": language,
    }
    if tag in {part.strip().removeprefix("W/") for part in request.headers.get("if-none-match", "").split(",")}:
        return Response(status_code=304, headers=headers)
    return Response(body, media_type=media_type, headers=headers)


def _timestamp(at: dt.datetime, language: str) -> dict[str, str]:
    """A timestamp for people and, as an attribute, for machines."""
    local = at.astimezone(HELSINKI)
    return {"machine": local.isoformat(timespec="minutes"), "words": date_words(local, language)}
