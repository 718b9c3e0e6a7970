"""How the console shows what was written: marks as on the phone, and nothing that could be pressed or run."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.console.formats import as_shown, as_written, host_of
from gateway.console.view_context import span
from tests.worlds import tiers

MASKED = {"iban": "account number"}
ALLOWED = re.compile(r'</?(?:strong|em|s|code|b)>|<span class="(?:address|host|code|masked)">|</span>')
pieces = st.lists(st.sampled_from(["*", "_", "~", "`", "```", "<", ">", "&", '"', "'", "a", " ", "\n", "⟦iban⟧", "⟦",
                                   "https://", "x.fi/", "@", "www."]) | st.text(max_size=3), max_size=25)  # fmt: skip


@given(pieces.map("".join))
@settings(deadline=None, max_examples=tiers.examples(300))
def test_whatever_is_written_becomes_no_markup_but_ours(text: str) -> None:
    for shown in (as_shown(text, MASKED), as_written(text, MASKED, "leads to")):
        bare = ALLOWED.sub("", str(shown))
        assert "<" not in bare
        assert ">" not in bare


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("*Älä maksa.* Soita", "<strong>Älä maksa.</strong> Soita"),
        ("_hei_ ~ei~ `koodi`", "<em>hei</em> <s>ei</s> <code>koodi</code>"),
        ("2*3*4 a_b_c * x *", "2*3*4 a_b_c * x *"),
        ("tili ⟦iban⟧ ⟦other⟧", 'tili <span class="masked">account number</span> ⟦other⟧'),
    ],
)
def test_marks_are_those_of_the_phone(text: str, shown: str) -> None:
    assert as_shown(text, MASKED) == shown


@pytest.mark.parametrize(
    ("address", "host"),
    [
        ("https://poliisi.fi@evil.example/x", "evil.example"),
        ("www.Nordea.fi/login", "www.nordea.fi"),
        ("https://nоrdea.fi", "xn--nrdea-jye.fi"),  # the second letter is Cyrillic
        ("https://[::1", "?"),
    ],
)
def test_the_host_is_where_the_address_really_leads(address: str, host: str) -> None:
    assert host_of(address) == host


def test_the_words_around_an_address_stay() -> None:
    shown = as_written("Katso (www.evil.example/a).", {}, "→")
    assert shown.striptags() == "Katso (www.evil.example/a → www.evil.example)."


@pytest.mark.parametrize(
    ("seconds", "words"), [(-5, "0 min"), (59, "0 min"), (61, "1 min"), (4320, "1 h 12 min"), (187200, "2 d 4 h")]
)
def test_lengths_of_time_are_short(seconds: float, words: str) -> None:
    assert span(seconds) == words
