"""WhatsApp's webhook bodies as Meta writes them, and their signature."""

import itertools
import json
import time
from typing import Any

from gateway.channels.meta.json import signature_of
from gateway.core.config.settings import Settings

NUMBER = "106540352242922"
_ids = itertools.count(1)


def message(kind: str = "text", *, sender: str = "358401234567", **content: Any) -> dict[str, Any]:
    """One message; its content is given as Meta names it."""
    if kind == "text" and "text" not in content:
        content["text"] = {"body": content.pop("body", "hei")}
    return {
        "from": sender,
        "id": f"wamid.TEST{next(_ids):06d}",
        "timestamp": str(int(time.time())),
        "type": kind,
        **content,
    }


def status(name: str, external_id: str, **more: Any) -> dict[str, Any]:
    """One status of a message of ours."""
    return {"id": external_id, "status": name, "timestamp": str(int(time.time())), **more}


def body(*messages: dict[str, Any], statuses: tuple[dict[str, Any], ...] = (), number: str = NUMBER) -> bytes:
    """One webhook body with everything in one change."""
    value: dict[str, Any] = {"messaging_product": "whatsapp", "metadata": {"phone_number_id": number}}
    if messages:
        value["messages"] = list(messages)
        value["contacts"] = [{"wa_id": each["from"], "profile": {"name": "X"}} for each in messages if "from" in each]
    if statuses:
        value["statuses"] = list(statuses)
    change = {"field": "messages", "value": value}
    return encode({"object": "whatsapp_business_account", "entry": [{"id": "1", "changes": [change]}]})


def encode(document: Any) -> bytes:
    r"""As Meta does: compact, `/` as `\/`, other characters as `\uXXXX`; the signature is over these bytes."""
    return json.dumps(document, separators=(",", ":")).replace("/", "\\/").encode()


def signed(content: bytes, settings: Settings | None = None) -> dict[str, str]:
    """The headers that go with a body."""
    secret = (settings or Settings()).whatsapp_app_secret.get_secret_value()
    return {"X-Hub-Signature-256": signature_of(secret, content), "Content-Type": "application/json"}
