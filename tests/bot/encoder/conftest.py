"""The built encoder, where it is built."""

import pytest

from bot.encoder import Encoder, EncoderRefused


@pytest.fixture(scope="session")
def encoder() -> Encoder:
    try:
        return Encoder()
    except EncoderRefused as reason:
        pytest.skip(f"These checks did not run: {reason}")
