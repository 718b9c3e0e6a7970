"""Follow-ups: what an act means after what was said; "yes" is a topic where a topic was offered."""

from rasa.shared.core.trackers import DialogueStateTracker

from answers.content import Content
from bot.follow_ups.acts import CHOICES, HELPED, LEADS, NO, NOT_HELPED, THANKS, WRONG_GUESS, YES
from bot.follow_ups.offered import offered
from bot.names import FOLLOW_UP, OFFICER, UNSURE
from bot.turn import messages_backwards, topic_talked_of


def meant(act: str, content: Content, tracker: DialogueStateTracker) -> str:
    """The topic that the act leads to, else an act. `tracker` ends before the message that is understood."""
    latest = next(messages_backwards(tracker), None)
    name = (latest.intent_name if latest is not None else None) or UNSURE
    if act in CHOICES:
        return _chosen(act, offered(content, tracker))
    if act == YES:
        return _agreed(name, content, tracker)
    if act == NO:
        return {UNSURE: WRONG_GUESS, WRONG_GUESS: WRONG_GUESS, THANKS: NOT_HELPED}.get(name, NO)
    return _led(act, content, tracker)


def _chosen(act: str, choices: tuple[str, ...]) -> str:
    place = CHOICES.index(act)
    return choices[place] if place < len(choices) else act


def _agreed(before: str, content: Content, tracker: DialogueStateTracker) -> str:
    if before == THANKS:
        return HELPED
    if before in (UNSURE, WRONG_GUESS, NOT_HELPED):
        return next(iter(offered(content, tracker)), YES)
    answer = content.answers.get(topic_talked_of(tracker) or "")
    # These answers end by asking whether one wants to talk to an officer.
    return OFFICER if answer is not None and "officer" in answer.answer.escalation else YES


def _led(act: str, content: Content, tracker: DialogueStateTracker) -> str:
    if act not in LEADS:
        return act
    answer = content.answers.get(topic_talked_of(tracker) or "")
    own = answer.answer.follow_ups.get(act.removeprefix(FOLLOW_UP)) if answer is not None else None
    target = own or LEADS[act]
    return target if target in content.answers else act
