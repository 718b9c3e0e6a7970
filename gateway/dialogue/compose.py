"""Station 4, composing: the engine's answer, the introduction and our own texts become one message."""

from collections.abc import Iterable, Mapping, Sequence

from gateway.conversations.kinds import Danger, MessageKind
from gateway.conversations.messages import Choice, Reply
from gateway.core.lines import Lines
from gateway.dialogue.engine import DialogueAnswer, DialogueReply

OFFICER_TOPIC = "talk_to_officer"
TOPIC_PREFIX = "topic:"

# The reply to a message that the bot cannot read, by its kind: a key of `data/lines.yml`.
LINES_BY_KIND: Mapping[MessageKind, str] = {
    MessageKind.PICTURE: "picture_received",
    MessageKind.VIDEO: "picture_received",
    MessageKind.VOICE: "voice_received",
    MessageKind.FILE: "file_received",
    MessageKind.STICKER: "sticker_received",
    MessageKind.LOCATION: "location_received",
    MessageKind.CONTACT_CARD: "contact_card_received",
}


def from_answer(lines: Lines, answer: DialogueAnswer) -> Reply:
    """The engine's replies as one: texts in order, each after the first under its title, all buttons once each."""
    language = answer.understood.language
    replies = [reply for reply in answer.replies if reply.text.strip()]
    buttons = {button.id: button for reply in answer.replies for button in reply.buttons}
    return Reply(
        text="\n\n".join(_titled(lines, reply, language, index) for index, reply in enumerate(replies)),
        choices=tuple(Choice(id=button.id, title=button.title) for button in buttons.values()),
        list_button=lines.say("list_button", language),
    )


def _titled(lines: Lines, reply: DialogueReply, language: str, index: int) -> str:
    title = lines.title(reply.key, language) if index else None
    return f"*{title}*\n{reply.text.strip()}" if title else reply.text.strip()


def from_kinds(lines: Lines, kinds: Iterable[MessageKind], language: str | None) -> Reply:
    """The reply to pictures, voice messages and the like: what the bot cannot do, with the button for an officer."""
    keys = dict.fromkeys(LINES_BY_KIND.get(kind, "unsupported_received") for kind in kinds)
    text = "\n\n".join(lines.say(key, language) for key in keys)
    return Reply(text=text, choices=officer_choice(lines, language))


def is_urgent(answer: DialogueAnswer | None) -> bool:
    """Whether a topic of the answer calls for 112 or for helpers at once."""
    codes = {code for reply in (answer.replies if answer else ()) for code in reply.escalation}
    return bool(codes & set(Danger))


# The line that stands first where there is danger.
FIRST_LINES: Mapping[Danger, str] = {Danger.EMERGENCY: "danger_first", Danger.CRISIS: "crisis_first"}


def engine_failure(lines: Lines, language: str | None, danger: Danger | None = None) -> Reply:
    """The fixed text when the engine failed; it contains 112. With a `danger`, 112 or the helplines come first."""
    keys = ([FIRST_LINES[danger]] if danger is not None else []) + ["engine_failure"]
    return Reply(text="\n\n".join(lines.say(key, language) for key in keys))


def slowed_down(lines: Lines, language: str | None) -> Reply:
    """The fixed text over the flood limit; it contains 112 and the button for an officer."""
    return Reply(text=lines.say("slowed_down", language), choices=officer_choice(lines, language))


def officer_choice(lines: Lines, language: str | None) -> tuple[Choice, ...]:
    """The button that asks for an officer; empty where its topic has no answer."""
    title = lines.title(OFFICER_TOPIC, language)
    return (Choice(id=TOPIC_PREFIX + OFFICER_TOPIC, title=title),) if title else ()


def framed(
    lines: Lines, reply: Reply, language: str | None, *, first: bool, urgent: bool, masked: Sequence[str]
) -> Reply:
    """The reply with the note on masked codes and, in the first reply, the introduction.

    Where it is urgent, the reply with 112 and the helpers comes before the introduction.
    """
    parts = [reply.text]
    if masked:
        parts.append(lines.say("masked_notice", language))
    if first:
        introduction = lines.say("introduction", language)
        parts = [*parts, introduction] if urgent else [introduction, *parts]
    return reply.model_copy(update={"text": "\n\n".join(parts)})
