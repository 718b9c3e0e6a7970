"""Checks of how passwords are kept in production: no other test waits for it (`cheap_passwords`)."""

import importlib.util

import pytest
from argon2 import extract_parameters
from argon2.low_level import Type

from gateway.accounts import passwords


def test_a_process_hashes_passwords_as_expensively_as_owasp_asks() -> None:
    # The module as a process loads it: what the tests have made cheap is in the one that they share.
    spec = importlib.util.find_spec(passwords.__name__)
    assert spec is not None
    assert spec.loader is not None
    fresh = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(fresh)
    hashed = extract_parameters(fresh._HASHER.hash("a long sentence nobody guesses"))

    assert fresh._HASHER is not passwords._HASHER
    assert hashed.type is Type.ID
    # OWASP's cheat sheet on storing passwords: at least 19 MiB, two passes, one lane.
    assert hashed.memory_cost >= 19 * 1024
    assert hashed.time_cost >= 2
    assert hashed.parallelism >= 1
    # Nobody can tell an unknown account by the time.
    assert extract_parameters(fresh._DUMMY_HASH) == hashed


LONG = "x" + "\u0301\u0323" * 80_000  # normalizing it would take seconds of the whole process


def test_a_very_long_password_is_refused_before_it_is_normalized(monkeypatch: pytest.MonkeyPatch) -> None:
    def never(password: str) -> str:
        raise AssertionError(f"normalized {len(password)} characters")

    monkeypatch.setattr(passwords, "normalize", never)
    assert passwords.weakness(LONG, ()) == "long"


@pytest.mark.anyio
async def test_of_a_very_long_password_only_the_beginning_is_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[int] = []

    def watched(password: str) -> str:
        seen.append(len(password))
        return password

    monkeypatch.setattr(passwords, "normalize", watched)
    assert not await passwords.matches(LONG, None)
    assert seen == [passwords.MAX_LENGTH + 1]
