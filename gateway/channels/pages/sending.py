"""Messenger and Instagram, the last step out: our reply becomes a request to Meta, its answer our outcome."""

from typing import Any

import httpx2

from gateway.channels.base import Reply, SendFailed
from gateway.channels.pages import limits
from gateway.channels.pages.errors import classify
from gateway.channels.pages.splitting import characters, shorten
from gateway.trust import trusted


def message_body(
    user_id: str, reply: Reply, *, with_template: bool, reference: str | None, persona: str | None
) -> dict[str, Any]:
    """The JSON of one message.

    `reference` comes back in the echo of it, where the platform carries one. A reply that is `late` goes with the tag
    HUMAN_AGENT; the caller has seen to it that a person wrote it.
    """
    kind: dict[str, Any] = {"messaging_type": "RESPONSE"}
    if reply.late:
        kind = {"messaging_type": "MESSAGE_TAG", "tag": limits.HUMAN_AGENT}
    message = _message(reply, with_template=with_template)
    if reference is not None:
        message["metadata"] = reference
    body = {"recipient": {"id": user_id}, **kind, "message": message}
    return {**body, "persona_id": persona} if persona else body


def action_body(user_id: str, action: str) -> dict[str, Any]:
    """The JSON of `mark_seen`, `typing_on` or `typing_off`; never together with a message."""
    return {"recipient": {"id": user_id}, "sender_action": action}


def _message(reply: Reply, *, with_template: bool) -> dict[str, Any]:
    if not reply.choices:
        return {"text": reply.text}
    fits = len(reply.choices) <= limits.BUTTONS and characters(reply.text) <= limits.BUTTONS_TEXT
    if with_template and fits:
        # Buttons stay under their message and show on every device; quick replies go with the next word.
        titled = _titled(reply, limits.BUTTON_TITLE)
        buttons = [{"type": "postback", "title": title, "payload": payload} for title, payload in titled]
        template = {"template_type": "button", "text": reply.text, "buttons": buttons}
        return {"attachment": {"type": "template", "payload": template}}
    titled = _titled(reply, limits.QUICK_REPLY_TITLE)
    quick = [{"content_type": "text", "title": title, "payload": payload} for title, payload in titled]
    return {"text": reply.text, "quick_replies": quick}


def _titled(reply: Reply, limit: int) -> list[tuple[str, str]]:
    """Titles within the limit, with what comes back when they are tapped."""
    return [
        (shorten(choice.title, limit, place), choice.id[: limits.QUICK_REPLY_PAYLOAD])
        for place, choice in enumerate(reply.choices, 1)
    ]


class PageClient:
    """Meta's endpoints for one Page or account: `/{version}/{id}/messages`, and `personas` beside it."""

    def __init__(self, base_url: str, version: str, place: str, access_token: str, timeout: float) -> None:
        self._address = f"{base_url}/{version}/{place}"
        self._client = httpx2.AsyncClient(
            headers={"Authorization": f"Bearer {access_token}"},
            timeout=httpx2.Timeout(timeout, connect=5.0),
            limits=httpx2.Limits(max_connections=64, max_keepalive_connections=32),
            verify=trusted(),
            trust_env=False,
        )

    async def post(self, body: dict[str, Any], edge: str = "messages") -> dict[str, Any]:
        """The answer of a success; raises `SendFailed` with the class of every other outcome."""
        try:
            response = await self._client.post(f"{self._address}/{edge}", json=body)
        except (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout) as error:
            raise SendFailed("retry") from error  # the request never left
        except httpx2.HTTPError as error:
            raise SendFailed("unknown_outcome") from error
        if response.is_success:
            return _object(response)
        error_object = _object(response).get("error")
        details = error_object if isinstance(error_object, dict) else {}
        code, subcode = _number(details.get("code")), _number(details.get("error_subcode"))
        is_transient = details.get("is_transient") is True
        raise SendFailed(classify(response.status_code, code, subcode, is_transient=is_transient), subcode or code)

    async def close(self) -> None:
        """Give the connections back."""
        await self._client.aclose()


def _object(response: httpx2.Response) -> dict[str, Any]:
    try:
        content = response.json()
    except ValueError:
        return {}
    return content if isinstance(content, dict) else {}


def _number(found: Any) -> int | None:
    return found if isinstance(found, int) and not isinstance(found, bool) and abs(found) < 2**31 else None


def accepted_id(answer: dict[str, Any]) -> str:
    """The id that Meta gave; raises `SendFailed` when a success carries none (then nothing is known)."""
    external_id = answer.get("message_id")
    if not isinstance(external_id, str) or not external_id:
        raise SendFailed("unknown_outcome")
    return external_id
