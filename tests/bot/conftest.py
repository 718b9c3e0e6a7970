"""Warnings are errors for our own parts; those of Rasa and its libraries, which we cannot mend, are let through."""

from collections.abc import Iterator
from pathlib import Path

import pytest

import tests.bot.quiet  # noqa: F401  # isort: skip  # before all that imports Rasa
from rasa.core.agent import Agent

from answers.content import Content, read_content
from answers.library import Library
from tests.bot.stage import PRIVACY, PROJECT, Door, agent_of, train_small_model
from tests.worlds.content_folder import nothing_refused

RASAS_OWN_WARNINGS = [
    # Said for every domain that has slots, whatever is in it.
    "ignore:Slot auto-fill has been removed in 3.0:UserWarning",
    # pykwalify, with which Rasa reads its own YAML.
    r"ignore:the load_module\(\) method is deprecated:DeprecationWarning",
]


def pytest_configure(config: pytest.Config) -> None:
    for line in RASAS_OWN_WARNINGS:
        config.addinivalue_line("filterwarnings", line)


# Whichever test comes first trains the small model: a minute and a half beside others on two cores, six beside many.
_TRAINS = 900.0


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "model" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.timeout(_TRAINS))


@pytest.fixture(scope="session")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return train_small_model(tmp_path_factory.mktemp("model"))


@pytest.fixture(scope="session")
def content() -> Content:
    return read_content(PROJECT / "data", PRIVACY)


@pytest.fixture(scope="session")
def agent(model: Path) -> Agent:
    return agent_of(model, Library(PROJECT / "data", PRIVACY, nothing_refused))


@pytest.fixture(scope="session")
def bare_door() -> Iterator[Door]:
    """The channel's server with no agent behind it: for what needs no model."""
    with Door() as door:
        yield door


@pytest.fixture(scope="session")
def door(bare_door: Door, agent: Agent) -> Iterator[Door]:
    with bare_door.before(agent):
        yield bare_door
