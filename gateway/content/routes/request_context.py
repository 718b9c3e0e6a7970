"""Content, the context of every page: the working copy, who edits, and refusals as a page."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from typing import Annotated, Any
from urllib.parse import parse_qsl

from fastapi import Depends, Request
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from answers.contacts import Contact
from answers.labels import QUESTIONS
from answers.limits import LANGUAGES
from gateway.accounts.access import Person, needs
from gateway.accounts.staff_page import see_other, staff_page, translate
from gateway.bulletins.word_diff import differences
from gateway.content.commands import make_working_copy
from gateway.content.editing import unsaved
from gateway.content.editing.overview import Files, accuracy, results_of_live
from gateway.content.editing.preview import contacts_of
from gateway.content.editing.texts import title_of_question
from gateway.content.errors import ContentRefused
from gateway.content.publishing import approvals
from gateway.content.publishing.releases import Published
from gateway.content.publishing.selection import waiting_as_saved
from gateway.content.repository.changes import kind_of
from gateway.content.repository.conflict_resolution import packed
from gateway.content.repository.git import Editor
from gateway.content.repository.topics import topics
from gateway.content.repository.working_copy import Change, EditConflict, WorkingCopy
from gateway.content.routes import text_wording, wording
from gateway.core.actors import Role
from gateway.core.config.settings import Settings
from gateway.core.http.pages import wants_page
from gateway.core.i18n import ngettext
from gateway.turns.turn_input import TurnsContext

EditorPerson = Annotated[Person, Depends(needs(Role.EDITOR))]


class EditingContext:
    """What one request of an editor works with."""

    def __init__(self, request: Request, person: Person, copy: WorkingCopy) -> None:
        self.request = request
        self.person = person
        self.copy = copy
        self.editor = Editor(person.name, str(person.id))
        self.to_approve = 0  # how many changes wait for this editor's approval
        self._titles: dict[str, dict[str, str]] = {}

    @property
    def service(self) -> TurnsContext:
        """The parts of this process."""
        service: TurnsContext = self.request.app.state.service
        return service

    @property
    def settings(self) -> Settings:
        """Of the service."""
        return self.service.settings

    def gettext(self, message: str, /, **values: object) -> str:
        """A message in the editor's language."""
        return translate(self.request, message, **values)

    def ngettext(self, singular: str, plural: str, num: int, /, **values: object) -> str:
        """The form of a message for so many, in the editor's language."""
        return ngettext(self.person.language, singular, plural, num, **values)

    @property
    def published(self) -> Published:
        """What is live."""
        return Published(self.settings)

    @property
    def contacts(self) -> dict[str, Contact]:
        """The contacts of the draft that can be read."""
        return contacts_of(self.copy.folder)

    def titles(self) -> dict[str, str]:
        """Every topic with its title in the editor's language."""
        return self.titles_in(self.person.language)

    def titles_in(self, language: str) -> dict[str, str]:
        """Every topic with its title in a language, or its name where it has none."""
        if language in self._titles:
            return self._titles[language]
        files, found = Files(), self._titles.setdefault(language, {})
        for topic, group in topics(self.copy).items():
            texts = files.read(self.copy.folder / "answers" / group / f"{topic}.yml", "").get("title")
            title = texts.get(language) if isinstance(texts, dict) else None
            found[topic] = str(title or topic)
        return found

    def page(self, template: str, context: Mapping[str, Any], *, status_code: int = 200) -> HTMLResponse:
        """A page of the workshop."""
        more = {"wording": wording, "content_languages": LANGUAGES, "editor": self.editor, **context}
        more["to_approve"] = self.to_approve
        more["name_of_entry"] = self._name_of_entry
        more["never_examined"] = self._never_examined
        return staff_page(self.request, f"content/{template}", more, status_code=status_code)

    def _name_of_entry(self, key: str) -> str | None:
        """What a part of a place is called that no list of fields has: a question, a variant by its condition."""
        if key in QUESTIONS:
            return title_of_question(self.copy, key, self.person.language)
        return text_wording.name_of_entry(self.person.language, key, self.titles())

    def _never_examined(self, topic: str) -> list[str] | None:
        """The languages in which the live bot was never examined on a topic; None where it was on no topic at all."""
        results = results_of_live(self.published)
        if results is None:
            return None
        known = accuracy(results)
        return [each for each in LANGUAGES if (topic, each) not in known]

    async def save(
        self, changes: Sequence[Change] | Callable[[], Sequence[Change]], message: str, to: str, said: str = "saved"
    ) -> Response:
        """Save in the editor's name and go on to a page; where two people changed one place, the choice is shown."""
        made = await asyncio.to_thread(changes) if callable(changes) else changes
        try:
            await asyncio.to_thread(self.copy.save, made, self.editor, message)
        except EditConflict as conflict:
            return await self.conflict_page(conflict, packed(made, message, self.settings), to)
        await self.forget_unsaved()
        return back(to, said)

    async def forget_unsaved(self) -> None:
        """What the form's page has kept of it is saved now; the page's script names the page."""
        page = await self._unsaved_page()
        if page:
            async with self.service.database.transaction() as session:
                await unsaved.forget(session, self.editor.account, page)

    async def _unsaved_page(self) -> str:
        page = (await self.request.form()).get("unsaved_page")
        return page[:200] if isinstance(page, str) else ""

    async def conflict_page(
        self, conflict: EditConflict, unfinished: str, to: str, action: str = "/content/resolve"
    ) -> HTMLResponse:
        """What both wrote, side by side, with a choice or a third wording for each place; `action` takes it."""
        context = {
            "word_diff": differences,
            "conflicts": [(number, each, *kind_of(each.path)) for number, each in enumerate(conflict.conflicts)],
            "unfinished": unfinished,
            "unsaved_page": await self._unsaved_page(),
            "to": to,
            "action": action,
            "titles": self.titles(),
            "problem": conflict.sentence(self.person.language),
        }
        return self.page("conflict.html", context, status_code=conflict.status)


async def editing_context(request: Request, person: EditorPerson) -> AsyncIterator[EditingContext]:
    """The context of a request; the working copy is made at the first one. Raises `ContentRefused`."""
    editor = Editor(person.name, str(person.id))
    copy = await asyncio.to_thread(make_working_copy, request.app.state.service.settings, editor)
    editing = EditingContext(request, person, copy)
    try:
        if request.method == "GET" and not request.url.path.endswith("/job"):
            editing.to_approve = await _to_approve(editing)
        yield editing
    finally:
        copy.repository.git.close()


async def _to_approve(editing: EditingContext) -> int:
    """How many changes wait for this editor's approval; none where nobody needs one."""
    if not editing.settings.content_four_eyes:
        return 0
    async with editing.service.database.transaction() as session:
        if not await approvals.any_asked(session):
            return 0
    try:
        found = await asyncio.to_thread(waiting_as_saved, editing.copy, editing.published.live().commit)
    except ContentRefused:
        return 0  # the page itself says what cannot be read
    async with editing.service.database.transaction() as session:
        return await approvals.count_awaited(session, found.items, editing.editor.account)


Editing = Annotated[EditingContext, Depends(editing_context)]


async def refuse(request: Request, error: Exception) -> Response:
    """What cannot be done, as a sentence on a page; as JSON for who asks for none."""
    assert isinstance(error, ContentRefused)
    person: Person | None = getattr(request.state, "person", None)
    if person is None or not wants_page(request):
        language = person.language if person else "en"
        return JSONResponse({"error": error.sentence(language)}, error.status, headers={"cache-control": "no-store"})
    context = {"wording": wording, "problem": error.sentence(person.language), "file": error.parameters.get("file")}
    return staff_page(request, "content/refused.html", context, status_code=error.status)


def note_of(form: Mapping[str, str]) -> dict[str, str] | None:
    """The note for other editors that a form sends, by language; None for a form without one."""
    found = {each: form[f"note.{each}"] for each in LANGUAGES if f"note.{each}" in form}
    return found or None


def back(path: str, said: str) -> RedirectResponse:
    """After a form: to the page that shows what was done; the page's own questions stay in its address."""
    bare, _, query = path.partition("?")
    return see_other(bare, said, **dict(parse_qsl(query)))
