"""The built encoder, where it is built."""

import pytest

from bot.encoder import Encoder
from tests.bot.built_encoder import built_encoder


@pytest.fixture(scope="session")
def encoder() -> Encoder:
    return built_encoder()
