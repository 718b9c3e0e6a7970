"""Analytics, the words: names of measures and of their parts."""

from collections.abc import Mapping
from typing import Final

from gateway.core.i18n import N_, NP_

PERIODS: Final[Mapping[str, str]] = {
    "day": N_("By day (4 weeks)"),
    "week": N_("By week (a year)"),
    "month": N_("By month (a year)"),
}
# The same where a page shows totals only: of how long a time.
SPANS: Final[Mapping[str, str]] = {
    "day": N_("4 weeks"),
    "week": N_("a year"),
}
# The numbers at the top of a page.
TILES: Final[Mapping[str, str]] = {
    "people": N_("People who asked (counted per day)"),
    "messages": N_("Messages"),
    "alone": N_("Answered without an officer"),
    "handed_over": N_("Handed over to an officer"),
    "first_word": N_("Half heard from an officer within"),
    "misses": N_("Not understood"),
    "dangers": NP_("tile", "Dangers and crises"),
    "helped": N_("Said the answer helped"),
}
ANSWER_OUTCOMES: Final[Mapping[str, str]] = {
    "answer_helped": N_("Helped"),
    "answer_not_helped": N_("Did not help"),
    "answer_missed": N_("Then not understood"),
    "answer_handed_over": N_("Handed over"),
    "answer_left": N_("Wrote no more"),
}
COLUMNS: Final[Mapping[str, str]] = {
    "people": N_("Asked"),
    "messages": N_("Messages"),
    "handed_over": N_("To an officer"),
}
# The parts of a measure; languages and topics have names elsewhere.
PARTS: Final[Mapping[str, Mapping[str, str]]] = {
    "channel": {
        "whatsapp": N_("WhatsApp"),
        "web": N_("Web chat"),
        "messenger": N_("Messenger"),
        "instagram": N_("Instagram"),
    },
    "outcome": {
        "answered": N_("The bot answered"),
        "engine_failure": N_("The bot was away for a moment"),
        "window_closed": N_("Came too late"),
        "platform_off": N_("The channel was switched off"),
        "too_late": N_("Waited too long to be answered"),
        "not_answered": N_("In a talk with an officer"),
        "left": N_("Went back to the bot"),
        "slowed_down": N_("Wrote too fast"),
        "too_many": N_("Wrote too fast (no answer)"),
    },
    "miss": {
        "nlu_fallback": N_("Topic not recognised"),
        "unclear_message": N_("Unclear message"),
        "engine_failure": N_("The bot was away for a moment"),
    },
    "danger": {
        "emergency": NP_("figures", "Emergency"),
        "crisis": N_("Crisis"),
    },
    "helpfulness": {
        "helped": N_("Helped"),
        "not_helped": N_("Did not help"),
        "wrong_guess": N_("Wrong topic"),
    },
    "officer_helpfulness": {
        "helped": N_("Helped"),
        "not_helped": N_("Did not help"),
    },
    "first_word": {
        "1m": N_("up to 1 min"),
        "5m": N_("up to 5 min"),
        "15m": N_("up to 15 min"),
        "1h": N_("up to 1 h"),
        "4h": N_("up to 4 h"),
        "24h": N_("up to 24 h"),
        "later": N_("over 24 h"),
    },
}
