"""Settings of production as an operator would have them: secrets of its own, https, a proxy before it."""

import base64
import hashlib
from typing import Any

from gateway.core.config.settings import Settings

SECRETS = ("rasa_token", "whatsapp_app_secret", "whatsapp_verify_token", "whatsapp_access_token", "secret_key")


def secret(name: str) -> str:
    """A secret that looks like a random one, the same at each call."""
    return hashlib.sha256(name.encode()).hexdigest()


def data_key(name: str) -> str:
    """A data key in the form of `NEUVO_DATA_KEY`, the same at each call."""
    return f"{name}:{base64.b64encode(hashlib.sha256(name.encode()).digest()).decode()}"


def production(**changes: Any) -> Settings:
    """Settings of production with these changes. Raises what the service would refuse to start with."""
    own: dict[str, Any] = {
        **{name: secret(name) for name in SECRETS},
        "data_key": data_key("a"),
        "public_url": "https://neuvo.helsinki-police.fi",
        "trusted_proxies": "172.20.0.0/16",
        "whatsapp_phone_number_id": "1",
    }
    return Settings(_env_file=None, environment="production", **{**own, **changes})
