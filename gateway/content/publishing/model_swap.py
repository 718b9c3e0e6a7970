"""Content, model swap: every process of Rasa loads another model while messages flow."""

import time
from collections.abc import Iterable
from pathlib import Path
from typing import Final

import httpx2

from gateway.content.errors import ContentRefused
from gateway.core.config.settings import Settings
from gateway.core.tls import ssl_context

_PATIENCE: Final = 60.0


async def load_everywhere(settings: Settings, model: Path, urls: Iterable[str] | None = None) -> tuple[int, float]:
    """Tell each process of Rasa (or those at `urls`) to load the model: how many did, and the seconds it took.

    A process that does not run is passed over: it loads the live model when it starts. Raises `ContentRefused` when one
    refuses; the others may have loaded it, so the caller loads the old one everywhere.
    """
    began, loaded = time.monotonic(), 0
    async with httpx2.AsyncClient(
        timeout=httpx2.Timeout(_PATIENCE, connect=2.0), verify=ssl_context(), trust_env=False
    ) as client:
        for url in settings.rasa_urls if urls is None else urls:
            loaded += await _load(client, url, settings.rasa_token.get_secret_value(), model)
    return loaded, time.monotonic() - began


async def _load(client: httpx2.AsyncClient, url: str, token: str, model: Path) -> bool:
    try:
        response = await client.put(f"{url}/model", params={"token": token}, json={"model_file": str(model)})
    except httpx2.ConnectError:
        return False
    except httpx2.HTTPError as error:
        raise ContentRefused("swap_failed", reason=type(error).__name__) from error
    if not response.is_success:
        raise ContentRefused("swap_failed", reason=f"Rasa {response.status_code}")
    return True
