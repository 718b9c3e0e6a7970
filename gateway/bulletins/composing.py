"""Station 4, bulletins in the chat: which notices a reply begins with, and how they are said; pure."""

import datetime as dt
from collections.abc import Iterable, Sequence

from gateway.bulletins.in_force import Notice
from gateway.bulletins.matching import match
from gateway.channels.base import Choice, Reply
from gateway.conversations.dialogue import DialogueAnswer
from gateway.conversations.lines import Lines
from gateway.hours.words import fill, until_words

# Who asks about these wants the notices in force, named or not.
NEWS_TOPICS = frozenset({"rumours_and_news"})
# What the engine says when it understood no matter of ours. A notice that is named there is the answer.
UNSURE_TOPICS = frozenset({"nlu_fallback", "unclear_message", "out_of_scope"})
# Of the engine's guesses: a rumour among the likeliest ones makes an unsure question one about news.
LIKELY_GUESSES = 2
MOST_NOTICES = 2  # in one reply; the page has the others
MOST_CHOICES = 3  # Meta, "Interactive reply buttons messages"

FOLLOW_PREFIX = "bulletin:"


def chosen_notices(
    notices: Sequence[Notice], text: str, topic: str, guesses: Iterable[str] = (), *, urgent: bool = False
) -> list[Notice]:
    """Those that the words name, the best named first; else, where news are asked for, all, the newest first.

    In danger only what is named: a question about a stabbing may sound like one, and the notice may say to stay inside.
    """
    scored = [(match(text, each.content.places, each.content.keywords).score, each) for each in notices]
    named = [each for score, each in sorted(scored, key=lambda pair: -pair[0]) if score]
    if named or urgent:
        return named
    rumour = topic in UNSURE_TOPICS and bool(NEWS_TOPICS & set(list(guesses)[:LIKELY_GUESSES]))
    return list(notices) if topic in NEWS_TOPICS or rumour else []


def with_notices(
    lines: Lines,
    reply: Reply,
    answer: DialogueAnswer,
    notices: Sequence[Notice],
    page: str,
    at: dt.datetime,
    *,
    urgent: bool = False,
) -> Reply:
    """The reply with the notices in it.

    To a question about news, or one that was not understood, they are the answer, and after them stands that nothing
    else is known. To a matter of the citizen's own, its answer comes first. In danger the help comes first and stays
    as it is, buttons included.
    """
    language, topic = answer.understood.language, answer.understood.topic
    shown = notices[:MOST_NOTICES]
    said = [notice_words(lines, notice, language, at) for notice in shown]
    if len(notices) > len(shown):
        said.append(f"{lines.say('bulletins_more', language)} {page}?lang={language}")
    follow = Choice(id=f"{FOLLOW_PREFIX}{shown[0].id.hex}", title=lines.say("bulletin_follow_button", language))
    if topic in NEWS_TOPICS | UNSURE_TOPICS and not urgent:
        parts = [lines.say("bulletins_lead", language), *said, lines.say("bulletins_otherwise", language)]
    else:
        parts = [reply.text, lines.say("bulletins_also", language), *said]
    choices = (follow, *reply.choices[: MOST_CHOICES - 1])
    if urgent:
        choices = (*reply.choices, follow) if len(reply.choices) < MOST_CHOICES else reply.choices
    return reply.model_copy(update={"text": "\n\n".join(parts), "choices": choices})


def notice_words(lines: Lines, notice: Notice, language: str, at: dt.datetime) -> str:
    """A notice as a message shows it: title, text, and until when it holds or when it was corrected."""
    words = notice.content.words[language]
    about = [fill(lines.say("bulletin_until", language), {"closing_time": until_words(at, notice.ends_at, language)})]
    if notice.corrected_at is not None:
        about.insert(0, lines.say("bulletin_corrected", language))
    return f"*{words.title}*\n{words.text}\n_{' '.join(about)}_"


def change_words(lines: Lines, notice: Notice, state: str, language: str, at: dt.datetime) -> str:
    """What a follower hears: the corrected notice, or that it holds no more."""
    title = notice.content.words[language].title
    if state == "withdrawn":
        return f"*{title}*\n{lines.say('bulletin_withdrawn', language)}"
    return notice_words(lines, notice, language, at)
