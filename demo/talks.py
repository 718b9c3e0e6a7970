"""Demo, the talks: what made-up citizens write, from the written talks that the bot learns from."""

import itertools
import random
from collections.abc import Iterator
from dataclasses import dataclass

from answers.content import answer_paths
from answers.talks import read_talks, talk_paths
from gateway.core.config.settings import PROJECT

LANGUAGES = ("fi", "fi", "fi", "sv", "en")  # most write Finnish
LONGEST = 4  # messages of one citizen
ASKS = {
    "fi": "haluan puhua poliisille",
    "sv": "jag vill prata med en polis",
    "en": "I want to talk to an officer",
}
THANKS = {
    "fi": "Hei! Olen poliisista ja luin, mitä kirjoitit. Kävitkö jo läpi botin ohjeet? Kirjoita, jos jokin jäi auki.",
    "sv": "Hej! Jag är från polisen och har läst det du skrev. Skriv om något ännu är oklart.",
    "en": "Hi! I am from the police and I have read what you wrote. Write if anything is still unclear.",
}
# Who waits at the end, the most urgent last.
QUEUE = (
    ("sv", ("någon har tagit över mitt instakonto", ASKS["sv"])),
    ("fi", ("moi mun tili on viety", ASKS["fi"])),
    ("en", ("someone shares my pictures without asking", ASKS["en"])),
    ("fi", ("hänellä on veitsi ja hän on oven takana",)),
)
WAVE = "vero:refund"
# A wave is many citizens, each with a message of their own making.
_WAVE = (
    "onko tää oikea? Omakanta: veronpalautuksesi {sum},40e on valmis. Lunasta: http://vero-refund.info/token/{code}",
    "Tuli tällainen: Omakanta: veronpalautuksesi {sum},10e on valmis. Lunasta: http://vero-refund.info/fi/{code}",
    "Sain viestin. Omakanta: veronpalautuksesi {sum},00e on valmis. Lunasta: http://vero-refund.info/?id={code}",
)
_NAMES = ("Aino", "Elias", "Saga", "Leo", "Noor", "Emma", "Otso", "Maja", "Sam", "Venla", "Hugo", "Amina")


@dataclass(frozen=True)
class DemoTalk:
    """One citizen: what they write, message by message, and whether an officer answers them in the end."""

    name: str
    language: str
    texts: tuple[str, ...]
    to_officer: bool = False


def ordinary(count: int, dice: random.Random) -> list[DemoTalk]:
    """Talks without danger, in three languages; every twelfth goes on with an officer."""
    from_files = {language: _written(language, dice) for language in set(LANGUAGES)}
    found = []
    for number in range(count):
        language = dice.choice(LANGUAGES)
        texts, to_officer = next(from_files[language]), number % 12 == 11
        texts = (*texts[:2], ASKS[language]) if to_officer else texts
        found.append(DemoTalk(_name(number), language, texts, to_officer))
    return found


def _written(language: str, dice: random.Random) -> Iterator[tuple[str, ...]]:
    """The turns of the written talks of a language that say nothing of danger, again and again in another order."""
    topics = {path.stem for path in answer_paths(PROJECT / "data")}
    paths = [path for path in talk_paths(PROJECT / "data") if path.parent.name == language]
    talks, _ = read_talks(paths, topics)
    calm = [talk for talk in talks if not any(turn.danger for turn in talk.turns)]
    dice.shuffle(calm)
    return itertools.cycle(tuple(turn.text for turn in talk.turns[:LONGEST]) for talk in calm)


def wave(count: int, dice: random.Random) -> list[DemoTalk]:
    """Citizens who all got the same kind of scam message."""
    texts = [each.format(sum=dice.randint(90, 480), code=dice.randrange(10**6)) for each in _WAVE * count][:count]
    return [DemoTalk(_name(number), "fi", (text,)) for number, text in enumerate(texts)]


def queue() -> list[DemoTalk]:
    """Citizens who wait for an officer now, one of them in an emergency."""
    return [DemoTalk(_name(number), language, texts) for number, (language, texts) in enumerate(QUEUE)]


def _name(number: int) -> str:
    return f"{_NAMES[number % len(_NAMES)]} {number // len(_NAMES) + 1}"
