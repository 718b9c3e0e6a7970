"""Words are split into the likeliest pieces, whatever a citizen types."""

import pytest

from bot.encoder.subwords import UNKNOWN, UnigramTokenizer, normalized

PIECES = ["<s>", "<pad>", "</s>", "<unk>", "▁po", "liisi", "▁poliisi", "▁", "p", "o", "l", "i", "s", "▁apua"]
SCORES = [0.0, 0.0, 0.0, 0.0, -4.0, -4.0, -6.0, -3.0, -5.0, -5.0, -5.0, -5.0, -5.0, -6.0]


@pytest.fixture
def splitter() -> UnigramTokenizer:
    return UnigramTokenizer(PIECES, SCORES)


def found(splitter: UnigramTokenizer, text: str) -> list[str]:
    return [PIECES[row] for row in splitter.token_ids(text)]


def test_the_pieces_with_the_highest_sum_are_taken(splitter: UnigramTokenizer) -> None:
    assert found(splitter, "poliisi apua") == ["▁poliisi", "▁apua"]


def test_without_a_whole_word_its_parts_are_taken(splitter: UnigramTokenizer) -> None:
    assert found(splitter, "poliisi") == ["▁poliisi"]
    assert found(UnigramTokenizer(PIECES, [*SCORES[:6], -9.0, *SCORES[7:]]), "poliisi") == ["▁po", "liisi"]


def test_a_run_of_unknown_letters_is_one_piece(splitter: UnigramTokenizer) -> None:
    assert splitter.token_ids("приветpo") == [PIECES.index("▁"), UNKNOWN, PIECES.index("p"), PIECES.index("o")]


def test_a_typed_mark_is_no_mark(splitter: UnigramTokenizer) -> None:
    assert not {0, 1, 2} & set(splitter.token_ids("<s> </s> <pad>"))


def test_no_text_has_no_pieces(splitter: UnigramTokenizer) -> None:
    assert splitter.token_ids(" \n\t ") == []


@pytest.mark.parametrize(
    ("written", "read"),
    [("APUA", "apua"), ("a\t\nb", "a b"), ("a\u200bb", "a b"), ("ﬁ", "fi"), ("a\u0308", "ä"), ("a\x07b", "ab")],
)
def test_ways_of_writing_the_same_come_out_alike(written: str, read: str) -> None:
    assert normalized(written) == read
