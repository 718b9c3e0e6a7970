"""Settings: where traces and errors go, beside the log and the metrics; nowhere unless it is set."""

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings


class ObservabilitySettings(BaseSettings):
    """Part of `Settings`."""

    # The base address of an OTLP/HTTP receiver; empty: no traces, and OpenTelemetry is not loaded.
    otlp_endpoint: str = Field(default="", pattern=r"^(https?://[^\s]+)?$")
    otlp_headers: SecretStr | None = None
    trace_ratio: float = Field(default=1.0, gt=0, le=1)
    # Where errors are reported; empty: nowhere, and Sentry's SDK is not loaded.
    sentry_dsn: SecretStr | None = None
