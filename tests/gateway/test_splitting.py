"""Checks of station 5: a long reply is cut where a reader would pause, and loses nothing."""

import re

from hypothesis import given
from hypothesis import strategies as st

from gateway.channels.base import Choice, Recipient, Reply
from gateway.channels.whatsapp import limits
from gateway.channels.whatsapp.sending import message_body
from gateway.channels.whatsapp.splitting import split_reply, split_text

CITIZEN = Recipient(business_number="1", phone="358401234567")


def without_space(text: str) -> str:
    return re.sub(r"\s+", "", text)


@given(st.text(max_size=900), st.integers(20, 200))
def test_parts_fit_and_nothing_but_white_space_is_lost(text: str, limit: int) -> None:
    parts = split_text(text, limit)

    assert all(len(part) <= limit for part in parts)
    assert without_space("".join(parts)) == without_space(text)


def test_a_cut_falls_between_sentences() -> None:
    assert split_text("Soita pankkiin. Tee ilmoitus. Vaihda salasana.", 32) == [
        "Soita pankkiin. Tee ilmoitus.",
        "Vaihda salasana.",
    ]


def test_a_family_emoji_is_not_torn_apart() -> None:
    family = "👨‍👩‍👧"
    parts = split_text("x" * 18 + family + "y" * 10, 20)

    assert any(family in part for part in parts)


def test_one_message_where_it_fits_and_buttons_on_the_last_part_where_not() -> None:
    choices = (Choice(id="topic:a", title="A"),)

    assert len(split_reply(Reply(text="x" * 4096, choices=choices))) == 1
    parts = split_reply(Reply(text="Yksi lause. " * 500, choices=choices))

    assert [bool(part.choices) for part in parts] == [False] * (len(parts) - 1) + [True]


titles = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), min_size=1, max_size=60)


@given(st.integers(1, 5000), st.lists(titles, max_size=14))
def test_every_body_that_we_make_is_within_metas_limits(length: int, names: list[str]) -> None:
    choices = tuple(Choice(id=f"topic:{number}", title=name) for number, name in enumerate(names))
    for part in split_reply(Reply(text="a" * length, choices=choices, list_button="Vaihtoehdot")):
        content = message_body(CITIZEN, part, "reference")
        if content["type"] == "text":
            assert 0 < len(content["text"]["body"]) <= limits.TEXT_BODY
            continue
        interactive = content["interactive"]
        if interactive["type"] == "button":
            shown = [button["reply"]["title"] for button in interactive["action"]["buttons"]]
            assert len(shown) <= limits.BUTTONS
            assert all(0 < len(title) <= limits.BUTTON_TITLE for title in shown)
            assert len(interactive["body"]["text"]) <= limits.BUTTONS_BODY
        else:
            rows = interactive["action"]["sections"][0]["rows"]
            assert len(rows) <= limits.LIST_ROWS
            assert all(0 < len(row["title"]) <= limits.LIST_ROW_TITLE for row in rows)
            assert len(interactive["body"]["text"]) <= limits.LIST_BODY


def test_a_phone_goes_with_a_plus_and_a_user_id_in_its_own_field() -> None:
    by_phone = message_body(CITIZEN, Reply(text="Hei"), "r")
    by_id = message_body(Recipient(business_number="1", user_id="FI.1"), Reply(text="Hei"), "r")

    assert by_phone["to"] == "+358401234567"
    assert (by_id["recipient"], "to" in by_id) == ("FI.1", False)
