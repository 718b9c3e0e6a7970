"""Station 4, composing: what the engine said, the first reply's introduction and our own lines become one message."""

from collections.abc import Iterable, Sequence

from gateway.channels.base import Choice, Reply
from gateway.conversations.dialogue import DialogueAnswer, DialogueReply
from gateway.conversations.lines import Lines

OFFICER_TOPIC = "talk_to_officer"
TOPIC_PREFIX = "topic:"

# What the bot says of a message that it cannot read, by the message's kind.
LINES_BY_KIND = {
    "picture": "picture_received",
    "video": "picture_received",
    "voice": "voice_received",
    "file": "file_received",
    "sticker": "sticker_received",
    "location": "location_received",
    "contact_card": "contact_card_received",
}


def from_answer(lines: Lines, answer: DialogueAnswer) -> Reply:
    """The engine's replies as one: texts in order, each after the first under its title, all buttons once each."""
    language = answer.understood.language
    said = [reply for reply in answer.replies if reply.text.strip()]
    buttons = {button.id: button for reply in answer.replies for button in reply.buttons}
    return Reply(
        text="\n\n".join(_titled(lines, reply, language, place) for place, reply in enumerate(said)),
        choices=tuple(Choice(id=button.id, title=button.title) for button in buttons.values()),
        list_button=lines.say("list_button", language),
    )


def _titled(lines: Lines, reply: DialogueReply, language: str, place: int) -> str:
    title = lines.title(reply.key, language) if place else None
    return f"*{title}*\n{reply.text.strip()}" if title else reply.text.strip()


def from_kinds(lines: Lines, kinds: Iterable[str], language: str | None) -> Reply:
    """Words for pictures, voice and the like: what the bot cannot do, and an officer one tap away."""
    keys = dict.fromkeys(LINES_BY_KIND.get(kind, "unsupported_received") for kind in kinds)
    text = "\n\n".join(lines.say(key, language) for key in keys)
    return Reply(text=text, choices=officer_choice(lines, language))


def is_urgent(answer: DialogueAnswer | None) -> bool:
    """Whether a topic of the answer calls for 112 or for helpers at once."""
    called = {code for reply in (answer.replies if answer else ()) for code in reply.escalation}
    return bool(called & {"emergency", "crisis"})


def engine_failure(lines: Lines, language: str | None) -> Reply:
    """The fixed line when the engine is silent; 112 is in it."""
    return Reply(text=lines.say("engine_failure", language))


def slowed_down(lines: Lines, language: str | None) -> Reply:
    """What somebody hears who writes faster than can be answered; 112 and an officer are in it."""
    return Reply(text=lines.say("slowed_down", language), choices=officer_choice(lines, language))


def officer_choice(lines: Lines, language: str | None) -> tuple[Choice, ...]:
    """The button that asks for a person."""
    title = lines.title(OFFICER_TOPIC, language)
    return (Choice(id=TOPIC_PREFIX + OFFICER_TOPIC, title=title),) if title else ()


def framed(
    lines: Lines, reply: Reply, language: str | None, *, first: bool, urgent: bool, masked: Sequence[str]
) -> Reply:
    """The reply with what belongs around it.

    The first reply says what this chat is; where it is urgent, 112 and the helpers come before all of that.
    """
    parts = [reply.text]
    if masked:
        parts.append(lines.say("masked_notice", language))
    if first:
        introduction = lines.say("introduction", language)
        parts = [*parts, introduction] if urgent else [introduction, *parts]
    return reply.model_copy(update={"text": "\n\n".join(parts)})
