"""Instagram as a channel: a professional account, behind a linked Page or Instagram Login, as the settings say."""

from gateway.channels.meta import limits
from gateway.channels.meta.channel import Capabilities, MetaChannel
from gateway.channels.meta.errors import MESSENGER_CODES
from gateway.channels.meta.graph import GraphClient
from gateway.channels.meta.payloads import Account
from gateway.channels.meta.split import utf8_bytes
from gateway.conversations.kinds import ChannelName
from gateway.core.config.settings import Settings


class Instagram(MetaChannel):
    """The account of our settings.

    With a linked Page, requests go to the Page and the Facebook application signs; with Instagram Login they go to the
    account itself, on another host, and the Instagram application's own secret signs. The bodies are the same.
    """

    name = ChannelName.INSTAGRAM
    capabilities = Capabilities(
        text_limit=limits.INSTAGRAM_TEXT_BYTES,
        measure=utf8_bytes,
        with_template=False,
        with_numbers=True,
        echoes_reference=False,
    )

    def __init__(self, settings: Settings) -> None:
        super().__init__(
            Account(id=settings.instagram_account, app_id=settings.instagram_app_id),
            GraphClient(
                settings.instagram_graph_url,
                settings.graph_version,
                settings.instagram_access_token.get_secret_value(),
                settings.graph_timeout,
                MESSENGER_CODES,
            ),
            endpoint=settings.instagram_page_id or settings.instagram_account,
            app_secret=settings.instagram_app_secret.get_secret_value(),
            verify_token=settings.instagram_verify_token.get_secret_value(),
            human_agent=settings.instagram_human_agent,
            personas={},  # Messenger alone has them
        )
