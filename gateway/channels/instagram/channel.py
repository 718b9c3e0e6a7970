"""Instagram as a channel: a professional account, behind a linked Page or Instagram Login, as the settings say."""

from gateway.channels.pages import limits
from gateway.channels.pages.channel import PageChannel, Traits
from gateway.channels.pages.payloads import Account
from gateway.channels.pages.sending import PageClient
from gateway.channels.pages.splitting import utf8_bytes
from gateway.settings import Settings

NAME = "instagram"


class Instagram(PageChannel):
    """The account of our settings.

    With a linked Page, requests go to the Page and the Facebook application signs; with Instagram Login they go to the
    account itself, on another host, and the Instagram application's own secret signs. The bodies are the same.
    """

    name = NAME
    traits = Traits(
        text_limit=limits.INSTAGRAM_TEXT_BYTES,
        measure=utf8_bytes,
        with_template=False,
        with_numbers=True,
        echoes_reference=False,
    )

    def __init__(self, settings: Settings) -> None:
        super().__init__(
            Account(id=settings.instagram_account, app_id=settings.instagram_app_id),
            PageClient(
                settings.instagram_graph_url,
                settings.graph_version,
                settings.instagram_page_id or settings.instagram_account,
                settings.instagram_access_token.get_secret_value(),
                settings.graph_timeout,
            ),
            app_secret=settings.instagram_app_secret.get_secret_value(),
            verify_token=settings.instagram_verify_token.get_secret_value(),
            human_agent=settings.instagram_human_agent,
            personas={},  # Messenger's alone
        )
