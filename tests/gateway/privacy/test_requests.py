"""Checks of privacy, recognising: what is a wish to be erased or to be told, and what only sounds like one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.privacy.request_detection import DataRequest, detect_request

ERASE = {
    "fi": """poista tietoni
        Poista mun tiedot!
        poistakaa kaikki mitä olen kirjoittanut
        poista minut
        poisat tietoni
        voitko poistaa kaikki mun viestit pliis
        haluan että poistatte tietoni heti
        tuhoa kaikki mun viestit
        pyyhi tää keskustelu
        unohda mut
        havita mun viestit kiitos
        deletoi mun data""",
    "sv": """radera mina uppgifter
        Radera mina uppgiter.
        ta bort allt jag har skrivit
        snälla radera mina meddelanden
        kan ni ta bort mina uppgifter
        glöm mig
        radera allt om mig
        radera den här chatten tack""",
    "en": """erase my data
        delete my data please
        delet everything i wrote
        can you delete this chat
        Please erase all my messages!!
        forget me
        wipe my info
        i'd like you to remove everything about me""",
}
TELL = {
    "fi": """mitä minusta tiedetään
        mitä te tiedätte musta
        Mitä tietoja minusta on tallennettu?
        näytä mun tiedot
        lähetä omat tietoni
        mita minusta tiedetaan""",
    "sv": """vad vet ni om mig
        vad har ni för uppgifter om mig?
        vilka uppgifter har ni om mig
        visa mina uppgifter""",
    "en": """what do you know about me
        what data do you have about me?
        show me my data
        send me my data please
        what info do u have on me
        wat do you know about me""",
}
NOT = """joku poisti mun viestit
    hän poisti kaikki viestit
    poista mun kuvat netistä
    miten poistan instatilin
    poistin vahingossa mun viestit
    äiti tietää kaiken minusta
    kaikki tietää minusta
    mitä teen nyt
    kerro minusta poliisille
    älä poista mun viestejä
    pitääkö viestit poistaa
    unohda se
    unohda
    poista
    raderade någon mina meddelanden
    vad ska jag göra om någon har mina bilder
    radera inte mina uppgifter
    ska jag radera meddelandena
    vad gör jag nu
    radera
    someone deleted my messages
    my friend deleted all our messages
    i deleted my messages
    how do i delete my instagram account
    what should i do about my data
    what do you know about scams
    do not delete my messages
    dont delete my data
    should i delete the messages
    they know everything about me
    what do they know about me
    they have my data
    forget it
    delete"""


def each(texts: dict[str, str]) -> list[tuple[str, str]]:
    return [(line.strip(), language) for language, block in texts.items() for line in block.split("\n")]


@pytest.mark.parametrize(("text", "language"), each(ERASE))
def test_a_wish_to_be_erased_is_recognised_without_the_engine(text: str, language: str) -> None:
    assert detect_request(text, None) == ("erase", language)


@pytest.mark.parametrize(("text", "language"), each(TELL))
def test_a_wish_to_be_told_is_recognised_without_the_engine(text: str, language: str) -> None:
    assert detect_request(text, None) == ("tell", language)


@pytest.mark.parametrize("text", [line.strip() for line in NOT.split("\n")])
def test_what_only_sounds_like_a_wish_is_none(text: str) -> None:
    assert detect_request(text, None) is None


@pytest.mark.parametrize(("topic", "wish"), [("erase_my_data", "erase"), ("my_data", "tell")])
def test_what_the_engine_understood_is_a_wish_however_it_was_said(topic: str, wish: DataRequest) -> None:
    assert detect_request("saisko jotenki tän kaiken hiljaseks ettei jää mitään jälkiä", topic) == (wish, None)


@given(st.sampled_from([text for text, _ in each(ERASE)]), st.data())
def test_one_slip_of_a_finger_in_a_long_word_never_makes_another_wish_of_it(text: str, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(text) - 1))
    slipped = data.draw(st.sampled_from([text[:place] + text[place + 1 :], text[:place] + text[place] + text[place:]]))

    found = detect_request(slipped, None)

    assert found is None or found[0] == "erase"


@given(st.text(max_size=200))
def test_any_text_at_all_can_be_looked_at(text: str) -> None:
    detect_request(text, None)
