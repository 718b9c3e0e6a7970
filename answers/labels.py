"""Dialogue, the words: the closed lists of what a citizen may ask, do and tell in a talk."""

from typing import Final

QUESTIONS: Final = (
    # The report and what follows.
    "cost", "duration", "what_happens_next", "what_first", "how_to_report_this", "report_needed", "withdraw_possible",
    "time_limit", "hearing_and_court", "act_for_another", "abroad_or_visitor", "how_to_do_step",
    # The police, and help while waiting.
    "police_can_do_what", "when_police_answer", "while_waiting_for_help", "contact_again",
    # What it is, whether it is true, whether it is a crime.
    "is_it_a_crime", "is_it_real", "what_is_it", "age_limits",
    # Guilt, consequences, money.
    "own_fault_or_guilt", "own_offence_risk", "punishment", "record_and_future", "compensation_money_back",
    "lawyer_and_legal_aid",
    # Who gets to know.
    "parents_told", "family_consequences", "other_side_told", "anonymity", "letters_and_traces", "safe_phone",
    # It has already happened.
    "already_paid", "not_paid_yet", "already_gave_codes", "already_sent_picture", "can_it_be_removed",
    # What I do myself.
    "evidence_how", "may_i_publish", "block_or_not", "do_it_myself", "prevention_how",
    # People and help.
    "what_to_say_to_others", "tell_an_adult", "whom_to_talk_to", "cannot_phone_chat_instead", "where_to_go_tonight",
    # Language, permit, duties of adults.
    "language_help_interpreter", "immigrant_status", "professional_duty",
)  # fmt: skip
"""What may be asked about any subject; each has an answer piece of the subject, or the general one of the question."""

ACTS: Final = (
    "tells", "thanks", "goodbye", "greeting", "ok", "yes", "no", "why", "simpler", "repeat", "shorter", "wrong_topic",
    "helped", "not_helped", "pick_1", "pick_2", "pick_3", "how_step", "which_contact", "did_not_work", "want_officer",
    "cancel_officer", "is_bot", "danger_over", "stop", "feelings", "smalltalk", "abuse", "joking", "language", "erase",
)  # fmt: skip
"""The moves in a talk that are none of `QUESTIONS`."""

DANGERS: Final = ("emergency", "crisis")

# None: any word is taken, as people write it.
SLOTS: Final[dict[str, tuple[str, ...] | None]] = {
    "role": ("victim", "doer", "helper", "witness", "professional"),
    "age": ("under_15", "15_17", "adult"),
    "whose_age": ("under_15", "15_17", "adult"),
    "platform": None,
    "bank": None,
    "done": ("paid", "not_paid", "codes_given", "picture_sent", "bank_called", "reported", "blocked", "deleted"),
    "danger": ("now", "passed"),
    "watched": ("yes",),
}
"""What a citizen tells in passing, with its values. `age` is the writer's, `whose_age` the other's."""

THINGS: Final = (
    # Everyday rules, and what was found.
    "knife", "spray", "air_gun", "moped", "scooter", "curfew", "noise", "found", "number_112",
    # What was stolen or lost.
    "bike", "phone", "wallet", "document",
    # Small matters within a subject.
    "forced_marriage", "exploited_work", "found_gun", "shop_ban", "seized", "driving_licence", "interview", "school",
    "safe_account", "wrongly_suspected",
)  # fmt: skip

# What an answer piece may depend on besides: the request for an officer, and the rule that is asked about.
# `thing` is what an everyday rule is asked about, what was found, or what is gone (bot/conversation/everyday.yml);
# `term` a word or a service whose meaning is asked (bot/conversation/terms.yml).
CONDITIONS: Final[dict[str, tuple[str, ...] | None]] = {
    **SLOTS,
    "officer": ("offered", "asked", "cancelled"),
    "thing": THINGS,
    "term": None,
}
