"""Under doors: where a door leads, on each platform that this service is on; pure.

Forms of the links: WhatsApp "Click to chat" (`text`), Messenger "m.me links" (`ref`), Instagram "ig.me links" (`ref`;
they work once the account has ice breakers), and our own page.
"""

from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from gateway.doors.codes import first_words
from gateway.settings import Settings

# What stands in for a platform's name of ours while the simulator plays it; nothing real is at these addresses.
_SIMULATED = {"whatsapp": "35890000000", "messenger": "103000000000001", "instagram": "neuvo.example"}
PLATFORMS = ("whatsapp", "messenger", "instagram", "web")
LANGUAGES = ("fi", "sv", "en")


@dataclass(frozen=True)
class Links:
    """The addresses of one door, as the settings name our places."""

    settings: Settings
    code: str

    def platforms(self) -> list[str]:
        """Where it can lead: the web chat always, a platform when we are on it and know its name for us."""
        return [platform for platform in PLATFORMS if platform == "web" or self._name(platform)]

    def link(self, platform: str, language: str) -> str:
        """The whole address. Raises `KeyError` for a platform that is not among `platforms`."""
        if platform not in self.platforms():
            raise KeyError(platform)
        name = self._name(platform)
        if platform == "whatsapp":
            return f"https://wa.me/{name}?text={quote(first_words(language, self.code), safe='')}"
        if platform == "messenger":
            return f"https://m.me/{name}?ref={self.code}"
        if platform == "instagram":
            return f"https://ig.me/m/{name}?ref={self.code}"
        return f"{self._public_url}/chat?source={self.code.lower()}&lang={language}"

    def short(self) -> str:
        """What a person types who cannot scan: our own address, which leads to the web chat."""
        address = urlsplit(self._public_url)
        return f"{address.netloc}{address.path}/d/{self.code}"

    @property
    def _public_url(self) -> str:
        return self.settings.public_url.rstrip("/")

    def _name(self, platform: str) -> str:
        settings = self.settings
        named = {
            "whatsapp": settings.whatsapp_number.lstrip("+"),
            "messenger": settings.messenger_page_name or settings.messenger_page_id,
            "instagram": settings.instagram_username if settings.instagram_account else "",
        }.get(platform, "")
        return named or (_SIMULATED.get(platform, "") if settings.simulator_enabled else "")
