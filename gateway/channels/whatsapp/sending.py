"""WhatsApp, the last step out: our reply becomes a request to Meta's Graph API, its answer our outcome."""

from typing import Any

import httpx2

from gateway.channels.base import Recipient, Reply, SendFailed
from gateway.channels.whatsapp import limits
from gateway.channels.whatsapp.errors import classify
from gateway.channels.whatsapp.splitting import choice_of


def message_body(recipient: Recipient, reply: Reply, reference: str) -> dict[str, Any]:
    """The JSON of one message; `reference` comes back in every status of it."""
    body: dict[str, Any] = {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        **_address(recipient),
        "biz_opaque_callback_data": reference,
    }
    if not reply.choices:
        return {**body, "type": "text", "text": {"body": reply.text, "preview_url": False}}
    return {**body, "type": "interactive", "interactive": _interactive(reply)}


def typing_body(external_id: str) -> dict[str, Any]:
    """The JSON that gives the citizen blue ticks and shows "typing…" for at most 25 seconds."""
    return {
        "messaging_product": "whatsapp",
        "status": "read",
        "message_id": external_id,
        "typing_indicator": {"type": "text"},
    }


def _address(recipient: Recipient) -> dict[str, str]:
    if recipient.phone is not None:
        # Without the plus Meta puts the country code of our own number in front.
        return {"to": f"+{recipient.phone}"}
    return {"recipient": recipient.user_id or ""}


def _interactive(reply: Reply) -> dict[str, Any]:
    if len(reply.choices) <= limits.BUTTONS and len(reply.text) <= limits.BUTTONS_BODY:
        titled = [choice_of(n, choice, limits.BUTTON_TITLE) for n, choice in enumerate(reply.choices, 1)]
        buttons = [{"type": "reply", "reply": {"id": i[: limits.BUTTON_ID], "title": t}} for i, t in titled]
        return {"type": "button", "body": {"text": reply.text}, "action": {"buttons": buttons}}
    titled = [choice_of(n, choice, limits.LIST_ROW_TITLE) for n, choice in enumerate(reply.choices, 1)]
    rows = [{"id": i[: limits.LIST_ROW_ID], "title": t} for i, t in titled]
    return {
        "type": "list",
        "body": {"text": reply.text},
        "action": {"button": reply.list_button[: limits.LIST_BUTTON] or "…", "sections": [{"rows": rows}]},
    }


class GraphClient:
    """Meta's endpoint for one app: `POST /{version}/{number}/messages`."""

    def __init__(self, base_url: str, version: str, access_token: str, timeout: float) -> None:
        self._base = f"{base_url}/{version}"
        self._client = httpx2.AsyncClient(
            headers={"Authorization": f"Bearer {access_token}"},
            timeout=httpx2.Timeout(timeout, connect=5.0),
            limits=httpx2.Limits(max_connections=64, max_keepalive_connections=32),
            trust_env=False,
        )

    async def post(self, business_number: str, body: dict[str, Any]) -> dict[str, Any]:
        """The answer of a success; raises `SendFailed` with the class of every other outcome."""
        try:
            response = await self._client.post(f"{self._base}/{business_number}/messages", json=body)
        except (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout) as error:
            raise SendFailed("retry") from error  # the request never left
        except httpx2.HTTPError as error:
            raise SendFailed("unknown_outcome") from error
        if response.is_success:
            return _object(response)
        code, subcode = _numbers(_object(response).get("error"))
        raise SendFailed(classify(response.status_code, code, subcode), code)

    async def close(self) -> None:
        """Give the connections back."""
        await self._client.aclose()


def _object(response: httpx2.Response) -> dict[str, Any]:
    try:
        content = response.json()
    except ValueError:
        return {}
    return content if isinstance(content, dict) else {}


def _numbers(error: Any) -> tuple[int | None, int | None]:
    found = (error.get("code"), error.get("error_subcode")) if isinstance(error, dict) else (None, None)
    code, subcode = (number if isinstance(number, int) and abs(number) < 2**31 else None for number in found)
    return code, subcode


def accepted_id(answer: dict[str, Any]) -> str:
    """The wamid that Meta gave; raises `SendFailed` when a success carries none (then nothing is known)."""
    messages = answer.get("messages")
    first = messages[0] if isinstance(messages, list) and messages else None
    external_id = first.get("id") if isinstance(first, dict) else None
    if not isinstance(external_id, str) or not external_id:
        raise SendFailed("unknown_outcome")
    return external_id
