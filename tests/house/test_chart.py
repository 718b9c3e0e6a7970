"""Checks of the chart for Kubernetes, by Helm's own library and Kubernetes' own schemas. No cluster has run it."""

import json
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from gateway.core.config.settings import Settings
from tests.worlds.services import missing

PROJECT = Path(__file__).parents[2]
CHART = PROJECT / "containers" / "helm"
PYTHON = PROJECT / ".venv" / "servers" / "bin" / "python"
VERSIONS = ("1.31.0", "1.37.0")
VALUES: dict[str, Any] = {
    "publicUrl": "https://chat.example.org",
    "whatsappPhoneNumberId": "106540352242922",
    "trustedProxies": "10.0.0.0/16",
    "images": {"registry": "registry.example.org/neuvo", "tag": "0.2.0"},
    "network": {"postgresql": {"cidr": "10.1.0.10/32"}, "redis": {"cidr": "10.1.0.11/32"}},
}
_RENDER = """
import json, sys
import helm_python as helm
values = json.load(sys.stdin)
with helm.Chart.load(sys.argv[1]) as chart:
    chart.validate_schema(values)
    print(json.dumps(chart.render(values, name="neuvo", namespace="neuvo")))
"""
_LINT = "import json, sys, helm_python as helm; print(json.dumps(helm.lint(sys.argv[1], json.load(sys.stdin))))"
_VALIDATE = """
import json, sys, kubernetes_validate
for each in json.load(sys.stdin):
    kubernetes_validate.validate(each, sys.argv[1], strict=True)
print("ok")
"""


def asked(code: str, *arguments: str, given: object = None) -> subprocess.CompletedProcess[str]:
    if not PYTHON.exists():
        missing("Helm's library", "install requirements/servers.txt into .venv/servers.")
    return subprocess.run(
        [str(PYTHON), "-c", code, *arguments], input=json.dumps(given), capture_output=True, text=True, timeout=120
    )


class _Strict(yaml.SafeLoader):
    """Refuses a key that stands twice, of which only the last would count."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        assert len(keys) == len(set(keys)), f"twice in {keys}, line {node.start_mark.line}"
        return super().construct_mapping(node, deep=True)


@cache
def rendered(text: str = "{}") -> list[dict[str, Any]]:
    """Every object of the chart with these values beside the usual ones."""
    answer = asked(_RENDER, str(CHART), given={**VALUES, **json.loads(text)})
    assert answer.returncode == 0, answer.stderr[-3000:]
    files = json.loads(answer.stdout)
    return [each for name in sorted(files) for each in yaml.load_all(files[name], _Strict) if each]


def pods() -> dict[str, dict[str, Any]]:
    """What each workload starts, by the name of its part."""
    return {
        each["spec"]["template"]["metadata"]["labels"]["app.kubernetes.io/component"]: each["spec"]["template"]["spec"]
        for each in rendered()
        if "template" in each.get("spec", {})
    }


def containers(pod: dict[str, Any]) -> list[dict[str, Any]]:
    return [*pod.get("initContainers", []), *pod["containers"]]


def test_helm_has_nothing_against_it() -> None:
    answer = asked(_LINT, str(CHART), given=VALUES)
    assert answer.returncode == 0, answer.stderr[-2000:]
    found = json.loads(answer.stdout)
    assert found["errors"] == []
    assert {each["error"] for each in found["messages"]} == {"icon is recommended"}


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(
    "values",
    [
        {},
        {"publishedStore": "s3", "settings": {"NEUVO_S3_ENDPOINT": "https://s3.example.org"}},
        {"gateway": {"replicas": 3, "autoscaling": {"enabled": False}}, "editing": {"enabled": False}},
        {"rasa": {"replicas": 5}, "moreSecrets": ["NEUVO_OTLP_HEADERS"], "images": {"pullSecrets": [{"name": "pull"}]}},
        {"network": {"enabled": False}},
    ],
)
def test_every_object_is_one_that_kubernetes_knows(values: dict[str, Any], version: str) -> None:
    answer = asked(_VALIDATE, version, given=rendered(json.dumps(values)))
    assert answer.stdout.strip() == "ok", answer.stderr[-3000:]


@pytest.mark.parametrize(
    "values",
    [
        {"publicUrl": "http://chat.example.org"},
        {"publicUrl": ""},
        {"whatsappPhoneNumberId": ""},
        {"trustedProxies": ""},
        {"gateway": {"replicas": 1}},
        {"publishedStore": "folder"},
        {"settings": {"PATH": "/x"}},
        {"network": {"postgresql": {"cidr": ""}}},
    ],
)
def test_values_that_would_not_run_are_refused_before_anything_is_made(values: dict[str, Any]) -> None:
    assert asked(_RENDER, str(CHART), given={**VALUES, **values}).returncode != 0


def test_all_that_the_issue_names_is_there() -> None:
    kinds = [each["kind"] for each in rendered()]
    assert set(pods()) == {"gateway", "rasa", "actions", "migration", "editing"}
    assert {"HorizontalPodAutoscaler", "PodDisruptionBudget", "NetworkPolicy", "Ingress", "Job"} <= {*kinds}
    assert kinds.count("PodDisruptionBudget") == 3


def test_every_container_is_shut_as_far_as_it_can_be() -> None:
    for pod in pods().values():
        assert pod["automountServiceAccountToken"] is False
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        for each in containers(pod):
            context = each["securityContext"]
            assert context["readOnlyRootFilesystem"] is True
            assert context["allowPrivilegeEscalation"] is False
            assert context["capabilities"] == {"drop": ["ALL"]}
            assert each["resources"]["limits"]["memory"]


def test_what_serves_has_probes() -> None:
    for name, pod in pods().items():
        for each in pod["containers"] if name != "migration" else []:
            if each["name"] != "follower":
                assert {"startupProbe", "readinessProbe", "livenessProbe"} <= each.keys(), each["name"]


def test_a_pod_sees_the_secrets_that_it_needs_and_no_value_has_one() -> None:
    def seen(pod: dict[str, Any], container: dict[str, Any]) -> set[str]:
        volumes = {each["name"]: each for each in pod["volumes"]}
        mounted = [volumes[each["name"]] for each in container["volumeMounts"] if each["name"] in volumes]
        return {item["path"] for each in mounted for item in each.get("secret", {}).get("items", [])}

    by_name = {each["name"]: seen(pod, each) for pod in pods().values() for each in containers(pod)}
    assert by_name["rasa"] == {"NEUVO_RASA_TOKEN", "NEUVO_MODEL_KEY", "NEUVO_REDIS_URL"}
    assert by_name["actions"] == {"NEUVO_RASA_TOKEN"}
    assert "NEUVO_OWNER_DATABASE_URL" in by_name["migration"]
    assert "NEUVO_DATABASE_URL" not in by_name["migration"]
    for name in ("gateway", "editing", "follower", "fetch"):
        assert "NEUVO_DATABASE_URL" in by_name[name]
        assert "NEUVO_OWNER_DATABASE_URL" not in by_name[name]


def test_every_variable_is_a_setting_once_in_each_container() -> None:
    known = {f"NEUVO_{name.upper()}" for name in Settings.model_fields}
    # What `bot.serve` reads by itself, and files of secrets.
    known |= {"NEUVO_MODEL_KEY_FILE", "NEUVO_RASA_TOKEN_FILE", "NEUVO_REDIS_URL_FILE", "NEUVO_DATABASE_URL_FILE"}
    for pod in pods().values():
        for each in containers(pod):
            names = [variable["name"] for variable in each["env"]]
            assert len(names) == len(set(names)), each["name"]
            assert set(names) <= known, set(names) - known


def test_the_gateway_knows_every_rasa_and_each_follower_its_own() -> None:
    (gateway,) = pods()["gateway"]["containers"]
    variables = {each["name"]: each["value"] for each in gateway["env"]}
    assert variables["NEUVO_RASA_URL"] == "http://neuvo-rasa-0.neuvo-rasa:5005,http://neuvo-rasa-1.neuvo-rasa:5005"
    follower = next(each for each in pods()["rasa"]["containers"] if each["name"] == "follower")
    assert {each["name"]: each["value"] for each in follower["env"]}["NEUVO_RASA_URL"] == "http://127.0.0.1:5005"


def test_what_waits_on_a_disk_outlives_its_pod() -> None:
    (gateway,) = [
        each for each in rendered() if each["kind"] == "StatefulSet" and each["metadata"]["name"] == "neuvo-gateway"
    ]
    assert gateway["spec"]["persistentVolumeClaimRetentionPolicy"] == {"whenDeleted": "Retain", "whenScaled": "Retain"}
    (claim,) = gateway["spec"]["volumeClaimTemplates"]
    mounts = gateway["spec"]["template"]["spec"]["containers"][0]["volumeMounts"]
    assert {"name": claim["metadata"]["name"], "mountPath": "/var/lib/neuvo"} in mounts


def test_nobody_reaches_rasa_or_the_figures_but_who_must() -> None:
    policies = {each["metadata"]["name"]: each["spec"] for each in rendered() if each["kind"] == "NetworkPolicy"}
    assert policies["neuvo-nothing"]["policyTypes"] == ["Ingress", "Egress"]
    assert "ingress" not in policies["neuvo-nothing"]
    (to_rasa,) = policies["neuvo-rasa"]["ingress"]
    assert to_rasa["from"][0]["podSelector"]["matchExpressions"][0]["values"] == ["gateway", "editing"]
    ports = {rule["ports"][0]["port"]: rule["from"] for rule in policies["neuvo-gateway"]["ingress"]}
    assert set(ports) == {8000, 8001}
    assert ports[8001][0]["namespaceSelector"]["matchLabels"] == {"kubernetes.io/metadata.name": "monitoring"}


def test_the_migration_runs_before_anything_else_of_a_release() -> None:
    (job,) = [each for each in rendered() if each["kind"] == "Job"]
    assert job["metadata"]["annotations"]["helm.sh/hook"] == "pre-install,pre-upgrade"
    assert job["spec"]["template"]["spec"]["containers"][0]["command"] == ["python", "-m", "gateway", "migrate"]
