"""WhatsApp as a channel: verify, read, split, send, media."""

import datetime as dt
from collections.abc import Mapping

from gateway.channels.meta.graph import GraphClient, warn_of_end
from gateway.channels.meta.signature import is_authentic
from gateway.channels.whatsapp.errors import WHATSAPP_CODES
from gateway.channels.whatsapp.limits import REPLY_WINDOW_HOURS
from gateway.channels.whatsapp.media import MediaReader
from gateway.channels.whatsapp.payloads import read_events
from gateway.channels.whatsapp.send import TypingLimit, accepted_id, message_body, split_reply, typing_body
from gateway.conversations.attachments import AttachmentKind
from gateway.conversations.kinds import ChannelName
from gateway.conversations.messages import IncomingEvent, Recipient, Reply
from gateway.core.config.settings import Settings
from gateway.core.rate_limit import Pace


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
