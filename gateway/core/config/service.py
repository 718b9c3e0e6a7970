"""Settings of the service itself, and what follows from them."""

from functools import cached_property
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr

from gateway.core.config.meta import SIMULATED_ACCOUNT, SIMULATED_PAGE, MetaSettings
from gateway.core.config.observability import ObservabilitySettings
from gateway.core.config.published import PublishedSettings
from gateway.core.config.samples import SAMPLE, SAMPLE_DATA_KEY
from gateway.core.config.staff import StaffSettings
from gateway.core.networks import Networks, read_networks

Environment = Literal["development", "production"]


class ServiceSettings(MetaSettings, StaffSettings, ObservabilitySettings, PublishedSettings):
    """What an operator may change, unchecked: see `Settings`. Durations are seconds, sizes bytes."""

    environment: Environment = "development"
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    host: str = "127.0.0.1"
    port: int = 8000
    public_url: str = "http://localhost:8000"
    allowed_hosts: str = ""
    # The listener of the operator's own machines: metrics and health. 0 switches it off.
    internal_host: str = "127.0.0.1"
    internal_port: int = Field(default=8001, ge=0, le=65535)
    database_url: str = "sqlite+aiosqlite:///var/neuvo.db"
    direct_database_url: SecretStr | None = None
    # The editors' working copy; beside the other files of this machine by default.
    content_dir: Path | None = None
    content_remote: str = ""
    content_four_eyes: bool = True
    # Days that the editors may see messages that were not understood.
    content_inbox_days: int = Field(default=14, ge=1, le=30)
    # Citizens' masked messages that a new bot is looked at with beside the live one, for figures alone; 0 is none.
    content_shadow_messages: int = Field(default=0, ge=0, le=1000)
    published_dir: Path | None = None
    # Sentence vectors of the examples, made after the start while nothing needs the processor, so that an editor's
    # first training and first look for similar examples do not wait for all of them.
    precompute_vectors: bool = True

    # One address, or several separated by commas; of one, `rasa_processes` makes as many by counting ports up.
    rasa_url: str = "http://127.0.0.1:5005"
    rasa_processes: int = Field(default=1, ge=1, le=64)
    rasa_in_flight: int = Field(default=1, ge=1)
    redis_url: SecretStr | None = None
    gateway_processes: int = Field(default=1, ge=1, le=64)
    rasa_token: SecretStr = SecretStr(SAMPLE + "rasa-token")
    actions_url: str = "http://127.0.0.1:5055"
    dialogue_timeout: float = 8.0
    # Conversations that this process answers at a time; other processes take the rest.
    dialogue_concurrency: int = 16

    whatsapp_app_secret: SecretStr = SecretStr(SAMPLE + "app-secret")
    whatsapp_verify_token: SecretStr = SecretStr(SAMPLE + "verify-token")
    whatsapp_access_token: SecretStr = SecretStr(SAMPLE + "access-token")
    # One or more ids, separated by commas: numbers that are not in this list are stored and never answered.
    whatsapp_phone_number_id: str = "106540352242922"
    whatsapp_business_account_id: str = ""
    graph_base_url: str = ""
    graph_version: str = "v25.0"
    graph_timeout: float = 10.0
    # Seconds that a request with an unknown outcome waits for a status before it is repeated.
    unknown_wait: float = Field(default=15.0, ge=0)
    # Meta's page "Throughput": messages a second of one number, both directions together.
    number_rate: float = Field(default=80.0, ge=1)
    # Meta's page "About the platform": one message each six seconds to one citizen, 45 may be borrowed.
    pair_burst: float = Field(default=45.0, ge=1)
    pair_seconds: float = Field(default=6.0, ge=0)

    secret_key: SecretStr = SecretStr(SAMPLE + "secret-key")
    data_key: SecretStr = SecretStr(SAMPLE_DATA_KEY)

    demonstration: bool | None = None
    trusted_proxies: str = ""

    webhook_size_limit: int = Field(default=4 * 1024 * 1024, gt=0)
    form_size_limit: int = Field(default=1024 * 1024, gt=0)
    # Of an officer's reply, with its picture (5 MB at most) or PDF (10 MB).
    reply_form_size_limit: int = Field(default=11 * 1024 * 1024, gt=0)
    storage_timeout: float = Field(default=3.0, gt=0)
    citizen_turns: int = Field(default=20, ge=1)  # a minute
    # Seconds that a bare greeting waits for the next message.
    turn_hold: float = 1.5
    # Seconds that messages wait for an engine that starts, before their citizen is told that nobody can answer.
    engine_wait: float = Field(default=60.0, ge=0)
    conversation_idle_hours: float = 24.0

    # The web chat; origins and addresses are separated by commas.
    chat_embed_origins: str = ""
    # Names of pages that lead to the chat, which the figures then tell apart.
    chat_sources: str = Field(default="", pattern=r"^[a-z0-9, -]*$")
    chat_idle_minutes: float = Field(default=30.0, gt=0)
    chat_longest_hours: float = Field(default=8.0, gt=0, le=24)
    chat_exit_url: str = "https://www.ilmatieteenlaitos.fi/"

    simulator: bool | None = None

    @property
    def simulator_enabled(self) -> bool:
        """The simulator is the default partner of development and cannot be switched on in production."""
        return self.environment == "development" and self.simulator is not False

    @property
    def simulator_plays_meta(self) -> bool:
        """Whether messages go to the simulator of this process, and nowhere else."""
        return self.simulator_enabled and not self.graph_base_url

    @property
    def demonstration_enabled(self) -> bool:
        """Demonstration accounts with public passwords: in development unless switched off, never in production."""
        return self.environment == "development" and self.demonstration is not False

    @property
    def secure_cookies(self) -> bool:
        """Whether cookies travel over TLS only: always, but on a developer's own machine."""
        return self.environment == "production" or self.public_url.startswith("https://")

    @cached_property
    def business_numbers(self) -> frozenset[str]:
        """Meta's ids of our own numbers."""
        return frozenset(part.strip() for part in self.whatsapp_phone_number_id.split(",") if part.strip())

    @cached_property
    def rasa_urls(self) -> tuple[str, ...]:
        """The address of every Rasa process."""
        given = tuple(part.strip().rstrip("/") for part in self.rasa_url.split(",") if part.strip())
        if len(given) > 1 or self.rasa_processes == 1:
            return given
        parts = urlsplit(given[0])
        ports = range(parts.port or 80, (parts.port or 80) + self.rasa_processes)
        return tuple(f"{parts.scheme}://{parts.hostname}:{port}" for port in ports)

    @property
    def chat_embedders(self) -> tuple[str, ...]:
        """The origins whose pages may show the web chat in a frame."""
        return tuple(part.strip().rstrip("/") for part in self.chat_embed_origins.split(",") if part.strip())

    @property
    def chat_source_names(self) -> frozenset[str]:
        """The names by which a page may say that it led to the chat."""
        return frozenset(part.strip() for part in self.chat_sources.split(",") if part.strip())

    @property
    def proxies(self) -> Networks:
        """The networks of our own proxies, whose `X-Forwarded-For` is trusted."""
        return read_networks(self.trusted_proxies)

    @property
    def graph_url(self) -> str:
        """Where messages are sent: Meta, or the simulator when nothing else is set in development."""
        if self.graph_base_url:
            return self.graph_base_url.rstrip("/")
        if self.simulator_enabled:
            return f"http://{self.host}:{self.port}/simulator/graph"
        return "https://graph.facebook.com"

    @property
    def messenger_page(self) -> str:
        """Meta's id of our Page: the simulator's own where none is set in development, else empty: Messenger is off."""
        return self.messenger_page_id or (SIMULATED_PAGE if self.simulator_enabled else "")

    @property
    def instagram_account(self) -> str:
        """Meta's id of our Instagram account: the simulator's own where none is set in development, else empty."""
        return self.instagram_account_id or (SIMULATED_ACCOUNT if self.simulator_enabled else "")

    @property
    def messenger_graph_url(self) -> str:
        """Where Messenger's messages are sent."""
        return self._graph_of("messenger", self.messenger_graph_base_url, "https://graph.facebook.com")

    @property
    def instagram_graph_url(self) -> str:
        """Where Instagram's messages are sent; its two APIs have hosts of their own."""
        host = "https://graph.facebook.com" if self.instagram_page_id else "https://graph.instagram.com"
        return self._graph_of("instagram", self.instagram_graph_base_url, host)

    def _graph_of(self, platform: str, given: str, meta: str) -> str:
        if given:
            return given.rstrip("/")
        if self.simulator_enabled:
            return f"http://{self.host}:{self.port}/simulator/{platform}"
        return meta

    @property
    def content_folder(self) -> Path:
        """The editors' git working copy: a draft, of which nothing is live before it is published."""
        return self.content_dir or self.state_dir / "content"

    @property
    def published_folder(self) -> Path:
        """Where published content and models are stored."""
        return self.published_dir or self.state_dir / "published"

    @property
    def bulletins_url(self) -> str:
        """The address of the public page of bulletins as a citizen sees it."""
        return f"{self.public_url.rstrip('/')}/bulletins"

    @property
    def privacy_url(self) -> str:
        """The address of the privacy page as a citizen sees it."""
        return f"{self.public_url.rstrip('/')}/privacy"
