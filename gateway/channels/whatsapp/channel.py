"""WhatsApp as a channel: verify, read, split, send, media."""

import datetime as dt
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import Any

import structlog

from gateway.channels.base import SendFailed
from gateway.channels.meta.graph import GraphClient, warn_of_end
from gateway.channels.meta.json import is_authentic
from gateway.channels.meta.split import split_text, titled
from gateway.channels.whatsapp import limits
from gateway.channels.whatsapp.errors import WHATSAPP_CODES
from gateway.channels.whatsapp.limits import REPLY_WINDOW_HOURS
from gateway.channels.whatsapp.media import MediaReader
from gateway.channels.whatsapp.payloads import read_events
from gateway.conversations.attachments import AttachmentKind, Place
from gateway.conversations.kinds import ChannelName, FailureClass
from gateway.conversations.messages import Choice, IncomingEvent, Recipient, Reply, TemplateUse
from gateway.core.config.settings import Settings
from gateway.core.rate_limit import Pace

log = structlog.get_logger()

TYPING_PAUSE = 20.0  # seconds
MOST_REMEMBERED = 5_000  # recipients


def split_reply(reply: Reply) -> list[Reply]:
    """The reply in one message where it fits; else in parts in order, with the choices on the last."""
    if reply.template is not None:
        return [reply]  # Meta fills in the text itself; it cannot be split
    if reply.file is not None or reply.place is not None:
        return _with_attachments(reply)
    choices = _kept(reply.choices)
    last_limit = limits.LIST_BODY if choices else limits.TEXT_BODY
    if len(reply.text) <= last_limit:
        return [reply.model_copy(update={"choices": choices})]
    parts = split_text(reply.text, min(last_limit, limits.TEXT_BODY))
    return [Reply(text=part) for part in parts[:-1]] + [
        Reply(text=parts[-1], choices=choices, list_button=reply.list_button)
    ]


def _with_attachments(reply: Reply) -> list[Reply]:
    """A file with the text below it where that fits, a place in a message of its own, for it takes no text."""
    captioned = reply.file is not None and len(reply.text) <= limits.CAPTION
    parts = [Reply(text=reply.text if captioned else "", file=reply.file)] if reply.file is not None else []
    if reply.text and not captioned:
        parts += split_reply(reply.model_copy(update={"file": None, "place": None}))
    return [*parts, Reply(text="", place=reply.place)] if reply.place is not None else parts


def _kept(choices: tuple[Choice, ...]) -> tuple[Choice, ...]:
    """Each id once, and no more than a list holds: better a reply with ten choices than none."""
    once = tuple({choice.id: choice for choice in reversed(choices)}.values())[::-1]
    if len(once) > limits.LIST_ROWS:
        log.error("choices_cut", count=len(once), limit=limits.LIST_ROWS)
    return once[: limits.LIST_ROWS]


def message_body(recipient: Recipient, reply: Reply, reference: str, media_id: str | None = None) -> dict[str, Any]:
    """The JSON of one message; `reference` comes back in every status of it, `media_id` is that of its file."""
    body: dict[str, Any] = {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        **_address(recipient),
        "biz_opaque_callback_data": reference,
    }
    if reply.template is not None:
        return {**body, "type": "template", "template": _template(reply.template)}
    if reply.file is not None:
        kind = "document" if reply.file.kind == AttachmentKind.DOCUMENT else "image"
        return {**body, "type": kind, kind: _file(reply, media_id)}
    if reply.place is not None:
        return {**body, "type": "location", "location": _location(reply.place)}
    if not reply.choices:
        return {**body, "type": "text", "text": {"body": reply.text, "preview_url": False}}
    return {**body, "type": "interactive", "interactive": _interactive(reply)}


def _file(reply: Reply, media_id: str | None) -> dict[str, Any]:
    assert reply.file is not None
    content: dict[str, Any] = {"id": media_id}
    if reply.file.kind == AttachmentKind.DOCUMENT:
        content["filename"] = reply.file.name
    return {**content, "caption": reply.text} if reply.text else content


def _location(place: Place) -> dict[str, Any]:
    words = {"name": place.name, "address": place.address}
    return {
        "latitude": place.latitude,
        "longitude": place.longitude,
        **{name: text for name, text in words.items() if text},
    }


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
    if recipient.user_id is None:
        raise SendFailed(FailureClass.UNDELIVERABLE)  # their number has another owner now, and we know no other address
    return {"recipient": recipient.user_id}


def _template(use: TemplateUse) -> dict[str, Any]:
    content: dict[str, Any] = {"name": use.name, "language": {"code": use.language}}
    if use.parameters:
        values = [{"type": "text", "parameter_name": name, "text": text} for name, text in use.parameters]
        content["components"] = [{"type": "body", "parameters": values}]
    return content


def _interactive(reply: Reply) -> dict[str, Any]:
    if len(reply.choices) <= limits.BUTTONS and len(reply.text) <= limits.BUTTONS_BODY:
        buttons = [
            {"type": "reply", "reply": {"id": choice[: limits.BUTTON_ID], "title": title}}
            for choice, title in titled(reply.choices, limits.BUTTON_TITLE)
        ]
        return {"type": "button", "body": {"text": reply.text}, "action": {"buttons": buttons}}
    rows = [
        {"id": choice[: limits.LIST_ROW_ID], "title": title}
        for choice, title in titled(reply.choices, limits.LIST_ROW_TITLE)
    ]
    return {
        "type": "list",
        "body": {"text": reply.text},
        "action": {"button": reply.list_button[: limits.LIST_BUTTON] or "…", "sections": [{"rows": rows}]},
    }


def accepted_id(answer: dict[str, Any]) -> str:
    """The wamid that Meta gave; raises `SendFailed` when a success carries none (then the outcome is unknown)."""
    messages = answer.get("messages")
    first = messages[0] if isinstance(messages, list) and messages else None
    external_id = first.get("id") if isinstance(first, dict) else None
    if not isinstance(external_id, str) or not external_id:
        raise SendFailed(FailureClass.UNKNOWN_OUTCOME)
    return external_id


class TypingLimit:
    """Shows a recipient "typing…" at most once in 20 seconds, counted in this process alone."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._shown: OrderedDict[Recipient, float] = OrderedDict()

    def is_too_soon(self, recipient: Recipient) -> bool:
        """Whether it was shown less than 20 seconds ago; when not, it counts as shown now."""
        timestamp = self._clock()
        if timestamp - self._shown.get(recipient, -TYPING_PAUSE) < TYPING_PAUSE:
            return True
        self._shown[recipient] = timestamp
        self._shown.move_to_end(recipient)
        if len(self._shown) > MOST_REMEMBERED:
            self._shown.popitem(last=False)
        return False


class WhatsApp:
    """The Cloud API of one app with one or more numbers."""

    name = ChannelName.WHATSAPP
    has_templates = True
    reply_window = officer_window = dt.timedelta(hours=REPLY_WINDOW_HOURS)
    keeps_order = False
    attachments = frozenset(AttachmentKind)

    def __init__(self, settings: Settings) -> None:
        self.verify_token = settings.whatsapp_verify_token.get_secret_value()
        self._secret = settings.whatsapp_app_secret.get_secret_value()
        self._numbers = settings.business_numbers
        self.pace = Pace(
            number_rate=settings.number_rate,
            pair_burst=settings.pair_burst,
            pair_seconds=settings.pair_seconds,
            both_directions=True,
        )
        self._graph = GraphClient(
            settings.graph_url,
            settings.graph_version,
            settings.whatsapp_access_token.get_secret_value(),
            settings.graph_timeout,
            WHATSAPP_CODES,
        )
        self._media = MediaReader(self._graph, settings.graph_url)
        self._typing = TypingLimit()
        warn_of_end(settings.graph_version)

    def verify(self, headers: Mapping[str, str], body: bytes) -> bool:
        """Meta signs the raw bytes with the app secret."""
        return is_authentic(self._secret, body, headers.get("x-hub-signature-256"))

    def read(self, body: bytes) -> list[IncomingEvent]:
        """Every update of every entry and change."""
        return read_events(body)

    def is_ours(self, business_number: str) -> bool:
        """Whether Meta's id of a number is one of our settings."""
        return business_number in self._numbers

    def split(self, reply: Reply) -> list[Reply]:
        """One message where it fits."""
        return split_reply(reply)

    async def send(self, recipient: Recipient, reply: Reply, reference: str) -> str:
        """Text, reply buttons, a list, a template, a file or a place, by what the reply holds."""
        media_id = None
        if reply.file is not None:
            media_id = await self._graph.upload(f"{recipient.business_number}/media", reply.file)
        body = message_body(recipient, reply, reference, media_id)
        return accepted_id(await self._graph.post(f"{recipient.business_number}/messages", body))

    async def open_media(self, reference: str) -> tuple[str, bytes]:
        """A file of a citizen, fetched now and stored nowhere."""
        return await self._media.open(reference)

    async def show_typing(self, recipient: Recipient, external_id: str) -> None:
        """Blue ticks and "typing…" until the answer comes; at most once in 20 seconds."""
        if self._typing.is_too_soon(recipient):
            return
        await self._graph.post(f"{recipient.business_number}/messages", typing_body(external_id))

    async def close(self) -> None:
        """Close the connections."""
        await self._graph.close()
