"""Settings: every setting of the gateway, typed, in one class, and refused together where they are unsafe."""

import re
from pathlib import Path
from typing import Self

from pydantic import model_validator
from pydantic_settings import SettingsConfigDict

from gateway.core.config.safety import problems_of
from gateway.core.config.service import ServiceSettings

_ORIGIN = re.compile(r"https?://[A-Za-z0-9.-]+(:[0-9]{1,5})?")
_ADDRESS = re.compile(_ORIGIN.pattern + r"(/[A-Za-z0-9._~/?=&%-]*)?")

# Where container managers put secrets, one file each, named as the variable, which takes precedence.
_SECRETS = Path("/run/secrets")

PROJECT = Path(__file__).resolve().parents[3]


class UnsafeSettings(ValueError):
    """The service was asked to start with settings that are unsafe; the text names each and what to do."""


class Settings(ServiceSettings):
    """What an operator may change; the environment takes precedence over `.env`; `.env.example` explains each.

    Durations are seconds, sizes bytes. Raises `UnsafeSettings` where they are unsafe (`safety.py`).
    """

    model_config = SettingsConfigDict(
        env_prefix="NEUVO_",
        env_file=".env",
        extra="ignore",
        secrets_dir=_SECRETS if _SECRETS.is_dir() else None,
        hide_input_in_errors=True,  # it may be a secret
    )

    @model_validator(mode="after")
    def refuse_unsafe_header_values(self) -> Self:
        """Refuse origins and addresses with characters that could break out of a security header."""
        wrong = [each for each in self.chat_embedders if not _ORIGIN.fullmatch(each)]
        if wrong:
            raise ValueError(f"NEUVO_CHAT_EMBED_ORIGINS wants https://host or http://host:port, not {wrong[0]!r}.")
        if not _ADDRESS.fullmatch(self.chat_exit_url):
            raise ValueError(f"NEUVO_CHAT_EXIT_URL wants an https:// address, not {self.chat_exit_url!r}.")
        return self

    @model_validator(mode="after")
    def refuse_unshared_state_with_several_processes(self) -> Self:
        """Several gateway processes need PostgreSQL, and a simulator outside their memory."""
        if self.gateway_processes == 1:
            return self
        if self.database_url.startswith("sqlite"):
            raise UnsafeSettings(
                "NEUVO_GATEWAY_PROCESSES above 1 needs PostgreSQL: with SQLite one process does everything. "
                "Set NEUVO_DATABASE_URL=postgresql://… or NEUVO_GATEWAY_PROCESSES=1."
            )
        if self.simulator_enabled:
            raise UnsafeSettings(
                "With NEUVO_GATEWAY_PROCESSES above 1 the simulator must run by itself: set NEUVO_SIMULATOR=false and "
                "NEUVO_GRAPH_BASE_URL to where `python -m simulator` listens, with /graph behind it."
            )
        return self

    @model_validator(mode="after")
    def refuse_half_a_store(self) -> Self:
        """Object storage needs an address, a bucket and both keys."""
        given = {
            "NEUVO_S3_ENDPOINT": self.s3_endpoint,
            "NEUVO_S3_BUCKET": self.s3_bucket,
            "NEUVO_S3_ACCESS_KEY": self.s3_access_key,
            "NEUVO_S3_SECRET_KEY": self.s3_secret_key,
        }
        missing = [name for name, value in given.items() if not value]
        if self.published_store == "s3" and missing:
            raise ValueError(f"NEUVO_PUBLISHED_STORE=s3 needs {', '.join(missing)} too.")
        return self

    @model_validator(mode="after")
    def refuse_unsafe_settings(self) -> Self:
        """Refuse to start with settings that are unsafe in this environment, and name all of them at once."""
        if problems := problems_of(self):
            raise UnsafeSettings("\n".join(problems))
        return self
