"""Checks of what this service is made of: locked lists, licences, bills of materials, containers."""

import json
import re
from fnmatch import fnmatch
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml

from gateway.core.config.settings import PROJECT, Settings
from supply import __main__ as commands
from supply.bill import bill_of
from supply.licences import installed, is_allowed, licence_of, read_table, refused
from supply.locked import LISTS, NotLocked, locked, normal, packages_of

COMPOSE: dict[str, Any] = yaml.safe_load((PROJECT / "containers" / "compose.yml").read_text("utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
IGNORED = (PROJECT / ".dockerignore").read_text("utf-8").splitlines()
CONTAINERFILES = sorted((PROJECT / "containers").glob("*.Containerfile"))


@pytest.mark.parametrize("name", LISTS)
def test_every_package_is_pinned_with_hashes(name: str) -> None:
    packages = locked(name)

    assert packages
    assert len({each.name for each in packages}) == len(packages)
    assert all(each.hashes for each in packages)


@pytest.mark.parametrize(
    "text",
    ["fastapi", "fastapi>=1", "fastapi==1.0", "-e .", "https://example.org/x.whl", "fastapi==1 \\\n --hash=md5:ab",
     "--index-url https://example.org", "--hash=sha256:" + "a" * 64],
)  # fmt: skip
def test_what_pins_nothing_is_refused(text: str) -> None:
    with pytest.raises(NotLocked):
        packages_of(text)


def test_what_is_installed_here_is_what_is_locked() -> None:
    versions = {each.name: each.version for each in locked("gateway-checks")}
    here = {normal(each.metadata["Name"]): each.version for each in installed("gateway")}

    assert {name: version for name, version in here.items() if versions.get(name) != version} == {}


@pytest.mark.parametrize("environment", ["gateway", "rasa"])
def test_every_installed_package_has_a_licence_that_somebody_has_allowed(environment: str) -> None:
    if not installed(environment):
        pytest.skip(f"The environment {environment} is not installed here, so its licences were not checked.")

    assert refused(environment) == []


@pytest.mark.parametrize(
    ("expression", "allowed"),
    [
        ("MIT", True),
        ("Apache-2.0 OR GPL-2.0-or-later", True),
        ("Apache-2.0 AND GPL-2.0-or-later", False),
        ("(MIT AND Zlib) OR SSPL-1.0", True),
        ("AGPL-3.0-only", False),
        ("unknown", False),
        ("", False),
    ],
)
def test_a_licence_is_allowed_when_one_choice_of_it_is(expression: str, allowed: bool) -> None:
    assert is_allowed(expression, read_table()) is allowed


def test_the_table_of_licences_holds_no_decision_about_nothing() -> None:
    table = read_table()
    present = {normal(each.metadata["Name"]) for name in ("gateway", "rasa") for each in installed(name)}

    assert set(table.decided) <= present
    assert set(table.names.values()) <= table.allowed


@pytest.mark.parametrize("name", LISTS)
def test_the_bill_of_materials_is_whole_and_the_same_each_time(name: str) -> None:
    bill = bill_of(name)
    references = [each["bom-ref"] for each in bill["components"]]

    assert (bill["bomFormat"], bill["specVersion"]) == ("CycloneDX", "1.6")
    assert re.fullmatch(r"urn:uuid:[0-9a-f-]{36}", bill["serialNumber"])
    assert len(references) == len(set(references)) == len(locked(name))
    assert {each["ref"] for each in bill["dependencies"]} == {*references, f"neuvo-{name}"}
    assert all(re.fullmatch(r"pkg:pypi/[a-z0-9-]+@\S+", each["purl"]) for each in bill["components"])
    assert all(len(each["content"]) == 64 for part in bill["components"] for each in part["hashes"])
    assert json.dumps(bill) == json.dumps(bill_of(name))


def test_the_bill_names_the_licence_of_what_is_installed() -> None:
    licences = {each["name"]: each.get("licenses") for each in bill_of("gateway")["components"]}

    assert licences["fastapi"] == [{"expression": "MIT"}]
    assert licences["python-stdnum"] == [{"expression": "LGPL-2.0-or-later"}]
    table = read_table()
    assert all(licence_of(each, table) != "unknown" for each in installed("gateway"))


def test_the_audit_says_so_where_it_cannot_run(monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    monkeypatch.setattr("shutil.which", lambda _: None)

    assert commands.audit() == 2
    assert "pip-audit is not here" in capsys.readouterr().out


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_every_container_is_shut_as_far_as_it_can_be(name: str) -> None:
    service = SERVICES[name]

    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in service["security_opt"]
    assert not {"privileged", "cap_add", "network_mode", "pid", "ipc", "devices", "ports"} & set(service)
    user, _, group = service["user"].partition(":")
    assert int(user) > 0
    assert int(group) > 0
    assert service["pids_limit"] <= 1000
    assert "healthcheck" in service
    assert not any(":" in str(each) and str(each).startswith(("/", ".")) for each in service.get("volumes", []))


def test_each_network_joins_only_those_who_speak_there() -> None:
    joined: dict[str, set[str]] = {}
    for name, service in SERVICES.items():
        for network in service["networks"]:
            joined.setdefault(network, set()).add(name)

    assert joined == {
        "front": {"gateway", "editing"},
        "outside": {"gateway", "editing"},
        "dialogue": {"gateway", "editing", "rasa-1", "rasa-2", "actions"},
        "tables": {"gateway", "editing", "migrations", "postgresql"},
        "tracker": {"rasa-1", "rasa-2", "redis"},
    }
    assert {name for name, each in COMPOSE["networks"].items() if not each.get("internal")} == {"outside"}


def test_secrets_are_files_and_stand_in_no_environment() -> None:
    for service in SERVICES.values():
        for key, value in service.get("environment", {}).items():
            secret = re.search(r"TOKEN|SECRET|KEY|PASSWORD|DATABASE_URL", key)
            assert not secret or key.endswith("_FILE"), key
            assert "://" not in str(value) or "@" not in str(value)
        assert set(service.get("secrets", [])) <= set(COMPOSE["secrets"])
    assert all(set(each) == {"file"} for each in COMPOSE["secrets"].values())


def test_the_compose_file_names_settings_that_exist() -> None:
    named = {*SERVICES["gateway"]["environment"], *SERVICES["gateway"]["secrets"]}

    assert {each for each in named if each.removeprefix("NEUVO_").lower() not in Settings.model_fields} == set()


def test_what_depends_on_what_exists_and_migrations_come_before_the_gateway() -> None:
    for service in SERVICES.values():
        assert set(service.get("depends_on", {})) <= set(SERVICES)
    assert SERVICES["gateway"]["depends_on"]["migrations"]["condition"] == "service_completed_successfully"
    assert SERVICES["gateway"]["deploy"]["replicas"] >= 2
    assert set(COMPOSE["volumes"]) == {"tables", "spool", "published", "editing", "vectors"}


def test_several_of_each_know_each_other_by_their_names() -> None:
    hosts = [urlsplit(each) for each in SERVICES["gateway"]["environment"]["NEUVO_RASA_URL"].split(",")]

    assert {(each.hostname, each.port) for each in hosts} == {("rasa-1", 5005), ("rasa-2", 5005)}
    for name in ("rasa-1", "rasa-2"):
        assert SERVICES[name]["environment"]["NEUVO_REDIS_URL_FILE"] == "/run/secrets/NEUVO_REDIS_URL"
        assert "NEUVO_REDIS_URL" in SERVICES[name]["secrets"]
        assert urlsplit(SERVICES[name]["environment"]["NEUVO_ACTIONS_URL"]).hostname in SERVICES
    assert SERVICES["editing"]["environment"]["NEUVO_RASA_URL"] == SERVICES["gateway"]["environment"]["NEUVO_RASA_URL"]


def test_what_editors_publish_is_seen_at_one_place_by_all_and_changed_by_gateways_only() -> None:
    place = SERVICES["gateway"]["environment"]["NEUVO_PUBLISHED_DIR"]
    mounts = {
        name: [each for each in service.get("volumes", ()) if each.startswith("published:")]
        for name, service in SERVICES.items()
    }

    writes = {name for name, found in mounts.items() if found == [f"published:{place}"]}
    reads = {name for name, found in mounts.items() if found == [f"published:{place}:ro"]}
    assert writes == {"gateway", "editing", "migrations"}
    assert reads == {"rasa-1", "rasa-2", "actions"}
    for name in reads:
        assert SERVICES[name]["environment"]["NEUVO_PUBLISHED_DIR"] == place
        assert "migrations" in SERVICES[name]["depends_on"], "else there is no way to the words yet"


@pytest.mark.parametrize("path", CONTAINERFILES, ids=lambda path: path.stem)
def test_a_container_file_ends_as_nobody_and_installs_by_hash(path: Path) -> None:
    text = path.read_text("utf-8")
    instructions = re.sub(r"\\\n", " ", text)
    stages = re.findall(r"^FROM (\S+)", instructions, re.M)
    users = re.findall(r"^USER (\S+)", instructions, re.M)

    assert len(stages) == 2
    ours = {"neuvo-rasa:${VERSION}", "neuvo-gateway:${VERSION}"}
    assert set(stages) in ({"${BASE}"}, ours)
    assert users[-1].split(":")[0] != "0"
    assert users[:-1] in ([], ["0"] if set(stages) == ours else [])
    assert not re.search(r"^(ADD|SHELL)\b|curl|wget|sudo|apt-get|--trusted-host|:latest", instructions, re.M)
    for line in instructions.splitlines():
        for step in line.split("&&") if " install " in line else []:
            assert "install" not in step or "--require-hashes" in step, step
    last = instructions[instructions.rindex("\nFROM ") :]
    assert "/opt/setup" not in last
    for source in re.findall(r"^COPY (?!--from)(?:--\S+ )*(.+)$", instructions, re.M):
        assert all((PROJECT / each).exists() or each.startswith("models/") for each in source.split()[:-1]), source
    for source in re.findall(r"^COPY (?!--from)(?:--\S+ )*(.+)$", instructions, re.M):
        for each in source.split()[:-1]:
            let_in = [line.removeprefix("!") for line in IGNORED if line.startswith("!")]
            assert any(fnmatch(each, line) or each.startswith(f"{line}/") for line in let_in), each
    assert re.search(r'^CMD \["python", "-m"', last, re.M)


def test_nothing_private_can_get_into_an_image() -> None:
    lines = (PROJECT / ".dockerignore").read_text("utf-8").splitlines()

    assert "*" in lines
    assert not {"!.env", "!var", "!.git", "!.venv", "!tests"} & set(lines)


def test_what_others_make_is_named_by_digest() -> None:
    theirs = {name: each["image"] for name, each in SERVICES.items() if not each["image"].startswith("neuvo-")}

    assert set(theirs) == {"postgresql", "redis"}
    for image in theirs.values():  # without one, compose starts nothing and says this
        assert re.fullmatch(r"[a-z]+@\$\{NEUVO_[A-Z]+_DIGEST:\?[^}]+\}", image)


def test_redis_wants_a_password_and_the_tables_have_an_owner_who_does_not_serve() -> None:
    assert "requirepass" in " ".join(SERVICES["redis"]["command"])
    assert "REDIS_PASSWORD" in SERVICES["redis"]["secrets"]
    assert "NEUVO_OWNER_DATABASE_URL" in SERVICES["migrations"]["secrets"]
    assert "NEUVO_OWNER_DATABASE_URL" not in SERVICES["gateway"]["secrets"]
    assert all((PROJECT / "containers" / each["file"]).is_file() for each in COMPOSE["configs"].values())
