"""Messenger and Instagram as channels of the gateway: what both do in the same way."""

from collections.abc import Mapping
from dataclasses import dataclass

from gateway.channels.base import IncomingEvent, MediaRefused, Pace, Recipient, Reply, SendFailed
from gateway.channels.pages import limits
from gateway.channels.pages.payloads import Account, read_events
from gateway.channels.pages.sending import PageClient, accepted_id, action_body, message_body
from gateway.channels.pages.signature import is_authentic
from gateway.channels.pages.splitting import Measure, split_reply


@dataclass(frozen=True)
class Traits:
    """In what the two platforms differ.

    `text_limit` is counted by `measure`. `with_template`: buttons show everywhere. `with_numbers`: choices must also
    stand in the text, for devices without quick replies. `echoes_reference`: the outbox id comes back in echoes.
    """

    text_limit: int
    measure: Measure
    with_template: bool
    with_numbers: bool
    echoes_reference: bool


class PageChannel:
    """One Page or account; a platform's own class says which, and what is different there."""

    name = ""
    traits: Traits
    reply_window = limits.REPLY_WINDOW
    has_templates = False
    keeps_order = True  # "Messages are always sent in order" (page "messages" of the webhook reference)
    pace = Pace(number_rate=limits.CALLS_PER_SECOND, pair_burst=limits.PERSON_BURST, pair_seconds=limits.PERSON_SECONDS)

    def __init__(
        self,
        account: Account,
        client: PageClient,
        *,
        app_secret: str,
        verify_token: str,
        human_agent: bool,
        personas: Mapping[str, str],
    ) -> None:
        self.verify_token = verify_token
        self.officer_window = limits.HUMAN_AGENT_WINDOW if human_agent else limits.REPLY_WINDOW
        self._account, self._client, self._secret, self._personas = account, client, app_secret, personas

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
        traits = self.traits
        return split_reply(reply, traits.text_limit, traits.measure, with_numbers=traits.with_numbers)

    async def send(self, recipient: Recipient, reply: Reply, reference: str) -> str:
        """Text, buttons or quick replies, under the name of the bot or the officer where the platform has names."""
        if reply.late and reply.author != "officer":
            raise SendFailed("window_closed")  # the tag is for what a person wrote, and we do not lie to Meta
        body = message_body(
            _user_id(recipient),
            reply,
            with_template=self.traits.with_template,
            reference=reference if self.traits.echoes_reference else None,
            persona=self._personas.get("officer" if reply.author == "officer" else "bot"),
        )
        return accepted_id(await self._client.post(body))

    async def show_typing(self, recipient: Recipient, external_id: str) -> None:
        """ "Seen" under the citizen's words, then dots until the answer comes."""
        for action in ("mark_seen", "typing_on"):
            await self._client.post(action_body(_user_id(recipient), action))

    async def open_media(self, reference: str) -> tuple[str, bytes]:
        """Not from here: raises `MediaRefused`."""
        raise MediaRefused("Files from this platform are looked at in the platform's own inbox.")

    async def close(self) -> None:
        """Give the connections back."""
        await self._client.close()


def _user_id(recipient: Recipient) -> str:
    if not recipient.user_id:
        raise SendFailed("undeliverable")
    return recipient.user_id
