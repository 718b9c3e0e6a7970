"""Settings: where what is published lives when several machines serve it."""

from typing import Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings


class PublishedSettings(BaseSettings):
    """Part of `Settings`."""

    # `folder`: in the published folder of this machine alone.
    published_store: Literal["folder", "database", "s3"] = "folder"
    s3_endpoint: str = Field(default="", pattern=r"^(https?://[^\s/]+)?/?$")
    s3_region: str = Field(default="us-east-1", pattern=r"^[a-z0-9-]{1,32}$")
    s3_bucket: str = Field(default="", pattern=r"^([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])?$")
    s3_prefix: str = Field(default="neuvo/", pattern=r"^[A-Za-z0-9_./-]*$")
    s3_access_key: SecretStr | None = None
    s3_secret_key: SecretStr | None = None
