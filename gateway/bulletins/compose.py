"""Bulletins in a reply: which ones it contains, and their text; pure."""

import datetime as dt
from collections.abc import Iterable, Sequence

from gateway.bulletins.cache import ActiveBulletin
from gateway.bulletins.matching import match
from gateway.bulletins.states import BulletinState
from gateway.conversations.messages import Choice, Reply
from gateway.core.lines import Lines
from gateway.dialogue import compose
from gateway.dialogue.engine import DialogueAnswer
from gateway.hours.wording import fill, until_words

# A message about these gets the bulletins in force, named or not.
NEWS_TOPICS = frozenset({"rumours_and_news"})
# The topics of a message that was not understood; a bulletin that it names is the answer.
UNSURE_TOPICS = frozenset({"nlu_fallback", "unclear_message", "out_of_scope"})
# Of the engine's guesses: a rumour among the likeliest ones makes an unsure question one about news.
LIKELY_GUESSES = 2
MAX_BULLETINS = 2  # in one reply; the page has the others
MOST_CHOICES = 3  # Meta, "Interactive reply buttons messages"

FOLLOW_PREFIX = "bulletin:"


def select_bulletins(
    bulletins: Sequence[ActiveBulletin], text: str, topic: str, guesses: Iterable[str] = (), *, urgent: bool = False
) -> list[ActiveBulletin]:
    """The bulletins that the text names, the best match first; else, where it asks for news, all, the newest first.

    In danger only what is named: a message about a stabbing may look like one, and a bulletin may say to stay inside.
    """
    scored = [(match(text, each.content.places, each.content.keywords).score, each) for each in bulletins]
    named = [each for score, each in sorted(scored, key=lambda pair: -pair[0]) if score]
    if named or urgent:
        return named
    rumour = topic in UNSURE_TOPICS and bool(NEWS_TOPICS & set(list(guesses)[:LIKELY_GUESSES]))
    return list(bulletins) if topic in NEWS_TOPICS or rumour else []


def add_bulletins(
    lines: Lines,
    reply: Reply,
    answer: DialogueAnswer,
    bulletins: Sequence[ActiveBulletin],
    page: str,
    at: dt.datetime,
    *,
    urgent: bool = False,
) -> Reply:
    """The reply with the bulletins in it.

    To a question about news, or one that was not understood, they are the answer, and after them stands that nothing
    else is known. To a matter of the citizen's own, its answer comes first. In danger the help comes first and stays
    as it is, buttons included.
    """
    language, topic = answer.understood.language, answer.understood.topic
    shown = bulletins[:MAX_BULLETINS]
    said = [bulletin_text(lines, bulletin, language, at) for bulletin in shown]
    if len(bulletins) > len(shown):
        said.append(f"{lines.say('bulletins_more', language)} {page}?lang={language}")
    follow = Choice(id=f"{FOLLOW_PREFIX}{shown[0].id.hex}", title=lines.say("bulletin_follow_button", language))
    if topic in NEWS_TOPICS | UNSURE_TOPICS and not urgent:
        parts = [lines.say("bulletins_lead", language), *said, lines.say("bulletins_otherwise", language)]
    else:
        parts = [reply.text, lines.say("bulletins_also", language), *said]
    choices = (follow, *reply.choices[: MOST_CHOICES - 1])
    if urgent:
        choices = (*_with_room(reply.choices), follow)
    return reply.model_copy(update={"text": "\n\n".join(parts), "choices": choices})


def _with_room(choices: Sequence[Choice]) -> tuple[Choice, ...]:
    """The choices without the last that is not the officer's, where there are as many as a message takes."""
    if len(choices) < MOST_CHOICES:
        return tuple(choices)
    officer = compose.TOPIC_PREFIX + compose.OFFICER_TOPIC
    kept = [choice for choice in choices if choice.id == officer]
    others = [choice for choice in choices if choice.id != officer]
    return (*others[: MOST_CHOICES - 1 - len(kept)], *kept)


def bulletin_text(lines: Lines, bulletin: ActiveBulletin, language: str, at: dt.datetime) -> str:
    """A bulletin as a message shows it: title, text, and until when it holds or when it was corrected."""
    words = bulletin.content.words[language]
    about = [fill(lines.say("bulletin_until", language), {"closing_time": until_words(at, bulletin.ends_at, language)})]
    if bulletin.corrected_at is not None:
        about.insert(0, lines.say("bulletin_corrected", language))
    return f"*{words.title}*\n{words.text}\n_{' '.join(about)}_"


def update_text(lines: Lines, bulletin: ActiveBulletin, state: BulletinState, language: str, at: dt.datetime) -> str:
    """The message to a follower: the corrected bulletin, or that it was withdrawn."""
    title = bulletin.content.words[language].title
    if state == BulletinState.WITHDRAWN:
        return f"*{title}*\n{lines.say('bulletin_withdrawn', language)}"
    return bulletin_text(lines, bulletin, language, at)
