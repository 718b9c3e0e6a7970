"""Checks of the form of bulletins: what a person types becomes what is kept, and comes back as it was."""

import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.bulletins.content import BulletinRefused
from gateway.bulletins.form import content_of, empty_fields, faults, fields_of
from tests.worlds import tiers
from tests.worlds.bulletins import content


def test_a_notice_goes_through_the_form_unchanged() -> None:
    fields = {**fields_of(content_of({**_filled(), "places": "Kallio; Berghäll\nItis"}))}

    assert content_of(fields).places == ("Kallio", "Berghäll", "Itis")
    assert fields_of(content_of(fields)) == fields


def _filled() -> dict[str, str]:
    made = {f"{part}_{each}": text for each in ("fi", "sv", "en") for part, text in content()["words"][each].items()}
    return {**empty_fields(dt.datetime(2026, 11, 24, 10, tzinfo=dt.UTC)), **made, "places": "Kallio"}


def test_the_clock_of_the_form_is_finnish_in_summer_and_in_winter() -> None:
    for wall, utc in (("2026-07-01T12:00", 9), ("2026-12-01T12:00", 10)):
        made = content_of({**_filled(), "starts_at": wall, "ends_at": wall.replace("12:00", "14:00")})
        assert made.starts_at.astimezone(dt.UTC).hour == utc


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"title_sv": ""}, "Rubrik"),
        ({"title_sv": " "}, "Rubrik"),
        ({"text_en": "\r\n"}, "Text"),
        ({"text_en": "x" * 401}, "för lång (högst 400"),
        ({"places": ""}, "Platser"),
        ({"places": "7"}, "Platser: är för kort"),
        ({"ends_at": "2020-01-01T00:00"}, "slutar gälla innan"),
        ({"ends_at": "2026-12-31T00:00"}, "för länge"),
        ({"starts_at": "i morgon"}, "Börjar"),
        ({"text_fi": "Soita 131052-308T"}, "personbeteckning"),
    ],
)
def test_each_fault_is_told_in_the_writers_language(change: dict[str, str], said: str) -> None:
    with pytest.raises(BulletinRefused) as refused:
        content_of({**_filled(), **change})

    sentences = faults(refused.value, "sv")
    assert any(said in sentence for sentence in sentences), sentences
    assert not any("should" in sentence or "Value error" in sentence for sentence in sentences)


@settings(deadline=None, max_examples=tiers.examples(80))
@given(st.dictionaries(st.sampled_from(sorted(_filled())), st.text(max_size=60)))
def test_whatever_is_typed_is_kept_or_refused_in_words(typed: dict[str, str]) -> None:
    said: list[str] = []
    try:
        fields = fields_of(content_of({**_filled(), **typed}))
    except BulletinRefused as refused:
        fields, said = {}, faults(refused, "fi")
    assert all(said)
    assert said or fields_of(content_of(fields)) == fields
