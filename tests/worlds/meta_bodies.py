"""Bodies of Messenger and Instagram as Meta writes them, their signature, and those that lie in files."""

import itertools
import json
import time
from pathlib import Path
from typing import Any

import httpx2

from gateway.channels.meta.json import signature_of
from gateway.channels.meta.payloads import Account, read_events
from gateway.conversations.messages import IncomingEvent
from gateway.core.config.settings import PROJECT, Settings

PAGE, ACCOUNT, APP = "103000000000777", "17840000000000777", "998000000000001"
PERSON = "2000000000000001"
PLACES = {"messenger": PAGE, "instagram": ACCOUNT}
FILES = PROJECT / "tests" / "payloads"
_ids = itertools.count(1)


def item(platform: str = "messenger", *, person: str = PERSON, **deed: Any) -> dict[str, Any]:
    """One update of a person, from this moment."""
    ends = {"sender": {"id": person}, "recipient": {"id": PLACES[platform]}}
    return {**ends, "timestamp": int(time.time() * 1000), **deed}


def text(words: str = "hei", platform: str = "messenger", *, person: str = PERSON, **more: Any) -> dict[str, Any]:
    """A person's words, with an id that nobody has seen."""
    return item(platform, person=person, message={"mid": f"m_TEST{next(_ids):06d}", "text": words, **more})


def body(*items: dict[str, Any], platform: str = "messenger", standby: tuple[dict[str, Any], ...] = ()) -> bytes:
    """One webhook body."""
    entry: dict[str, Any] = {"id": PLACES[platform], "time": int(time.time() * 1000)}
    entry |= {"messaging": list(items)} if items else {}
    entry |= {"standby": list(standby)} if standby else {}
    kind = "page" if platform == "messenger" else "instagram"
    return json.dumps({"object": kind, "entry": [entry]}).encode()


def read(content: bytes, platform: str = "messenger") -> list[IncomingEvent]:
    """What our parser makes of it."""
    return read_events(content, Account(id=PLACES[platform], app_id=APP))


def files(platform: str) -> list[Path]:
    """Our own bodies, for shapes that nobody has published."""
    return sorted((FILES / platform).glob("*.json"))


async def post(settings: Settings, content: bytes, platform: str = "messenger", secret: str | None = None) -> int:
    """Deliver a body as Meta does; returns the HTTP status."""
    own: str = getattr(settings, f"{platform}_app_secret").get_secret_value()
    headers = {"X-Hub-Signature-256": signature_of(own if secret is None else secret, content)}
    async with httpx2.AsyncClient(trust_env=False) as client:
        address = f"http://127.0.0.1:{settings.port}/webhooks/{platform}"
        return (await client.post(address, content=content, headers=headers)).status_code
