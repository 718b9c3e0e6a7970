"""The simulator's settings: the accounts it simulates, the webhooks it calls, delays and time-outs."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from simulator.core.models import Platform
from simulator.core.whatsapp_limits import NUMBER_PER_SECOND


class SimulatorRefused(RuntimeError):
    """The simulator must not run in production."""


@dataclass(frozen=True, kw_only=True)
class Delays:
    """How long a message to a phone takes for each step, in seconds.

    `sent` counts from the acceptance, `delivered` from the step before, `read` from the delivery while the
    phone's page is open.
    """

    sent: float = 0.05
    delivered: float = 0.25
    read: float = 0.6


@dataclass(frozen=True, kw_only=True)
class MetaAccount:
    """A simulated Facebook Page or Instagram account, and its webhook."""

    platform: Platform
    id: str
    webhook_url: str
    app_secret: str
    access_token: str
    endpoint: str = ""  # where sends go, when it is another object: the Page that an Instagram account is linked to
    app_id: str = "998000000000001"
    human_agent: bool = True  # whether Meta has approved this feature of the application


@dataclass(frozen=True, kw_only=True)
class SimulatorConfig:
    """All settings; durations are seconds.

    `business_numbers` maps Meta's id of a number to the number as people see it. `graph_versions` are the
    versions of the Graph API that are answered. `control_token` opens the control API for tests; without it that API is
    closed. `log_path` is a JSON Lines file that keeps the phones' history over a restart; without it everything
    is in memory. `templates` maps the approved templates to their text in each language (its gaps, `{{1}}` or
    `{{name}}`, are filled); `None` approves any.
    `retry_pauses` are the pauses before each new try of a webhook that was not answered 200: the first is
    Meta's immediate retry, the rest stand for its 7 days.
    """

    webhook_url: str
    app_secret: str
    access_token: str
    environment: str = "development"
    business_numbers: Mapping[str, str] = field(default_factory=lambda: {"106540352242922": "+358 9 000 0000"})
    business_account_id: str = "102290129340398"
    country_code: str = "358"
    service_names: Mapping[str, str] = field(
        default_factory=lambda: {
            "fi": "Helsingin poliisin Neuvo",
            "sv": "Helsingforspolisens Neuvo",
            "en": "Neuvo, Helsinki Police",
        }
    )
    graph_versions: tuple[str, ...] = ("v25.0", "v26.0")
    control_token: str | None = None
    log_path: Path | None = None
    delays: Delays = field(default_factory=Delays)
    retry_pauses: tuple[float, ...] = (0.0, 0.5, 1.0, 2.0, 4.0, 8.0, 15.0, 30.0, 60.0)
    webhook_timeout: float = 10.0
    templates: Mapping[str, Mapping[str, str]] | None = None
    parent_user_ids: bool = False
    service_messages_billed: bool = True
    messages_per_second: int = NUMBER_PER_SECOND
    pair_limit: bool = True
    accounts: tuple[MetaAccount, ...] = ()

    def __post_init__(self) -> None:
        if self.environment == "production":
            raise SimulatorRefused(
                "The simulator stands for Meta and must not run in production. "
                "Remove it from the settings, or set NEUVO_ENVIRONMENT=development."
            )
        if not self.business_numbers:
            raise ValueError("The simulator needs at least one business number; give business_numbers.")

    def account_on(self, platform: Platform) -> MetaAccount | None:
        """The Page or account on a platform, where there is one."""
        return next((account for account in self.accounts if account.platform == platform), None)

    def account_of(self, account_id: str) -> MetaAccount | None:
        """The Page or account with this id."""
        return next((account for account in self.accounts if account.id == account_id), None)
