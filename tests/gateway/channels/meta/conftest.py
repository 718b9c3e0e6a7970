"""Checks of Messenger and Instagram: a gateway that is on both, and Meta's stand-in for both beside it."""

import pytest

from gateway.core.config.settings import Settings
from simulator import Platform
from tests.worlds.meta_bodies import ACCOUNT, APP, PAGE


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """On both platforms, with the feature Human Agent and both personas."""
    return settings.model_copy(
        update={
            "messenger_page_id": PAGE,
            "messenger_app_id": APP,
            "messenger_human_agent": True,
            "messenger_persona_bot": "7001",
            "messenger_persona_officer": "7002",
            "instagram_account_id": ACCOUNT,
            "instagram_human_agent": True,
            "unknown_wait": 0.5,
        }
    )


@pytest.fixture(params=[Platform.MESSENGER, Platform.INSTAGRAM])
def platform(request: pytest.FixtureRequest) -> Platform:
    """Once on each."""
    found: Platform = request.param
    return found
