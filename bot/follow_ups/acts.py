"""Follow-ups: the acts by name. Each is an intent of Rasa with examples in data/nlu/follow_ups and no answer file."""

from typing import Final

from bot.names import FOLLOW_UP

YES: Final = FOLLOW_UP + "yes"
NO: Final = FOLLOW_UP + "no"
WHY: Final = FOLLOW_UP + "why"
SIMPLER: Final = FOLLOW_UP + "simpler"
WRONG_GUESS: Final = FOLLOW_UP + "wrong_guess"
THANKS: Final = FOLLOW_UP + "thanks"
GREETING: Final = FOLLOW_UP + "greeting"
HELPED: Final = FOLLOW_UP + "helped"
NOT_HELPED: Final = FOLLOW_UP + "not_helped"
FIRST: Final = FOLLOW_UP + "first"
SECOND: Final = FOLLOW_UP + "second"
THIRD: Final = FOLLOW_UP + "third"
ALREADY_PAID: Final = FOLLOW_UP + "already_paid"
UNDER_18: Final = FOLLOW_UP + "under_18"
WHAT_NEXT: Final = FOLLOW_UP + "what_next"
ABUSE: Final = FOLLOW_UP + "abuse"

CHOICES: Final = (FIRST, SECOND, THIRD)

# Where a question of this kind leads. An answer file may say otherwise for its topic: `follow_ups: {under_18: ...}`.
LEADS: Final = {
    GREETING: "greeting_thanks",
    ALREADY_PAID: "scam_first_steps",
    UNDER_18: "report_under_18",
    WHAT_NEXT: "after_report",
}

# These need no answer before them.
ANY_TIME: Final = frozenset({ABUSE})
