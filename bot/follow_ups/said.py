"""Follow-ups: the words for an act about the last answer."""

from rasa.shared.core.trackers import DialogueStateTracker

from answers.content import Content
from bot.follow_ups.acts import CHOICES, SIMPLER, WHY, WRONG_GUESS
from bot.follow_ups.offered import offered, offers_officer_first
from bot.turn import topic_talked_of

OFFICER_OFFERED = "officer_offered"
ASK_AGAIN = "clarify_without_guesses"
# The title of a button that is no topic.
BUTTON_LINE = "{act}_button"


def said(content: Content, act: str, tracker: DialogueStateTracker, language: str) -> tuple[str, str]:
    """Which line it is (or the act itself, where the topic's own words are said), and the text."""
    if offers_officer_first(tracker):
        return OFFICER_OFFERED, content.line(OFFICER_OFFERED, language)
    topic = topic_talked_of(tracker)
    if topic is not None and topic in content.answers:
        own = {WHY: content.why, SIMPLER: content.in_short}.get(act)
        text = own(topic, language) if own is not None else None
        if text is not None:
            return act, text
    asks_again = act in CHOICES or (act == WRONG_GUESS and not offered(content, tracker))
    key = ASK_AGAIN if asks_again else act
    return key, content.line(key, language)


def button_title(content: Content, name: str, language: str) -> str:
    """What a button says: a topic's title, or the line of an act."""
    if name in content.answers:
        return content.title(name, language)
    return content.line(BUTTON_LINE.format(act=name), language)
