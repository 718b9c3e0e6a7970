"""Warnings are errors for our own parts; those of Rasa and its libraries, which we cannot mend, are let through."""

import logging
import os
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("RASA_TELEMETRY_ENABLED", "false")

# TensorFlow, Keras, pkg_resources and SQLAlchemy, as old as Rasa pins them, warn while they are imported, and some set
# the filters anew; Rasa imports them late, in the middle of a test. So they come first, and what they say goes nowhere.
with warnings.catch_warnings(record=True):
    warnings.simplefilter("always")
    import matplotlib.pyplot  # type: ignore[import-untyped]  # noqa: F401
    import rasa.core.agent
    import rasa.core.test
    import rasa.engine.recipes.default_components
    import rasa.model_training
    import rasa.utils.log_utils
    import rasa.validator
    import spacy  # noqa: F401

# As the server runs: without this, structlog prints every message at debug.
rasa.utils.log_utils.configure_structlog(logging.WARNING)

from answers.content import Content, read_content
from answers.library import Library
from tests.answers.desk import nothing_refused
from tests.bot.stage import PRIVACY, PROJECT, Door, agent_of, train_small_model

RASAS_OWN_WARNINGS = [
    # Said for every domain that has slots, whatever is in it.
    "ignore:Slot auto-fill has been removed in 3.0:UserWarning",
    # pykwalify, with which Rasa reads its own YAML.
    r"ignore:the load_module\(\) method is deprecated:DeprecationWarning",
]


def pytest_configure(config: pytest.Config) -> None:
    for line in RASAS_OWN_WARNINGS:
        config.addinivalue_line("filterwarnings", line)


@pytest.fixture(scope="session")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return train_small_model(tmp_path_factory.mktemp("model"))


@pytest.fixture(scope="session")
def content() -> Content:
    return read_content(PROJECT / "data", PRIVACY)


@pytest.fixture(scope="session")
def agent(model: Path) -> rasa.core.agent.Agent:
    return agent_of(model, Library(PROJECT / "data", PRIVACY, nothing_refused))


@pytest.fixture(scope="session")
def door(agent: rasa.core.agent.Agent) -> Iterator[Door]:
    with Door() as door, door.before(agent):
        yield door
