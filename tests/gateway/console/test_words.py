"""Words on the pages of the staff that misled people, in each language; none of them comes back."""

import pytest
from babel.messages.pofile import read_po

from gateway.core.i18n import catalogue_path

# Anywhere in a sentence, and as the whole of one.
RETIRED = {
    "fi": (("päätä nyt", "ovia", "ovea", "ovesta", "uusi ovi"), ("Peru", "Ovet", "Ovi")),
    "sv": (
        (
            "svarstid",
            "ta samtalet",
            "tar samtalet",
            "av kön",
            "tog samtalet",
            "ge till en kollega",
            "dörr",
            "en polis första svar",
        ),
        ("Ta samtalet", "Inget teams"),
    ),
    "en": (("keep note", "order that it be kept", "step into the conversation"), ("Keep", "No team's")),
}


@pytest.mark.parametrize("language", RETIRED)
def test_no_word_that_misled_people_is_on_a_page(language: str) -> None:
    within, alone = RETIRED[language]
    with catalogue_path(language).open("rb") as file:
        said = [str(message.string) for message in read_po(file, locale=language) if message.id]

    assert len(said) > 500
    assert not [each for each in said if each in alone or any(words in each.lower() for words in within)]
