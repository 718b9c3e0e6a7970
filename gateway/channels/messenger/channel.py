"""Messenger as a channel: a Facebook Page, with personas and buttons."""

from gateway.channels.pages import limits
from gateway.channels.pages.channel import PageChannel, Traits
from gateway.channels.pages.payloads import Account
from gateway.channels.pages.sending import PageClient
from gateway.channels.pages.splitting import characters
from gateway.settings import Settings

NAME = "messenger"


class Messenger(PageChannel):
    """The Page of our settings."""

    name = NAME
    traits = Traits(
        text_limit=limits.MESSENGER_TEXT,
        measure=characters,
        with_template=True,
        with_numbers=False,
        echoes_reference=True,
    )

    def __init__(self, settings: Settings) -> None:
        super().__init__(
            Account(id=settings.messenger_page, app_id=settings.messenger_app_id),
            page_client(settings),
            app_secret=settings.messenger_app_secret.get_secret_value(),
            verify_token=settings.messenger_verify_token.get_secret_value(),
            human_agent=settings.messenger_human_agent,
            personas={"bot": settings.messenger_persona_bot, "officer": settings.messenger_persona_officer},
        )


def page_client(settings: Settings) -> PageClient:
    """Meta's endpoints of our Page."""
    return PageClient(
        settings.messenger_graph_url,
        settings.graph_version,
        settings.messenger_page,
        settings.messenger_access_token.get_secret_value(),
        settings.graph_timeout,
    )
