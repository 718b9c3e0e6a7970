"""The real gateway in a process of its own, with few words and two editors; models are trained without vectors."""

import asyncio
import sys
from pathlib import Path

from answers.content import read_content
from gateway import app as application
from gateway.accounts.demonstration import make_people
from gateway.content import inbox, releases
from gateway.content.runner import JobRunner
from gateway.conversations.keys import Keyring
from gateway.database import Database
from gateway.encryption import DataKeys
from gateway.listener import serve
from gateway.migrate import migrate
from gateway.settings import Settings
from tests.gateway.content.pages import make_live
from tests.gateway.content.small import small_copy, without_embeddings

# What three citizens wrote, the same in other words, and one that stands alone.
MISSED = (
    ("missed", "fi", "", "miten saan kadonneen koiran takaisin"),
    ("missed", "fi", "", "miten saan mun kadonneen koiran takaisin"),
    ("officer", "fi", "", "miten saan kadonneen koiran takaisin nopeasti"),
    ("not_helped", "sv", "parcel_sms", "jag klickade redan på länken i paketmeddelandet"),
)


async def fill_inbox(settings: Settings) -> None:
    database, keyring = Database(settings.database_url), Keyring(DataKeys(settings.data_key.get_secret_value()))
    async with database.transaction() as session:
        await keyring.load(session)
    async with database.transaction() as session:
        for reason, language, topic, text in MISSED:
            answer = "Soita löytöeläintaloon." if reason == "officer" else ""
            inbox.keep(session, keyring, reason=reason, language=language, topic=topic, text=text, answer=answer)
    await database.close()


def main() -> None:
    folder = Path(sys.argv[1])
    settings = Settings()
    setattr(releases, "FIRST_MODEL", folder / "none.tar.gz")  # noqa: B010  # the project's own is final elsewhere
    config = without_embeddings(folder)
    runner = lambda settings, database: JobRunner(settings, database, config)  # noqa: E731
    setattr(application, "JobRunner", runner)  # noqa: B010
    copy = small_copy(folder)
    assert copy.folder == settings.content_folder
    assert read_content(copy.folder, "").problems == ()
    make_live(settings, copy)
    migrate(settings)
    asyncio.run(make_people(settings))
    asyncio.run(fill_inbox(settings))
    asyncio.run(serve(settings))


if __name__ == "__main__":
    main()
