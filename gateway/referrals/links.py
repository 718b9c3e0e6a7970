"""Referrals, addresses: where a referral link leads on each platform; pure.

Formats: WhatsApp "Click to chat" (`text`), Messenger "m.me links" (`ref`), Instagram "ig.me links" (`ref`;
they work once the account has ice breakers), and our own page.
"""

from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from gateway.conversations.kinds import ChannelName
from gateway.core.config.settings import Settings
from gateway.referrals.codes import prefilled_text

# Our account names while the simulator plays Meta; nothing real is at these addresses.
_SIMULATED = {
    ChannelName.WHATSAPP: "35890000000",
    ChannelName.MESSENGER: "103000000000001",
    ChannelName.INSTAGRAM: "neuvo.example",
}


@dataclass(frozen=True)
class Links:
    """The addresses of one referral link, made from the settings."""

    settings: Settings
    code: str

    def platforms(self) -> list[ChannelName]:
        """Where it can lead: the web chat always, a platform when we are on it and know its name for us."""
        return [platform for platform in ChannelName if platform == ChannelName.WEB or self._name(platform)]

    def link(self, platform: ChannelName, language: str) -> str:
        """The whole address. Raises `KeyError` for a platform that is not among `platforms`."""
        if platform not in self.platforms():
            raise KeyError(platform)
        name = self._name(platform)
        if platform == ChannelName.WHATSAPP:
            return f"https://wa.me/{name}?text={quote(prefilled_text(language, self.code), safe='')}"
        if platform == ChannelName.MESSENGER:
            return f"https://m.me/{name}?ref={self.code}"
        if platform == ChannelName.INSTAGRAM:
            return f"https://ig.me/m/{name}?ref={self.code}"
        return f"{self._public_url}/chat?source={self.code.lower()}&lang={language}"

    def short(self) -> str:
        """What a person types who cannot scan: our own address, which leads to the web chat."""
        address = urlsplit(self._public_url)
        return f"{address.netloc}{address.path}/d/{self.code}"

    @property
    def _public_url(self) -> str:
        return self.settings.public_url.rstrip("/")

    def _name(self, platform: ChannelName) -> str:
        settings = self.settings
        named = {
            ChannelName.WHATSAPP: settings.whatsapp_number.lstrip("+"),
            ChannelName.MESSENGER: settings.messenger_page_name or settings.messenger_page_id,
            ChannelName.INSTAGRAM: settings.instagram_username if settings.instagram_account else "",
        }.get(platform, "")
        return named or (_SIMULATED.get(platform, "") if settings.simulator_enabled else "")
