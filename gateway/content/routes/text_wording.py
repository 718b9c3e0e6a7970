"""Content, the words of the pages of texts: shelves, moves in a talk, conditions, and what stands in braces."""

from collections.abc import Mapping
from typing import Final

from answers.labels import CONDITIONS
from gateway.content.repository.trilingual import HEADING, WHEN, Condition, condition_of_key
from gateway.content.routes.wording import UNDERSTOOD
from gateway.conversations.told import ToldPart
from gateway.conversations.told_wording import PARTS, VALUES
from gateway.core.i18n import N_, NP_, gettext, named

SHELVES: Final[Mapping[str, str]] = {
    "lines": N_("Fixed lines"),
    "ready": N_("Ready answers of officers"),
    "questions": N_("Short answers, whatever the topic"),
    "acts": N_("Replies to what people do in a talk"),
    "scam_check": N_("Check of suspicious messages"),
    "templates": N_("Templates"),
    "privacy": N_("Privacy notice"),
    "topic": N_("Short answers"),
    "faq": N_("Own questions"),
}
SHELVES_EXPLAINED: Final[Mapping[str, str]] = {
    "lines": N_("What the chat itself says: the greeting, 112 first, buttons, waiting."),
    "ready": N_("An officer chooses one, changes it and sends it."),
    "questions": N_("What is said when somebody asks what it costs, how long it takes, who gets to know."),
    "acts": N_("What is said to thanks, a greeting, feelings or “it did not work”."),
    "scam_check": N_("What is said of a message that somebody pastes."),
    "templates": N_("What goes out after a day of silence. Meta must approve each change before it is sent."),
    "privacy": N_("The page that tells citizens what becomes of their messages."),
}
ACTS: Final[Mapping[str, str]] = {
    **{name.removeprefix("follow_up_"): words for name, words in UNDERSTOOD.items()},
    "pick_1": UNDERSTOOD["follow_up_first"],
    "pick_2": UNDERSTOOD["follow_up_second"],
    "pick_3": UNDERSTOOD["follow_up_third"],
    "how_step": N_("asks how to do a step"),
    "which_contact": N_("asks for a number or an address again"),
    "want_officer": N_("asks for an officer"),
    "erase": N_("wants the messages deleted"),
    "cancel_officer": N_("takes the request for an officer back"),
    "danger_over": N_("says that the danger is over"),
    "did_not_work": N_("says that it did not work"),
    "feelings": N_("tells of feelings"),
    "goodbye": N_("says goodbye"),
    "is_bot": N_("asks whether this is a bot"),
    "joking": N_("was joking"),
    "language": N_("asks for another language"),
    "ok": N_("says ok"),
    "repeat": N_("wants to hear it again"),
    "shorter": N_("wants it shorter"),
    "smalltalk": N_("small talk"),
    "stop": N_("wants to stop"),
    "tells": N_("tells something and asks nothing"),
    "wrong_topic": N_("says that it is about something else"),
}
DANGERS: Final[Mapping[str, str]] = {
    "emergency": NP_("try", "Emergency"),
    "crisis": N_("Crisis"),
}
# What a reply in a talk was worth (evaluation/verdicts.py).
VERDICTS: Final[Mapping[str, str]] = {
    "right": N_("right"),
    "topic only": N_("right topic, another answer"),
    "asked back": N_("asked back"),
    "wrong": N_("wrong answer"),
    "harmful": N_("harmful: a missed danger or a false alarm"),
}
NOTE_IN: Final[Mapping[str, str]] = {
    "fi": N_("Note for editors, in Finnish"),
    "sv": N_("Note for editors, in Swedish"),
    "en": N_("Note for editors, in English"),
}
# What a part of a text is, by the key under which it stands.
PARTS_OF_TEXT: Final[Mapping[str, str]] = {
    "title": N_("Title"),
    "answer": N_("Answer"),
    "asked": N_("As people ask it, one wording on each line"),
    "unknown": N_("Where the topic has no answer"),
    "body": N_("Text"),
    "text": N_("Question back"),
    "lead": N_("First sentences"),
    "emergency": N_("In an emergency"),
    "heading": N_("Heading"),
    "": N_("Text"),
}
THINGS: Final[Mapping[str, str]] = {
    "knife": N_("a knife"),
    "spray": N_("a pepper spray"),
    "air_gun": N_("an air gun"),
    "moped": N_("a moped"),
    "scooter": N_("an electric scooter"),
    "curfew": N_("times to be at home"),
    "noise": N_("noise"),
    "found": N_("something found"),
    "number_112": N_("the number 112"),
    "bike": N_("a bike"),
    "phone": N_("a phone"),
    "wallet": N_("a wallet or a card"),
    "document": N_("a passport or an identity card"),
    "forced_marriage": N_("a marriage against one's will"),
    "exploited_work": N_("exploited at work"),
    "found_gun": N_("a gun that was found"),
    "shop_ban": N_("a ban from a shop"),
    "seized": N_("something that the police took"),
    "driving_licence": N_("a driving licence"),
    "interview": N_("a questioning by the police"),
    "school": N_("what the school does"),
    "safe_account": N_('a "safe account" that a caller names'),
    "wrongly_suspected": N_("suspected of what one did not do"),
}
_SLOTS: Final[Mapping[str, ToldPart]] = {
    "role": ToldPart.ROLE,
    "age": ToldPart.AGE,
    "whose_age": ToldPart.WHOSE_AGE,
    "bank": ToldPart.BANK,
    "platform": ToldPart.PLATFORM,
    "done": ToldPart.DONE,
    "danger": ToldPart.DANGER,
    "watched": ToldPart.WATCHED,
    "officer": ToldPart.CONSENT,
}
CHANNELS: Final[Mapping[str, str]] = {
    "whatsapp": "WhatsApp",
    "messenger": "Messenger",
    "instagram": "Instagram",
    "web": N_("web chat"),
}
# What the program puts into a text, where it is no contact.
BRACES: Final[Mapping[str, str]] = {
    "privacy_url": N_("address of the privacy page"),
    "service_hours": N_("when officers answer"),
    "next_opening": N_("when officers answer next"),
    "closing_time": N_("when officers stop today"),
    "closed_because": N_("why nobody is there"),
    "officer_presence": N_("whether an officer is there"),
    "words": N_("words of the message"),
    "domain": N_("address of the link"),
    "sender": N_("the sender's name"),
    "own": N_("the sender's own address"),
    "ending": N_("the address's ending"),
    "topics_known": N_("how many topics are known"),
    "oldest_review": N_("the oldest review"),
    "date": N_("date"),
    "name": N_("name"),
    "count": N_("number"),
    "days": N_("for how many days messages are kept"),
    "copies": N_("for how many days editors see a copy"),
    "hours": N_("when officers answer"),
}
# In which order a page asks to whom a text is said; the first ones are open, the others folded.
USUAL_SLOTS: Final = ("role", "age", "whose_age")
OTHER_SLOTS: Final = ("done", "danger", "watched", "officer", "thing")
WRITTEN_SLOTS: Final = ("bank", "platform", "term")
# How far a tried talk has come with the officers.
OFFICER_STATES: Final[Mapping[str, str]] = {
    "as_told": N_("as the talk goes"),
    "none": N_("has not been asked for"),
    "offered": N_("has been offered, no answer yet"),
    "asked": N_("has been asked for, the citizen waits"),
    "answers": N_("answers, the bot is silent"),
    "given_back": N_("has just given the talk back to the bot"),
}
DUTY: Final[Mapping[str, str]] = {
    "on": NP_("on duty", "An officer"),
    "off": NP_("on duty", "Nobody, out of hours"),
}
# As what a draft understands that has not learned its examples.
UNTRAINED: Final[Mapping[str, str]] = {
    "never": N_(
        "There is no trained model here yet, so the draft cannot answer. Train it first: press “Train and compare” on "
        "the page Publishing."
    ),
    "as_live": N_("This draft has not been trained: it understands as the published bot does."),
    "as_before": N_(
        "This draft has not been trained since its examples were changed: it understands as when it was last trained."
    ),
}


def condition_words(language: str, when: Condition, titles: Mapping[str, str]) -> str:
    """When a text is said: `Writes as: the one who did it; Own age: under 15 or 15 to 17`; "" for always."""
    return "; ".join(f"{_slot(language, slot)}: {_values(language, slot, values, titles)}" for slot, values in when)


def name_of_entry(language: str, key: str, titles: Mapping[str, str]) -> str | None:
    """What an entry of a list is called in a place (`trilingual.entry_key`); None for another part of a place."""
    if key.startswith(HEADING):
        return key.removeprefix(HEADING)
    if not key.startswith(WHEN):
        return None
    return condition_words(language, condition_of_key(key), titles) or gettext(language, N_("To everybody else"))


def choices_of_slot(language: str, slot: str) -> list[tuple[str, str]]:
    """The values that a condition may have, with their words; of a slot with a closed list."""
    table = VALUES.get(_SLOTS[slot], {}) if slot in _SLOTS else THINGS
    return [(each, named(language, table, each)) for each in CONDITIONS[slot] or ()]


def name_of_slot(language: str, slot: str) -> str:
    """What a condition is about."""
    return _slot(language, slot)


def _slot(language: str, slot: str) -> str:
    if slot in _SLOTS:
        return gettext(language, PARTS[_SLOTS[slot]])
    if slot == "term":
        return gettext(language, N_("Word that is explained"))
    return gettext(language, N_("Topic") if slot == "topic" else N_("About"))


def _values(language: str, slot: str, values: tuple[str, ...], titles: Mapping[str, str]) -> str:
    if slot == "topic":
        return ", ".join(titles.get(each, each) for each in values)
    if slot == "term":
        return ", ".join(each.replace("_", " ") for each in values)
    table = VALUES.get(_SLOTS[slot], {}) if slot in _SLOTS else THINGS
    return ", ".join(named(language, table, each) for each in values)
