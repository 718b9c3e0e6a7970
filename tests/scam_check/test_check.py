"""What a message is warned of, what is left alone, and that no input is too much."""

import json
import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scam_check.check import SOME, check_message
from scam_check.kinds import Asked, ReasonKind, Story, Suspicion
from scam_check.known_list import KnownScams
from scam_check.parts import PartsRefused, ScamParts, parts_from_json, strongest
from scam_check.senders import SenderIndex

SCAMS = [
    "Omakanta: veronpalautuksesi 312,40e on valmis. Lunasta: http://vero-refund.info",
    "is this link safe http://nordea-login.app/verify",
    "Hei äiti, puhelimeni meni rikki. Tämä on uusi numeroni, laita viestiä WhatsAppissa: +447911123456",
    "Hej mamma, min telefon gick sönder, det här är mitt nya nummer. Kan du skriva till mig på WhatsApp?",
    "Hi mum, I dropped my phone in the toilet, this is my new number. Can you text me on whatsapp?",
    "Posti: Pakettisi odottaa toimitusta. Maksa 1,99 € toimitusmaksu: https://posti-toimitus.com/p/123",
    "OP: Tilisi on lukittu epäilyttävän toiminnan vuoksi. Vahvista henkilöllisyytesi: tilintuki-op.com",
    "FPA: Din sjukförsäkring löper ut. Uppdatera dina uppgifter här: https://fpa-halsa.info",
    "DHL: Your parcel is on hold due to unpaid customs fee of €2.99. Pay here: https://dhl-track.cc/x",
    "Pankistasi päivää. Tililläsi on epäilyttävää toimintaa, rahat pitää siirtää turvatilille. Soita heti 0700 12345",
    "I have recorded you through your webcam. Send 500$ in bitcoin or I will send the video to all your contacts.",
    "Lainaa tiliäsi ja tienaa 500€. Saat pitää 10% kun siirrät rahat eteenpäin.",
]
GENUINE = [
    "Posti: Pakettisi on noudettavissa Postin automaatista. Noutokoodi 4821. Seuraa: posti.fi/seuranta",
    "Nordea: Vahvistuskoodisi on 482913. Älä anna koodia kenellekään.",
    "Hammaslääkäri Oy: Muistutus ajastasi ti 3.12. klo 9.00. Peruuta viimeistään 24 h ennen: vello.fi/abc",
    "Moi! Vaihdoin numeroa, tallenna tämä. T. Minna",
    "Äiti mun puhelimesta loppuu akku, tuun bussilla kotiin kuudeksi",
    "Telia: Laskusi 24,90 € erääntyy 15.3. Katso lasku: telia.fi/minuntelia",
    "Hei voitko lähettää mulle 20e mobilepaylla, maksan huomenna takaisin",
    "Din tid hos tandläkaren är den 3.12 kl 9. Avboka senast 24 h innan via oma.hammas.fi",
    "Your Uber code is 4821. Never share this code.",
    "Wolt: Tilauksesi on matkalla! Seuraa: https://wolt.com/track/abc",
    "Vero: Veronpalautuksesi maksetaan tilillesi 5.8. Päätös on OmaVerossa.",
    "Hei! Muistathan huomisen vanhempainillan klo 18. Ilmoittaudu: https://forms.gle/abc123",
]


@pytest.mark.parametrize("text", SCAMS)
def test_a_scam_is_warned_of_with_reasons(text: str, index: SenderIndex) -> None:
    checked = check_message(text, index)

    assert checked.is_warned
    assert 1 <= len(checked.parts.reasons) <= 3


@pytest.mark.parametrize("text", GENUINE)
def test_a_genuine_message_is_called_no_scam(text: str, index: SenderIndex) -> None:
    assert not check_message(text, index).is_warned


@pytest.mark.parametrize(
    "text",
    [
        "mun mummilta vietiin rahat, mitä pitää tehdä",
        "miten teen rikosilmoituksen huijauksesta?",
        "my account was hacked, what do I do",
        "jag har blivit lurad på nätet",
        "moi",
        "voiko tehdä ilmoituksen osoitteessa poliisi.fi",
    ],
)
def test_a_plain_talk_is_no_pasted_message(text: str, index: SenderIndex) -> None:
    assert not check_message(text, index).concerns


def test_the_parts_say_whose_name_and_which_address(index: SenderIndex) -> None:
    parts = check_message(SCAMS[0], index).parts

    assert parts.suspicion is Suspicion.STRONG
    assert (parts.reasons[0].kind, parts.reasons[0].words) == (ReasonKind.SENDER_IN_LINK, "vero-refund.info")
    assert (parts.sender, parts.story, parts.domains) == ("vero", Story.REFUND, ("vero-refund.info",))


def test_what_is_asked_for_is_told(index: SenderIndex) -> None:
    text = (
        "Tarvitsen apuasi: osta viisi Steam-lahjakorttia ja lähetä koodit. Älä kerro kenellekään. Vastaa WhatsAppissa"
    )

    assert {Asked.GIFT_CARDS, Asked.SECRECY} <= set(check_message(text, index).parts.asked)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Nordea: vahvista tilisi https://noгdea.fi/x", ReasonKind.LOOK_ALIKE),
        ("Matkahuolto: maksa toimitus https://rnatkahuolto.fi/x", ReasonKind.NEAR_MISS),
        ("Danske Bank: Betalning 1 120 € har registrerats. Avbryt: http://194.61.25.7/danske", ReasonKind.IP_ADDRESS),
        ("Poliisi: maksa sakko heti: poliisi.fi@sakko-maksu.ru/k", ReasonKind.HIDDEN_ADDRESS),
        ("Paketti odottaa maksua, klikkaa bit.ly/3x ja vahvista heti tilisi", ReasonKind.SHORTENER),
        ("Olet voittanut iPhonen! Lunasta palkinto: https://iloinen.weebly.com/", ReasonKind.FREE_SITE),
        ("Hei isä, tämä on uusi numeroni, kirjoita WhatsAppissa +44 7911 123456", ReasonKind.FOREIGN_NUMBER),
        (
            "Maksa lasku heti tilille DE89 3704 0044 0532 0130 00, muuten perintä. Hyvä asiakas",
            ReasonKind.FOREIGN_ACCOUNT,
        ),
    ],
)
def test_each_kind_of_reason_is_found(text: str, kind: ReasonKind, index: SenderIndex) -> None:
    assert kind in [reason.kind for reason in check_message(text, index).parts.reasons]


def test_a_listed_domain_is_reason_enough(index: SenderIndex) -> None:
    known = KnownScams(frozenset({"harmless-looking.fi"}))

    assert check_message("onko aito https://harmless-looking.fi/x", index, known).parts.suspicion is Suspicion.STRONG


def test_a_forwarded_message_is_one_to_check(index: SenderIndex) -> None:
    text = "tule kahville huomenna"

    assert not check_message(text, index).concerns
    assert check_message(text, index, forwarded=True).concerns


def test_no_path_number_or_account_goes_on(index: SenderIndex) -> None:
    text = (
        "Posti: maksa 1,99 € heti https://posti-maksu.info/Matti-Virtanen?hetu=131052-308T tai tilille "
        "DE89 3704 0044 0532 0130 00, soita +44 7911 123456. Vahvista korttisi tiedot 4000 1234 5678 9010"
    )

    written = json.dumps(check_message(text, index).parts.as_json(), ensure_ascii=False)

    for private in ("Matti", "hetu", "131052", "DE89", "3704", "7911", "4000", "https", "/"):
        assert private not in written


def test_parts_survive_the_way_to_the_dialogue_and_nothing_else_does(index: SenderIndex) -> None:
    for text in SCAMS:
        parts = check_message(text, index).parts
        assert parts_from_json(json.loads(json.dumps(parts.as_json()))) == parts
    good = check_message(SCAMS[0], index).parts.as_json()
    refused: list[Any] = [
        [],
        {"suspicion": "safe"},
        {**good, "text": "x"},
        {**good, "domains": ["vero.fi/a"]},
        {**good, "reasons": [{"kind": "asked", "words": "soita 0401234567"}]},
        {**good, "reasons": [{"kind": "sender_in_link", "words": "vero.fi/a?b"}]},
        {**good, "reasons": good["reasons"] * 4},
        {**good, "sender": "Matti Virtanen"},
        {**good, "told": "yes"},
    ]
    for bad in refused:
        with pytest.raises(PartsRefused):
            parts_from_json(bad)


def test_of_several_messages_the_worst_counts() -> None:
    none, some = ScamParts(Suspicion.NONE), ScamParts(Suspicion.SOME)
    told = ScamParts(Suspicion.STRONG, told=True)

    assert strongest([none, some]) is some
    assert strongest([told, none]) is none, "what was pasted is answered, and not what was told beside it"
    assert strongest([told]) is told
    assert strongest([]) is None


def test_a_message_takes_less_than_five_milliseconds(index: SenderIndex) -> None:
    taken = []
    for text in [*SCAMS, *GENUINE] * 5:
        begun = time.process_time()
        check_message(text, index)
        taken.append(time.process_time() - begun)

    assert sorted(taken)[len(taken) // 2] < 0.005


FRAGMENTS = ["http://", "xn--", "posti", ".fi", "@", "/", ":80", " ", "vahvista", "tili"]
HUGE = st.sampled_from(
    [
        "http://a.fi/" * 100_000,
        " ".join(f"https://xn--{'xn--' * 20}a{n}.posti.fi.{n}.info/x" for n in range(1000)),
        "tili " * 200_000,
        "+358 40 123 45 67 " * 50_000,
        "FI21 1234 5600 0007 85 " * 50_000,
        "@" * 1_000_000,
        "." * 1_000_000,
        "ä\u200b" * 500_000,
        "a.b" * 350_000,
        "-" * 500_000 + "://" + "%" * 500_000,
        "hei äiti " * 100_000,
        "(" * 1_000_000,
        "\n" * 1_000_000,
        "1" * 1_000_000,
    ]
)


@settings(max_examples=60, deadline=None)
@given(
    st.one_of(
        HUGE,
        st.text(max_size=5000),
        st.text(alphabet="abcäöå.:/@-#?%+0123456789 \n<>[]()'\"xn", max_size=5000),
        st.lists(st.sampled_from(FRAGMENTS), max_size=800).map("".join),
    )
)
def test_no_input_fails_or_takes_long(index: SenderIndex, text: str) -> None:
    best = min(_time_of(text, index) for _ in range(3))

    assert best < 0.05


def _time_of(text: str, index: SenderIndex) -> float:
    begun = time.process_time()
    checked = check_message(text, index)
    taken = time.process_time() - begun
    parts_from_json(checked.parts.as_json())
    assert (checked.score >= SOME) == (checked.parts.suspicion is not Suspicion.NONE)
    return taken
