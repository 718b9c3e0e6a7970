"""The editors' pages on the real application, with a small content folder that is live and a draft beside it."""

import shutil
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2
from fastapi import FastAPI

from gateway.content.editing import feedback_inbox
from gateway.content.models import MissReason
from gateway.content.publishing.releases import Published
from gateway.content.repository.working_copy import WorkingCopy
from gateway.core.actors import Role
from gateway.core.config.settings import Settings
from gateway.core.locale import Language
from gateway.service import Service
from tests.worlds.staff import browser, csrf_of, make_person, running, session_cookie


def make_live(settings: Settings, copy: WorkingCopy) -> None:
    """What the draft is now is live, too; there is no model, so that none of the project's own is compared with."""
    published = Published(settings)
    release = published.next(copy.head, settings.state_dir / "none.tar.gz", "2026-11-24T08:00:00+00:00", "Maija")
    published.stage(release, copy.snapshot(copy.head))
    published.switch(release)


@dataclass
class Editors:
    """A running gateway, its working copy, and who edits."""

    app: FastAPI
    copy: WorkingCopy
    settings: Settings

    @property
    def service(self) -> Service:
        service: Service = self.app.state.service
        return service

    async def editor(self, login: str, language: str = "en") -> "Editor":
        person = await make_person(self.service, login, Role.EDITOR, language=language)
        cookies = await session_cookie(self.app, person)
        return Editor(browser(self.app, cookies), csrf_of(self.app, cookies), str(person.id))


@dataclass
class Editor:
    """An editor's browser without script."""

    client: httpx2.AsyncClient
    token: str
    account: str

    async def get(self, path: str) -> str:
        answer = await self.client.get(path)
        assert answer.status_code == 200, f"{path}: {answer.status_code} {answer.text[-2000:]}"
        return answer.text

    async def post(self, path: str, **fields: str | list[str]) -> httpx2.Response:
        return await self.client.post(path, data={"csrf_token": self.token, **fields})


@asynccontextmanager
async def editors(settings: Settings, template: Path) -> AsyncIterator[Editors]:
    """The application with a copy of the small content."""
    shutil.copytree(template, settings.content_folder)
    copy = WorkingCopy(settings.content_folder)
    make_live(settings, copy)
    async with running(settings) as app:
        yield Editors(app, copy, settings)
    copy.repository.git.close()


async def missed(workshop: Editors) -> uuid.UUID:
    """A message in the inbox that the bot has missed; its id."""
    service = workshop.service
    rows = feedback_inbox.copy_of(
        service.keyring, reason=MissReason.MISSED, language=Language.FI, topic="", text="ihan muuta kuin muut kysyvät"
    )
    async with service.database.transaction() as session:
        session.add_all(rows)
    return rows[0].id
