"""Checks of how replies fit Messenger and Instagram: by utf16_units or bytes, never inside what is seen as one sign."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.channels.meta import limits
from gateway.channels.meta.send import message_body, plain, split_reply
from gateway.channels.meta.split import split_text, utf8_bytes, utf16_units
from gateway.conversations.messages import Choice, Reply
from tests.worlds import tiers

FAMILY = "👨\u200d👩\u200d👧\u200d👦"
PIECES = st.lists(
    st.one_of(
        st.sampled_from(["Hei! ", "Ä", "öljyä. ", "\n\n", "\n", " ", FAMILY, "👍🏽", "🇫🇮🇸🇪", "e\u0301", "a.fi/b "]),
        st.text(st.characters(codec="utf-8"), max_size=8),
    ),
    max_size=60,
).map("".join)


def choices(count: int, title: str = "Aihe") -> tuple[Choice, ...]:
    return tuple(Choice(id=f"topic:t{n}", title=f"{title} {n}") for n in range(1, count + 1))


@given(PIECES, st.integers(30, 200), st.sampled_from([utf16_units, utf8_bytes]))
@settings(max_examples=tiers.examples(150), deadline=None)
def test_every_part_fits_and_only_white_space_is_lost(text: str, limit: int, measure: object) -> None:
    assert callable(measure)
    parts = split_text(text, limit, measure)

    assert all(measure(part) <= limit for part in parts)
    assert "".join("".join(parts).split()) == "".join(text.split())


@given(st.lists(st.sampled_from([FAMILY, "👍🏽", "🇫🇮", "e\u0301", "ä"]), min_size=1, max_size=80), st.integers(40, 120))
@settings(max_examples=tiers.examples(100), deadline=None)
def test_no_cut_falls_inside_what_is_seen_as_one_sign(signs: list[str], limit: int) -> None:
    parts = split_text("".join(signs), limit, utf8_bytes)

    rest = list(signs)
    for part in parts:
        while part:
            assert part.startswith(rest[0]), (part, rest[0])
            part = part.removeprefix(rest.pop(0))
    assert rest == []


def test_instagrams_limit_is_bytes_and_a_sentence_ends_the_first_part() -> None:
    sentence = "Älä lähetä rahaa äläkä öitä myöten mieti asiaa yksin. "
    reply = Reply(text=sentence * 30)

    parts = split_reply(reply, limits.INSTAGRAM_TEXT_BYTES, utf8_bytes, with_numbers=True)

    assert len(parts) == 2
    assert all(len(part.text.encode()) <= 1000 for part in parts)
    assert parts[0].text.endswith("yksin.")
    assert len(reply.text) < 2000  # one message where utf16_units are counted
    assert len(split_reply(reply, limits.MESSENGER_TEXT, utf16_units, with_numbers=False)) == 1


def test_thirteen_choices_are_shown_and_a_fourteenth_is_not_sent() -> None:
    (part,) = split_reply(Reply(text="Valitse", choices=choices(14)), 2000, utf16_units, with_numbers=False)

    message = message_body("1", part, with_template=True, reference="r", persona=None)["message"]

    assert len(message["quick_replies"]) == limits.QUICK_REPLIES
    assert message["metadata"] == "r"


def test_three_choices_and_a_short_text_are_buttons_that_stay() -> None:
    (part,) = split_reply(Reply(text="Valitse", choices=choices(3)), 2000, utf16_units, with_numbers=False)

    message = message_body("1", part, with_template=True, reference=None, persona="7001")
    assert message["message"]["attachment"]["payload"]["buttons"][2] == {
        "type": "postback",
        "title": "Aihe 3",
        "payload": "topic:t3",
    }
    assert message["persona_id"] == "7001"
    longer = part.model_copy(update={"text": "x" * 641})
    assert "quick_replies" in message_body("1", longer, with_template=True, reference=None, persona=None)["message"]


def test_where_buttons_do_not_show_the_choices_are_numbered_and_stay_together() -> None:
    reply = Reply(text="Sana. " * 160, choices=choices(5, "Mitä teen, kun joku kiristää kuvilla"))

    parts = split_reply(reply, limits.INSTAGRAM_TEXT_BYTES, utf8_bytes, with_numbers=True)

    assert [bool(part.choices) for part in parts] == [False, True]
    assert [f"{n}. Mitä teen, kun joku kiristää kuvilla {n}" for n in range(1, 6)] == parts[-1].text.splitlines()[-5:]
    assert [part.numbered for part in parts] == [False, True]


def test_titles_that_must_be_cut_stay_apart() -> None:
    same = tuple(Choice(id=str(n), title="Sama pitkä otsikko kaikilla") for n in range(1, 14))
    (part,) = split_reply(Reply(text="?", choices=same), 2000, utf16_units, with_numbers=False)

    quick = message_body("1", part, with_template=True, reference=None, persona=None)["message"]["quick_replies"]

    assert all(len(each["title"]) <= limits.QUICK_REPLY_TITLE for each in quick)
    assert len({each["title"] for each in quick}) == 13


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("*Älä maksa.* Soita _heti_.", "Älä maksa. Soita heti."),
        ("poliisi.fi/a_b_c ja 2*3*4", "poliisi.fi/a_b_c ja 2*3*4"),
        ("- *yksi*\n- ~kaksi~", "- yksi\n- kaksi"),
        ("* ei *", "* ei *"),
    ],
)
def test_marks_of_bold_and_italic_are_not_shown_as_signs(written: str, shown: str) -> None:
    assert plain(written) == shown
