"""Console: the templates that an officer may send when the reply window has closed."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from gateway.console.conversation_view import ConversationView
from gateway.conversations.kinds import UnaskedKind
from gateway.core.i18n import day
from gateway.outbox.gate import refusal_of
from gateway.outbox.reengagement import FALLBACK_LANGUAGE, INVITATION
from gateway.outbox.templates import OutboxContext

_GAP = re.compile(r"\{\{ ?([a-z_]+) ?\}\}")


@dataclass(frozen=True)
class TemplateOffered:
    """A template in the conversation's language: its text, and its gaps with the known values."""

    name: str
    text: str
    gaps: Mapping[str, str]


def _shown(text: str, known: Mapping[str, str]) -> str:
    """The text with what is known in its gaps, and a line where an officer has to fill one."""
    return _GAP.sub(lambda gap: known.get(gap[1], "____"), text)


def templates_offered(service: OutboxContext, view: ConversationView) -> Sequence[TemplateOffered]:
    """The templates to offer: none while free text may be sent, where the channel has none, or the gate is shut."""
    channel = service.channels.get(view.channel)
    if view.window_open or not view.mine or channel is None or not channel.has_templates:
        return []
    if refusal_of(view.told, UnaskedKind.ANSWER_WAITS, agreed=False) is not None:
        return []
    language = view.language or FALLBACK_LANGUAGE
    wrote_at = view.window_ends - channel.reply_window
    known = {"date": day(wrote_at)}
    return [
        TemplateOffered(
            name,
            _shown(each.body[language].text.strip(), known),
            {gap: known.get(gap, "") for gap in each.gaps(language)},
        )
        for name, each in service.templates.all().items()
        if name != INVITATION and language in service.templates.languages(name)
    ]
