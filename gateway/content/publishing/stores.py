"""Content, the shared store of the settings."""

from gateway.content.publishing.blobs import DatabaseStore, PublishedStore
from gateway.content.publishing.s3 import S3Store
from gateway.core.config.settings import Settings
from gateway.core.database import Database


def store_of(settings: Settings, database: Database) -> PublishedStore | None:
    """The store of the settings; None where what is published stays in this machine's folder."""
    if settings.published_store == "database":
        return DatabaseStore(database)
    if settings.published_store == "s3":
        return S3Store(settings)
    return None
