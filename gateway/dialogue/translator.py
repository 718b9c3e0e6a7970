"""Dialogue: a machine translator for officers; off unless the force has set one up, and never on the citizen's road."""

from collections.abc import Mapping
from typing import Any, ClassVar, Final, Protocol

from gateway.core.config.settings import Settings
from gateway.core.errors import GatewayError
from gateway.core.http.client import JsonClient, NoAnswer, NotSent
from gateway.core.tls import ssl_context

LONGEST: Final = 5000  # characters of a text
_TIMEOUT: Final = 15.0  # seconds


class TranslatorUnavailable(GatewayError):
    """No translation: the translator is off, down, or refuses; nothing else depends on it."""

    status = 503
    texts: ClassVar[Mapping[str, str]] = {
        "translator_off": "There is no machine translator here.",
        "translator_away": "The machine translator did not answer: {why}.",
    }


class Translator(Protocol):
    """Anything that translates a text."""

    async def translate(self, text: str, source: str | None, target: str) -> str:
        """The text in another language; `source` None where its own is not known. Raises `TranslatorUnavailable`."""

    async def close(self) -> None:
        """Close the connections."""


class LibreTranslate:
    """A server with LibreTranslate's API: `POST /translate`."""

    def __init__(self, url: str, key: str) -> None:
        self._key = key
        self._client = JsonClient(url, {}, timeout=_TIMEOUT, connect_timeout=2.0, tls=ssl_context())

    async def translate(self, text: str, source: str | None, target: str) -> str:
        """See `Translator`; of a text longer than `LONGEST` the beginning."""
        body = {"q": text[:LONGEST], "source": source or "auto", "target": target, "format": "text"}
        try:
            answer = await self._client.post("translate", {**body, **({"api_key": self._key} if self._key else {})})
            content: Any = answer.json()
        except (NotSent, NoAnswer, ValueError) as error:
            raise TranslatorUnavailable("translator_away", why=type(error).__name__) from error
        translated = content.get("translatedText") if isinstance(content, dict) else None
        if not answer.is_success or not isinstance(translated, str) or not translated.strip():
            raise TranslatorUnavailable("translator_away", why=f"status {answer.status}")
        return translated.strip()

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()


def translator_of(settings: Settings) -> Translator | None:
    """The translator of the settings, or None."""
    if not settings.translator_url:
        return None
    return LibreTranslate(settings.translator_url, settings.translator_key.get_secret_value())
