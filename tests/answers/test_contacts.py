"""Who may be named, with what, and what a number looks like."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from answers.contacts import Contact, Fact, Status
from answers.problems import NotRenderable
from answers.render import fill, render, typed_number
from answers.typed import typed_facts
from tests.worlds.content_folder import ContentFolder


def contacts_of(folder: ContentFolder) -> dict[str, Contact]:
    return dict(folder.content().contacts)


@pytest.mark.parametrize(
    ("name", "language", "shown"),
    [
        ("helper", "fi", "Auttaja 09 2525 0111"),
        ("helper.phone", "sv", "09 2525 0111"),
        ("helper.name", "en", "Helper"),
        ("helper.url", "en", "helper.example"),
        ("helper.hours", "fi", "ma 9–12"),
        ("page_only", "sv", "Sida, page.example"),
        ("old_helper", "fi", "Vanha 0295 419 800 (tarkista sivulta vanha.example)"),
        ("old_helper", "sv", "Gammal 0295 419 800 (kolla på sidan gammal.example)"),
        ("old_helper.phone", "en", "0295 419 800 (check the site old.example)"),
        ("old_helper.url", "en", "old.example (check the site)"),
        ("old_helper.name", "en", "Old"),
    ],
)
def test_a_contact_is_shown_as_sure_as_we_are(folder: ContentFolder, name: str, language: str, shown: str) -> None:
    assert fill(name, language, contacts_of(folder), {}) == shown


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("hearsay", "phone of the contact 'hearsay' is second-hand"),
        ("hearsay.phone", "is second-hand and may not be shown"),
        ("hearsay.url", "is not confirmed and may not be shown"),
        ("hearsay.name", "Nothing about the contact 'hearsay' is confirmed"),
        ("old_helper.hours", "The hours of 'old_helper' may not be shown"),
        ("emergency_112.hours", "nobody of the force has checked them"),
        ("page_only.phone", "has no phone"),
        ("page_only.hours", "has no hours"),
    ],
)
def test_what_nobody_has_confirmed_is_not_shown(folder: ContentFolder, name: str, why: str) -> None:
    with pytest.raises(NotRenderable, match=why) as refusal:
        fill(name, "fi", contacts_of(folder), {})
    assert refusal.value.remedy


def test_a_contact_without_number_and_page_is_named_only(folder: ContentFolder) -> None:
    folder.change(folder.contacts, '  url: {value: page.example, status: OK, source: S1, source_date: "2024"}\n', "")
    contacts = contacts_of(folder)
    assert fill("page_only.name", "fi", contacts, {}) == "Sivu"
    with pytest.raises(NotRenderable, match="has no phone and no page"):
        fill("page_only", "fi", contacts, {})


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ("status: SEC", "status: MAYBE", "Unknown status 'MAYBE'"),
        ("  name: {fi: Huhu, sv: Rykte, en: Hearsay}\n", "", "Missing: name"),
        ("sv: Rykte, ", "", "Missing: sv"),
        ('value: "0800 02400", ', "", "Missing: value"),
        ("huhu.example", '""', "The value is empty"),
        ("hearsay:\n", "hearsay:\n  fax: 1\n", "Unknown key 'fax'"),
    ],
)
def test_a_wrong_contact_is_refused_and_left_out(folder: ContentFolder, old: str, new: str, what: str) -> None:
    folder.change(folder.contacts, old, new)
    content = folder.content()
    assert [what in problem.what for problem in content.problems] == [True]
    assert "hearsay" not in content.contacts
    assert "helper" in content.contacts


def phone_contact(number: str) -> Contact:
    names = {"fi": "A", "sv": "A", "en": "A"}
    phone = Fact(dict.fromkeys(("fi", "sv", "en"), number), Status.OK, "S1", "2026")
    return Contact("a", names, phone, None, None, "", "", 1)


@pytest.mark.parametrize("text", ["Soita 112.", "ring 116 111", "call 116006", "020 333", "+358 20 333", "0800-02400"])
@pytest.mark.parametrize("template", ["{}", "Numero on {} aina", "({})", "*{}*", "a{}b"])
def test_a_number_typed_by_hand_is_seen(text: str, template: str) -> None:
    assert typed_number(template.format(text), {}) is not None


@pytest.mark.parametrize(
    "text",
    [
        "vuonna 2026",
        "24.11.2026",
        "alle 18-vuotias",
        "15–17 år",
        "10 000 euroa",
        "3 800 000 €",
        "enintään 30 päivää",
        "klo 9–12",
        "kohdat 1, 2 ja 3",
        "1. Älä maksa\n2. Älä lähetä",
        "laki 616/2019",
        "1/10",
    ],
)
def test_other_figures_are_left_alone(text: str) -> None:
    assert typed_number(text, {}) is None


@given(
    digits=st.text("0123456789", min_size=3, max_size=12),
    gaps=st.lists(st.sampled_from(["", " ", "-", "\u00a0"]), min_size=12, max_size=12),
)
def test_a_contacts_number_is_seen_in_whatever_groups(digits: str, gaps: list[str]) -> None:
    grouped = "".join(digit + gap for digit, gap in zip(digits[:-1], gaps, strict=False)) + digits[-1]
    assert typed_number(f"Soita {grouped}!", {"a": phone_contact(digits)}) is not None


@given(st.text(alphabet=st.characters(exclude_characters="{}")))
def test_a_text_without_braces_is_said_as_it_stands(text: str) -> None:
    assert render(text, "fi", {}, {}) == text


@given(before=st.text("ab \n"), value=st.text(), after=st.text("ab \n"))
def test_a_filled_value_is_not_filled_again(before: str, value: str, after: str) -> None:
    assert render(f"{before}{{x}}{after}", "fi", {}, {"x": value}) == before + value + after


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Soita 09.123.4567", "number"),
        ("ring 10022", "number"),
        ("katso https://poliisi.fi/ilmoita", "link"),
        ("see www.poliisi.fi", "link"),
        ("sivulla mll.fi/nuoret on apua", "link"),
        ("kirjoita apu@poliisi.fi", "email"),
        ("Pasilanraitio, Kadettikatu 1", "address"),
        ("Böle, Bangatan 12", "address"),
        ("auki klo 9–16", "hours"),
        ("öppet kl. 9–16", "hours"),
        ("ma–pe aamulla", "hours"),
        ("9.00–16.15", "hours"),
        ("open at 9 am", "hours"),
    ],
)
def test_whatever_belongs_to_a_contact_is_seen_when_it_is_typed(text: str, kind: str) -> None:
    assert kind in {found.value for found, _, _ in typed_facts(text, {})}


@pytest.mark.parametrize(
    "text", ["1.12.", "24.11.2026 alkaen", "Suomi.fi-viestit", "15–17-vuotias", "12 kk", "Se on ok.fine", "{riku.url}"]
)
def test_dates_ages_and_the_names_of_services_are_no_facts_of_a_contact(text: str) -> None:
    assert list(typed_facts(text, {"a": phone_contact("112")})) == []
