"""Beside the road, the console: what may still go out when a citizen's window has closed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from gateway.console.display import HELSINKI
from gateway.conversations.closed_window import FALLBACK_LANGUAGE
from gateway.handover.conversation_view import ConversationView
from gateway.service import Service


@dataclass(frozen=True)
class TemplateOffered:
    """A template in the conversation's language: its words, and its gaps with what is known for them."""

    name: str
    text: str
    gaps: Mapping[str, str]


def templates_offered(service: Service, view: ConversationView) -> Sequence[TemplateOffered]:
    """None while the citizen can be written to freely, or where the channel has no templates."""
    channel = service.channels.get(view.channel)
    if view.window_open or not view.mine or channel is None or not channel.has_templates:
        return []
    language = view.language or FALLBACK_LANGUAGE
    wrote_at = view.window_ends - channel.reply_window
    known = {"date": wrote_at.astimezone(HELSINKI).strftime("%-d.%-m.%Y")}
    return [
        TemplateOffered(
            name, each.body[language].text.strip(), {gap: known.get(gap, "") for gap in each.gaps(language)}
        )
        for name, each in service.templates.all().items()
        if language in service.templates.languages(name)
    ]
