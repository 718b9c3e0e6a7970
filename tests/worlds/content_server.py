"""The real gateway in a process of its own, with few words and two editors; models are trained without vectors."""

import asyncio
import os
import sys
from pathlib import Path

from answers.content import read_content
from gateway import app as application
from gateway.accounts.demonstration import make_people
from gateway.content.editing import feedback_inbox
from gateway.content.models import MissReason
from gateway.content.publishing import rasa_process, releases
from gateway.content.publishing.runner import JobRunner
from gateway.core.config.settings import Settings
from gateway.core.crypto import DataKeys
from gateway.core.database import Database
from gateway.core.keyring import Keyring
from gateway.core.locale import Language
from gateway.core.migrate import migrate
from gateway.server import serve
from tests.worlds.editors import make_live
from tests.worlds.small_content import small_copy, without_embeddings

# What three citizens wrote, the same in other words, and one that stands alone.
MISSED = (
    (MissReason.MISSED, Language.FI, "", "miten saan kadonneen koiran takaisin"),
    (MissReason.MISSED, Language.FI, "", "miten saan mun kadonneen koiran takaisin"),
    (MissReason.OFFICER, Language.FI, "", "miten saan kadonneen koiran takaisin nopeasti"),
    (MissReason.NOT_HELPED, Language.SV, "parcel_sms", "jag klickade redan på länken i paketmeddelandet"),
)


async def fill_inbox(settings: Settings) -> None:
    database, keyring = Database(settings.database_url), Keyring(DataKeys(settings.data_key.get_secret_value()))
    async with database.transaction() as session:
        await keyring.load(session)
    async with database.transaction() as session:
        for reason, language, topic, text in MISSED:
            answer = "Soita löytöeläintaloon." if reason == MissReason.OFFICER else ""
            session.add_all(
                feedback_inbox.copy_of(keyring, reason=reason, language=language, topic=topic, text=text, answer=answer)
            )
    await database.close()


def main() -> None:
    folder = Path(sys.argv[1])
    settings = Settings()
    setattr(releases, "FIRST_MODEL", folder / "none.tar.gz")  # noqa: B010  # the project's own is final elsewhere
    os.environ["RASA_CACHE_DIRECTORY"] = str(folder / "cache")
    setattr(rasa_process, "NICENESS", 0)  # noqa: B010  # other tests would leave nothing of the processor to a training
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
