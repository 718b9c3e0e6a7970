"""Checks of station 5, with Chromium as the referee: no cut falls inside what a reader sees as one character."""

import random

from playwright.sync_api import Browser

from gateway.channels.meta.split import split_text

# Characters that are made of several: accents, families, skin tones, flags, keycaps, Devanagari, Hangul, Thai.
WHOLE = ["a", "ä", "e\u0301", "👨‍👩‍👧", "👮🏽‍♀️", "🇫🇮", "🇸🇪", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "3️⃣", "नि", "각", "ำ", "☂️", "o\u0308\u0323", "字"]
SPACES = [" ", "\n", ". ", "\n\n"]
# Where each part begins in the text, in UTF-16 as JavaScript counts; the referee says which of them are boundaries.
REFEREE = """cases => cases.filter(([text, starts]) => {
  const whole = new Set([...new Intl.Segmenter('fi', {granularity: 'grapheme'}).segment(text)].map(each => each.index));
  return starts.some(start => !whole.has(start));
})"""


def starts_of(text: str, parts: list[str]) -> list[int]:
    """Where the parts stand in the text, in UTF-16 units."""
    found, place = [], 0
    for part in parts:
        place = text.index(part, place)
        found.append(len(text[:place].encode("utf-16-le")) // 2)
        place += len(part)
    return found


def test_no_part_of_a_reply_begins_inside_a_character(browser: Browser) -> None:
    chance = random.Random(7)
    texts = [
        "".join(
            chance.choice(SPACES) if chance.random() < share else chance.choice(WHOLE)
            for _ in range(chance.randrange(40, 200))
        ).strip()
        for share in (0.0, 0.02, 0.2)
        for _ in range(150)
    ]
    cases = [(text, starts_of(text, split_text(text, chance.randrange(24, 60)))) for text in texts]
    cut = sum(len(starts) > 1 for _, starts in cases)
    page = browser.new_page()

    assert cut > 300
    assert page.evaluate(REFEREE, cases) == []
    # The referee can say no: between the letters of a flag, and before an accent.
    assert len(page.evaluate(REFEREE, [["🇫🇮", [2]], ["e\u0301", [1]], ["ab", [1]]])) == 2
    page.close()
