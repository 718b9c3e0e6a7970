"""Messenger as a channel: a Facebook Page, with personas and buttons."""

from gateway.channels.meta import limits
from gateway.channels.meta.channel import Capabilities, MetaChannel
from gateway.channels.meta.errors import MESSENGER_CODES
from gateway.channels.meta.graph import GraphClient
from gateway.channels.meta.payloads import Account
from gateway.channels.meta.split import utf16_units
from gateway.conversations.kinds import Author, ChannelName
from gateway.core.config.settings import Settings


class Messenger(MetaChannel):
    """The Page of our settings."""

    name = ChannelName.MESSENGER
    capabilities = Capabilities(
        text_limit=limits.MESSENGER_TEXT,
        measure=utf16_units,
        with_template=True,
        with_numbers=False,
        echoes_reference=True,
    )

    def __init__(self, settings: Settings) -> None:
        super().__init__(
            Account(id=settings.messenger_page, app_id=settings.messenger_app_id),
            graph_client(settings),
            endpoint=settings.messenger_page,
            app_secret=settings.messenger_app_secret.get_secret_value(),
            verify_token=settings.messenger_verify_token.get_secret_value(),
            human_agent=settings.messenger_human_agent,
            personas={Author.BOT: settings.messenger_persona_bot, Author.OFFICER: settings.messenger_persona_officer},
        )


def graph_client(settings: Settings) -> GraphClient:
    """The Graph API with the token of our Page."""
    return GraphClient(
        settings.messenger_graph_url,
        settings.graph_version,
        settings.messenger_access_token.get_secret_value(),
        settings.graph_timeout,
        MESSENGER_CODES,
    )
