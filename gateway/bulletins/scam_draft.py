"""Bulletins, the draft of a wave of scam messages: the form filled in, for an officer to read, change and propose."""

import datetime as dt
import re
from collections.abc import Mapping

from answers.senders import Sender
from gateway.bulletins.content import MOST_NAMES, NAME, SHORTEST_NAME, TEXT, TITLE
from gateway.bulletins.form import empty_fields
from gateway.conversations.scam_wording import STORIES
from gateway.core.i18n import N_, gettext
from gateway.core.locale import LANGUAGES

# The place of a notice that holds everywhere; whoever names the sender gets it, wherever they are.
_PLACE = "Helsinki"
_WAVE = re.compile(r"([a-z][a-z0-9_]{0,40}):([a-z_]{1,30})")
_TITLE = N_("Scam messages: %(about)s")
_OF_SENDER = N_(
    "Scam messages are being sent in the name of %(sender)s (%(story)s). Don't open the link, log in or pay. Check it "
    "in the service's own app, or type the address yourself. If you already paid or logged in, call your bank now."
)
_OF_STORY = N_(
    "Scam messages of this kind are being sent: %(story)s. Don't reply, log in or pay. If you already paid or logged "
    "in, call your bank now."
)


def scam_fields(wave: str, senders: Mapping[str, Sender], at: dt.datetime) -> dict[str, str]:
    """The fields of a new bulletin about a wave (`sender:story`); an empty form for what is none."""
    fields = empty_fields(at)
    match = _WAVE.fullmatch(wave)
    if match is None or match[2] not in STORIES:
        return fields
    sender = senders.get(match[1])
    for language in LANGUAGES:
        story = gettext(language, STORIES[match[2]])
        about = story if sender is None else sender.name[language]
        text = gettext(language, _OF_STORY, story=story)
        if sender is not None:
            text = gettext(language, _OF_SENDER, sender=sender.name[language], story=story)
        fields[f"title_{language}"] = gettext(language, _TITLE, about=about)[:TITLE]
        fields[f"text_{language}"] = text[:TEXT]
    return {**fields, "places": _PLACE, "keywords": ", ".join(_keywords(sender))}


def _keywords(sender: Sender | None) -> list[str]:
    """How messages name the sender, as far as a bulletin's names may be written."""
    words = [] if sender is None else list(sender.words)
    good = [word for word in words if SHORTEST_NAME <= len(word.rstrip("*")) <= NAME - 1 and word[0].isalpha()]
    return list(dict.fromkeys(good))[:MOST_NAMES]
