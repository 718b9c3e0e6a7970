"""Checks of doors: codes that say nothing, links that carry only them, and pictures that a camera reads."""

import io
import re
from urllib.parse import unquote

import pytest
import zxingcpp
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from gateway.conversations.kinds import ChannelName
from gateway.core.config.settings import Settings
from gateway.core.locale import LANGUAGES
from gateway.referrals.codes import ALPHABET, LENGTH, find_code, parse_code, prefilled_text, random_code
from gateway.referrals.images import SIZES, poster, qr_path, qr_png, qr_svg
from gateway.referrals.links import Links

CODES = st.text(alphabet=ALPHABET, min_size=LENGTH, max_size=LENGTH)
LINKS = Links(Settings(_env_file=None, public_url="https://neuvo.example"), "K7Q2")


@given(CODES, st.sampled_from(LANGUAGES))
def test_what_a_link_writes_for_the_citizen_is_read_back_as_code_and_greeting(code: str, language: str) -> None:
    found = find_code(prefilled_text(language, code))

    assert found is not None
    assert (found.code, found.text) == (code, {"fi": "Hei!", "sv": "Hej!", "en": "Hello!"}[language])


@pytest.mark.parametrize(
    ("written", "left"),
    [
        ("Hei! (ovi K7Q2)", "Hei!"),
        ("Hei! (ovi: K7Q2)", "Hei!"),
        ("hei! (OVI k7q2) mun tili hakkeroitiin", "hei! mun tili hakkeroitiin"),
        ("mun tili hakkeroitiin (ovi K7Q2)", "mun tili hakkeroitiin"),
        ("(ovi K7Q2)", "Hei!"),
        ("(DÖRR K7Q2)", "Hej!"),
        ("Hej! (dörr K7Q2)\nnågon hotar mig", "Hej!\nnågon hotar mig"),
    ],
)
def test_the_code_is_taken_out_wherever_the_citizen_writes_around_it(written: str, left: str) -> None:
    found = find_code(written)

    assert found is not None
    assert (found.code, found.text) == ("K7Q2", left)


@pytest.mark.parametrize(
    "words",
    [
        "",
        "Hei!",
        "K7Q2",
        "(K7Q2)",
        "(ovi 12345)",
        "(door ABCD)",
        "ovi K7Q2",
        "(ovi K7Q2",
        "(ovikoodi K7Q2)",
        "(ovı K7Q2)",
        "(ovi ſ7q2)",
        None,
    ],
)
def test_what_is_not_our_mark_is_the_citizens_own(words: str | None) -> None:
    assert find_code(words) is None


def test_codes_are_chance_without_words_or_lookalikes() -> None:
    codes = {random_code() for _ in range(500)}

    assert len(codes) > 490
    assert all(parse_code(code.lower()) == code for code in codes)
    assert not set("AEIOUYÅÄÖ01L") & set(ALPHABET)


@pytest.mark.parametrize("text", ["", None, "koulu-kallio", "K7Q", "K7Q22", "K7O2", "ſ7q2", "K7Q2\n", "<b>!"])
def test_another_reference_is_no_code(text: str | None) -> None:
    assert parse_code(text) is None


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_link_holds_our_address_and_the_code_and_nothing_else(language: str) -> None:
    rest = {
        "whatsapp": f"https://wa.me/35890000000?text={prefilled_text(language, '')}".replace(" )", " K7Q2)"),
        "messenger": "https://m.me/103000000000001?ref=K7Q2",
        "instagram": "https://ig.me/m/neuvo.example?ref=K7Q2",
        "web": f"https://neuvo.example/chat?source=k7q2&lang={language}",
    }
    assert LINKS.platforms() == list(ChannelName)
    assert {platform: unquote(LINKS.link(platform, language)) for platform in ChannelName} == rest
    assert all(re.fullmatch(r"[!-~]+", LINKS.link(platform, language)) for platform in ChannelName)
    assert LINKS.short() == "neuvo.example/d/K7Q2"


def test_a_platform_that_we_are_not_on_has_no_link() -> None:
    alone = Links(Settings(_env_file=None, simulator=False, instagram_username="neuvo"), "K7Q2")
    ours = Links(
        Settings(
            _env_file=None,
            simulator=False,
            whatsapp_number="+35890000001",
            messenger_page_id="77",
            instagram_account_id="88",
            instagram_username="neuvo",
        ),
        "K7Q2",
    )

    assert alone.platforms() == ["web"]
    with pytest.raises(KeyError):
        alone.link(ChannelName.INSTAGRAM, "fi")
    assert [ours.link(each, "fi").partition("?")[0] for each in ours.platforms()] == [
        "https://wa.me/35890000001",
        "https://m.me/77",
        "https://ig.me/m/neuvo",
        "http://localhost:8000/chat",
    ]


@pytest.mark.parametrize("number", ["12", "+358 9 000", "+35890000000?x", "tel:112"])
def test_a_number_of_another_form_is_refused_at_the_start(number: str) -> None:
    with pytest.raises(ValueError, match="whatsapp_number"):
        Settings(_env_file=None, whatsapp_number=number)


@pytest.mark.parametrize("platform", tuple(ChannelName))
def test_a_camera_reads_the_link_from_the_picture(platform: ChannelName) -> None:
    link = LINKS.link(platform, "sv")
    with Image.open(io.BytesIO(qr_png(link))) as picture:
        assert [found.text for found in zxingcpp.read_barcodes(picture)] == [link]
        assert min(picture.size) >= 1000
        assert round(picture.info["dpi"][0]) == 300
    drawn = qr_svg(link, f'QR "{link}"').decode()
    assert 'width="50.0mm"' in drawn
    assert "<title>QR &quot;" in drawn or '<title>QR "' in drawn


@pytest.mark.parametrize("platform", tuple(ChannelName))
def test_the_posters_squares_are_the_codes(platform: ChannelName) -> None:
    link = LINKS.link(platform, "fi")
    made = qr_path(link)
    picture = Image.new("L", (made.across, made.across), 255)
    for column, row, width in re.findall(r"M(\d+) (\d+)h(\d+)v1h-\d+z", made.path):
        for place in range(int(width)):
            picture.putpixel((int(column) + place, int(row)), 0)

    assert [found.text for found in zxingcpp.read_barcodes(picture.resize((600, 600), Image.Resampling.NEAREST))] == [
        link
    ]


@pytest.mark.parametrize("size", SIZES.values(), ids=list(SIZES))
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_poster_has_a_papers_size_and_says_in_its_language_what_to_do_in_an_emergency(
    language: str, size: object
) -> None:
    drawn = poster(LINKS, "whatsapp", language, size)  # type: ignore[arg-type]

    assert drawn.startswith(f'<svg xmlns="http://www.w3.org/2000/svg" width="{size.width}mm" height="{size.height}mm"')  # type: ignore[attr-defined]
    assert f'lang="{language}"' in drawn
    assert drawn.count("112") >= 2  # for eyes and for ears
    assert "neuvo.example/d/K7Q2" in drawn
    assert "http" not in drawn.replace("http://www.w3.org/2000/svg", "")  # nothing is fetched
