"""Messenger and Instagram: what both channels do in the same way."""

from collections.abc import Mapping
from dataclasses import dataclass

from gateway.channels.base import MediaRefused, SendFailed
from gateway.channels.meta import limits
from gateway.channels.meta.graph import GraphClient
from gateway.channels.meta.json import is_authentic
from gateway.channels.meta.payloads import Account, read_events
from gateway.channels.meta.send import accepted_id, action_body, message_body, split_reply
from gateway.channels.meta.split import Measure
from gateway.conversations.attachments import AttachmentKind
from gateway.conversations.kinds import Author, ChannelName, FailureClass
from gateway.conversations.messages import IncomingEvent, Recipient, Reply
from gateway.core.rate_limit import Pace


@dataclass(frozen=True)
class Capabilities:
    """In what the two platforms differ.

    `text_limit` is counted by `measure`. `with_template`: buttons show everywhere. `with_numbers`: choices must also
    stand in the text, for devices without quick replies. `echoes_reference`: the outbox id comes back in echoes.
    """

    text_limit: int
    measure: Measure
    with_template: bool
    with_numbers: bool
    echoes_reference: bool


class MetaChannel:
    """One Page or Instagram account; the subclass of each platform names it and its capabilities."""

    name: ChannelName
    capabilities: Capabilities
    reply_window = limits.REPLY_WINDOW
    has_templates = False
    attachments = frozenset({AttachmentKind.PLACE})  # in words; files are sent in the platform's own inbox
    keeps_order = True  # "Messages are always sent in order" (page "messages" of the webhook reference)
    pace = Pace(number_rate=limits.CALLS_PER_SECOND, pair_burst=limits.PERSON_BURST, pair_seconds=limits.PERSON_SECONDS)

    def __init__(
        self,
        account: Account,
        graph: GraphClient,
        *,
        endpoint: str,
        app_secret: str,
        verify_token: str,
        human_agent: bool,
        personas: Mapping[Author, str],
    ) -> None:
        self.verify_token = verify_token
        self.officer_window = limits.HUMAN_AGENT_WINDOW if human_agent else limits.REPLY_WINDOW
        self._account, self._graph, self._messages = account, graph, f"{endpoint}/messages"
        self._secret, self._personas = app_secret, personas

    def verify(self, headers: Mapping[str, str], body: bytes) -> bool:
        """Meta signs the raw bytes with the application's secret."""
        return is_authentic(self._secret, body, headers.get("x-hub-signature-256"))

    def read(self, body: bytes) -> list[IncomingEvent]:
        """Every update of every entry."""
        return read_events(body, self._account)

    def is_ours(self, business_number: str) -> bool:
        """Whether it is the id of our Page or account."""
        return business_number == self._account.id

    def split(self, reply: Reply) -> list[Reply]:
        """One message where it fits."""
        capabilities = self.capabilities
        return split_reply(reply, capabilities.text_limit, capabilities.measure, with_numbers=capabilities.with_numbers)

    async def send(self, recipient: Recipient, reply: Reply, reference: str) -> str:
        """Text, buttons or quick replies, under the name of the bot or the officer where the platform has names."""
        if reply.late and reply.author != Author.OFFICER:
            raise SendFailed(FailureClass.WINDOW_CLOSED)  # Meta allows the tag only for what a person wrote
        if reply.file is not None:
            raise SendFailed(FailureClass.CONTENT)  # refused before it is queued: see `attachments`
        body = message_body(
            _user_id(recipient),
            reply,
            with_template=self.capabilities.with_template,
            reference=reference if self.capabilities.echoes_reference else None,
            persona=self._personas.get(Author.OFFICER if reply.author == Author.OFFICER else Author.BOT),
        )
        return accepted_id(await self._graph.post(self._messages, body))

    async def show_typing(self, recipient: Recipient, external_id: str) -> None:
        """Mark the message as seen, then show "typing…" until the answer comes."""
        for action in ("mark_seen", "typing_on"):
            await self._graph.post(self._messages, action_body(_user_id(recipient), action))

    async def open_media(self, reference: str) -> tuple[str, bytes]:
        """Not supported: raises `MediaRefused`."""
        raise MediaRefused("only_in_inbox")

    async def close(self) -> None:
        """Close the connections."""
        await self._graph.close()


def _user_id(recipient: Recipient) -> str:
    if not recipient.user_id:
        raise SendFailed(FailureClass.UNDELIVERABLE)
    return recipient.user_id
