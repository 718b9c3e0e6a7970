"""Checks of the web chat's words: what a reply looks like, and what our door hands to the inbox."""

import uuid

import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from gateway.channels.webchat.deliveries import PageStatus, ReplyStatus, SubmittedMessage, body_of, read_events
from gateway.core.database import now
from gateway.core.locale import LANGUAGES
from gateway.webchat.text import Piece, pieces_of
from gateway.webchat.transcript import Cursor
from gateway.webchat.views import script_words
from tests.worlds import tiers


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("*Näin*\nsoita", [Piece("Näin", True), Piece("\nsoita")]),
        ("Soita 112.", [Piece("Soita "), Piece("112", href="tel:112"), Piece(".")]),
        ("*112* heti", [Piece("112", True, "tel:112"), Piece(" heti")]),
        ("0295 470 011", [Piece("0295 470 011", href="tel:0295470011")]),
        ("116 111", [Piece("116 111", href="tel:116111")]),
        ("Lue poliisi.fi.", [Piece("Lue "), Piece("poliisi.fi", href="https://poliisi.fi"), Piece(".")]),
        ("https://a.fi/b?c=1,", [Piece("https://a.fi/b?c=1", href="https://a.fi/b?c=1"), Piece(",")]),
        ("a@poliisi.fi", [Piece("a@poliisi.fi")]),
        ("1112 ja 2*3*4", [Piece("1112 ja 2*3*4")]),
        ("javascript:alert(1)", [Piece("javascript:alert(1)")]),
    ],
)
def test_words_are_shown_strong_or_as_links_where_they_should(text: str, pieces: list[Piece]) -> None:
    assert pieces_of(text) == pieces


@given(st.text(alphabet="*a1 0.fi/:htps\n-+<>\"'&", max_size=80))
@examples(deadline=None, max_examples=tiers.examples(200))
def test_no_word_is_lost_and_no_link_leads_anywhere_but_to_a_site_or_a_phone(text: str) -> None:
    pieces = pieces_of(text)

    assert "".join(piece.text for piece in pieces).replace("*", "") == text.replace("*", "")
    assert all(piece.href.startswith(("tel:", "https://", "http://")) for piece in pieces if piece.href)


def test_what_the_door_writes_is_what_the_inbox_reads() -> None:
    session = uuid.uuid4().hex
    written = SubmittedMessage(session=session, id="12345678", text="hei", choice="topic:x", at=now())
    shown = ReplyStatus(session=session, number=3, reference=str(uuid.uuid4()), status=PageStatus.READ, at=now())
    first, second = read_events(body_of(written, shown))

    assert first.message is not None
    assert (first.message.user_id, first.message.text, first.message.choice) == (session, "hei", "topic:x")
    assert second.status is not None
    assert (second.status.status, second.status.reference) == ("read", shown.reference)
    assert first.unique_id != second.unique_id


@given(st.binary(max_size=200))
@examples(deadline=None, max_examples=tiers.examples(60))
def test_bytes_that_are_not_ours_are_kept_and_are_no_error(body: bytes) -> None:
    assert [event.kind for event in read_events(body)] == ["other"]


@given(st.integers(0, 10**12), st.integers(0, 10**12))
@examples(deadline=None, max_examples=tiers.examples(30))
def test_a_cursor_is_read_as_it_was_written(replies: int, messages: int) -> None:
    assert Cursor.parse(str(Cursor(replies, messages))) == Cursor(replies, messages)


@given(st.text(max_size=40))
@examples(deadline=None, max_examples=tiers.examples(60))
def test_any_other_cursor_is_the_beginning_or_a_place(value: str) -> None:
    assert Cursor.parse(value).replies >= 0


def test_what_the_script_says_is_there_in_every_language() -> None:
    phrases = [script_words(language) for language in LANGUAGES]

    assert all(set(each) == set(phrases[0]) and all(each.values()) for each in phrases)
    assert all("112" in each[key] for each in phrases for key in each if key in ("problem_too_fast", "problem_crowded"))
