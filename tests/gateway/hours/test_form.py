"""Checks of the form of the hours: what a person types becomes what is kept, and comes back as it was."""

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.core.config.settings import PROJECT
from gateway.hours import form as hours_form
from gateway.hours.document import HoursRefused, read_document
from tests.worlds import tiers


def test_hours_go_through_the_form_unchanged() -> None:
    shipped = yaml.safe_load((PROJECT / "data" / "hours.yml").read_text("utf-8"))
    why = {"fi": "koulutus", "sv": "utbildning", "en": "training"}
    shipped["exceptions"] = [
        {"from": "2027-02-10", "to": "2027-02-11", "hours": ["9:00-12:00", "13:00-15:00"], "reason": why},
        {"from": "2027-02-12", "to": "2027-02-12", "closed": ["12:00-13:00"], "reason": why},
        {"from": "2027-02-15", "to": "2027-02-19", "hours": [], "reason": why},
    ]
    document = read_document(shipped)
    again = read_document(hours_form.document_of(hours_form.fields_of(document)))

    assert again.model_copy(update={"confirmed_by": document.confirmed_by}) == document


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("9-16", ["9:00-16:00"]),
        ("9.00–12.30, 13–16", ["9.00-12.30", "13:00-16:00"]),
        ("8-12 ja 13-15", ["8:00-12:00", "13:00-15:00"]),
        ("0-24", ["0:00-24:00"]),
        ("", []),
        ("-", []),
    ],
)
def test_times_are_read_as_people_write_them(typed: str, meant: list[str]) -> None:
    assert hours_form.times_of(typed) == meant


FAULTY = {
    "week_tuesday": "16-9",
    "week_friday": "9-12, 11-13, 12-12.30",
    "holidays": "aamulla",
    "eve_1_before": "Juhannus",
    "exception_2_from": "2027-01-02",
    "exception_2_to": "2027-01-01",
    "exception_2_reason_fi": "x",
    "exception_2_reason_sv": "x" * 41,
    "exception_2_reason_en": "x",
    "exception_3_from": "huomenna",
    "exception_3_reason_fi": "x",
    "exception_3_reason_sv": "x",
    "exception_3_reason_en": "x",
}


TOLD = {
    "fi": "Tiistai: Aika päättyy ennen kuin se alkaa. Kirjoita yö kahdelle päivälle. Perjantai: Kaksi aikaa menee "
    "päällekkäin. Pyhäpäivät: Kirjoita aika muodossa 9-16 tai 9.00-16.00. Aatto 2: Valitse pyhä luettelosta. "
    "Poikkeus 3, Syy ruotsiksi: Syyhyn mahtuu 40 merkkiä. Poikkeus 4: Valitse päivä.",
    "sv": "Tisdag: Tiden slutar innan den börjar. Skriv en natt på två dagar. Fredag: Två tider överlappar varandra. "
    "Helgdagar: Skriv tiden i formen 9-16 eller 9.00-16.00. Afton 2: Välj en helg i listan. "
    "Undantag 3, Orsak på svenska: I orsaken ryms 40 tecken. Undantag 4: Välj en dag.",
    "en": "Tuesday: The time ends before it begins. Write a night as two days. Friday: Two times overlap. "
    "Public holidays: Write the time as 9-16 or 9.00-16.00. Eve 2: Choose a holiday from the list. "
    "Exception 3, Reason in Swedish: A reason takes 40 characters. Exception 4: Choose a day.",
}


@pytest.mark.parametrize("language", TOLD)
def test_faults_of_the_hours_are_told_in_the_words_and_places_of_the_page(language: str) -> None:
    with pytest.raises(HoursRefused) as refusal:
        read_document(hours_form.document_of(FAULTY))

    assert hours_form.told(refusal.value, FAULTY, language) == TOLD[language]


def test_an_exception_that_ends_before_it_begins_is_told_with_the_number_of_its_line() -> None:
    reasons = {f"exception_2_reason_{language}": "x" for language in TOLD}
    fields = {"exception_2_from": "2027-01-02", "exception_2_to": "2027-01-01", **reasons}
    with pytest.raises(HoursRefused) as refusal:
        read_document(hours_form.document_of(fields))

    told = hours_form.told(refusal.value, fields, "fi")
    assert told == "Poikkeus 3: Viimeinen päivä on ennen ensimmäistä."


@settings(deadline=None, max_examples=tiers.examples(80))
@given(st.text(alphabet="0123456789.:-–, jaoch", max_size=20))
def test_times_are_read_or_refused_and_never_something_else(typed: str) -> None:
    fields = {f"week_{day}": typed for day in hours_form.DAYS}
    try:
        document = read_document(hours_form.document_of(fields))
    except HoursRefused:
        return
    assert document.schedule().week[0] == document.schedule().week[6]
