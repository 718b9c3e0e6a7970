"""Content, the editors' guide: step by step, with a picture of each page."""

from dataclasses import dataclass
from typing import Final

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from gateway.content.routes.request_context import Editing
from gateway.core.i18n import N_

router = APIRouter(prefix="/content/guide", tags=["content"])


@dataclass(frozen=True)
class Part:
    """One thing that editors do; `*what stands so*` is the name of a page or a button."""

    name: str
    picture: str  # of `static/content/guide/`, without language and ending
    alt: str
    steps: tuple[str, ...]


PARTS: Final = (
    Part(
        N_("Correct an answer"),
        "topic",
        N_("The page of a topic: three languages side by side and a preview on the phone."),
        (
            N_("Open the *Overview* and choose the topic, or search for a word."),
            N_("Change the text. The bubble of the phone follows while you write, and tells of mistakes."),
            N_("Numbers and addresses are picked from the list, never typed."),
            N_("Change the same thing in all three languages and save."),
            N_("Open *Publishing* and press *Ask for approval*. Another editor reads the text and approves it."),
            N_("Then press *Publish the chosen words now*. They are live within seconds."),
            N_(
                "Or open *Publish the chosen words at a time* and set a date and a time; until then they can be "
                "withdrawn."
            ),
        ),
    ),
    Part(
        N_("Add a topic"),
        "new",
        N_("The form of a new topic in three languages."),
        (
            N_("Open the *Overview* and press *New topic*."),
            N_("Write a title and an answer in three languages. A title takes 20 characters."),
            N_("Write at least ten different examples in each language."),
            N_("Add some test messages under *Test messages*."),
            N_("Open *Publishing* and press *Ask for approval*. Another editor reads the text and approves it."),
            N_("Try it and publish."),
        ),
    ),
    Part(
        N_("Teach a missed message"),
        "inbox",
        N_("The inbox: messages that are alike stand in groups."),
        (
            N_("Open the *Inbox*. The largest group stands first."),
            N_("Press *Deal with it* and choose the topic."),
            N_("Say the same in your own words, as an example or as a test message."),
            N_("Save. The original messages are deleted at once."),
            N_("Publish. The comparison shows what got better."),
        ),
    ),
    Part(
        N_("Return to yesterday"),
        "publishing",
        N_("The publishing page: changes, the steps of the job, and published versions."),
        (
            N_("Open *Publishing* and look at *Published versions*."),
            N_("Press *Return to this one* beside the version that you want."),
            N_("After some seconds the old version answers again. No message is lost."),
            N_("The draft stays as it is. To bring that back too, open the *History*."),
        ),
    ),
)


@router.get("", response_class=HTMLResponse)
async def read(editing: Editing) -> HTMLResponse:
    """Four things that editors do, step by step, with pictures, in the editor's language."""
    return editing.page("guide.html", {"parts_of_guide": PARTS})
