"""Checks of station 5: a long reply is cut where a reader would pause, and loses nothing."""

import re

import structlog
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.channels.meta.split import split_text, titled
from gateway.channels.whatsapp import limits
from gateway.channels.whatsapp.channel import message_body, split_reply
from gateway.conversations.messages import Choice, Recipient, Reply, TemplateUse
from tests.worlds import tiers

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


words = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), min_size=1, max_size=40)
links = st.integers(1, 60).map(lambda size: "https://poliisi.fi/" + "a" * size)


@given(st.lists(words | links, min_size=1, max_size=60), st.integers(90, 200))
@settings(deadline=None, max_examples=tiers.examples(200))
def test_no_link_that_fits_is_cut(parts: list[str], limit: int) -> None:
    text = " ".join(parts)
    cut = split_text(text, limit)
    wanted = [word for word in text.split() if word.startswith("https://") and len(word) <= limit]
    found = [word for part in cut for word in part.split()]

    assert not [word for word in wanted if word not in found]


@given(st.integers(0, 14), st.integers(1, 9000), st.lists(titles, max_size=14))
@settings(deadline=None, max_examples=tiers.examples(150))
def test_choices_stand_on_the_last_part_only_each_once_and_all_titles_differ(
    same: int, length: int, names: list[str]
) -> None:
    names += ["Sama otsikko, jota ei voi erottaa toisesta"] * same
    choices = tuple(Choice(id=f"topic:{number // 2}", title=name) for number, name in enumerate(names))
    parts = split_reply(Reply(text="Lause. " * (length // 7 + 1), choices=choices, list_button="Näytä"))
    kept = {choice.id: choice for choice in parts[-1].choices}

    assert not any(part.choices for part in parts[:-1])
    assert list(kept) == list(dict.fromkeys(choice.id for choice in choices))[: limits.LIST_ROWS]
    for limit in (limits.BUTTON_TITLE, limits.LIST_ROW_TITLE):
        shown = [title for _, title in titled(parts[-1].choices, limit)]
        assert len(set(shown)) == len(shown) == len(parts[-1].choices)
        assert all(0 < len(title) <= limit for title in shown)


def test_more_choices_than_a_list_holds_are_cut_and_the_operator_is_told() -> None:
    choices = tuple(Choice(id=f"topic:{number}", title=f"Aihe {number}") for number in range(12))
    with structlog.testing.capture_logs() as logs:
        (part,) = split_reply(Reply(text="Valitse", choices=choices))

    assert len(part.choices) == 10
    assert [(line["event"], line["log_level"], line["count"]) for line in logs] == [("choices_cut", "error", 12)]


def test_buttons_under_a_long_text_become_a_list_and_under_a_longer_one_stand_on_the_last_part() -> None:
    choices = (Choice(id="topic:a", title="A"), Choice(id="topic:b", title="B"))
    kinds = {}
    for length in (1024, 1025, 4096, 4097):
        parts = split_reply(Reply(text=("sana " * 1000)[:length], choices=choices, list_button="Näytä"))
        made = [message_body(CITIZEN, part, "r") for part in parts]
        kinds[length] = [body.get("interactive", body)["type"] for body in made]

    assert kinds == {1024: ["button"], 1025: ["list"], 4096: ["list"], 4097: ["text", "button"]}


def test_a_template_is_never_cut() -> None:
    reply = Reply(text="x" * 5000, template=TemplateUse(name="n", language="fi"))

    assert split_reply(reply) == [reply]
