"""Checks of the exposition against Prometheus's conventions, by its own parser and, where it is here, by promtool."""

import re
import shutil
import subprocess

import pytest
from prometheus_client import CollectorRegistry
from prometheus_client.metrics_core import Metric
from prometheus_client.parser import text_string_to_metric_families

from gateway.core.metrics import REGISTRY
from gateway.ops.gauges import ServiceGauges
from tests.gateway.ops.test_internal import scrape
from tests.worlds.road import Road
from tests.worlds.services import missing

pytestmark = pytest.mark.anyio
BASE_UNITS = {"seconds", "bytes"}
OTHER_UNITS = r"_(milliseconds|ms|minutes|hours|days|kilobytes|megabytes|kb|mb|percent)(_|$)"


def ours() -> list[Metric]:
    registry = CollectorRegistry()
    ServiceGauges(registry)
    found = [metric for each in (REGISTRY, registry) for metric in each.collect()]
    return [metric for metric in found if metric.name.startswith("neuvo_")]


@pytest.mark.parametrize("metric", ours(), ids=lambda metric: metric.name)
def test_names_types_and_labels_are_as_prometheus_wants_them(metric: Metric) -> None:
    labels = {label for sample in metric.samples for label in sample.labels}

    assert re.fullmatch(r"neuvo_[a-z]+(_[a-z]+)*", metric.name)
    assert metric.type in {"counter", "gauge", "histogram", "info"}
    assert not metric.name.endswith(("_total", "_count", "_sum", "_bucket"))  # the suffixes are the samples'
    assert not re.search(OTHER_UNITS, metric.name)
    assert re.fullmatch(r"[A-Z].*\.", metric.documentation)
    assert "quantile" not in labels
    assert not labels & {"job", "instance"}
    assert "le" not in labels or metric.type == "histogram"
    if metric.type == "histogram":
        assert metric.name.rpartition("_")[2] in BASE_UNITS
    if metric.type == "counter":
        assert all(sample.name.endswith(("_total", "_created")) for sample in metric.samples)


async def test_prometheus_itself_reads_a_scrape(road: Road) -> None:
    citizen = road.citizen()
    citizen.writes("hei siellä")
    await citizen.next_reply()
    text = await scrape(road)

    families = list(text_string_to_metric_families(text))
    assert len({family.name for family in families}) == len(families)
    assert {"neuvo_turn_latency_seconds", "neuvo_build_info"} <= {family.name for family in families}

    if shutil.which("promtool") is None:
        missing("promtool", "install Debian's package prometheus.")
    checked = subprocess.run(["promtool", "check", "metrics"], input=text, text=True, capture_output=True)
    # Of the client library itself, which says when each series began.
    said = [line for line in (checked.stdout + checked.stderr).splitlines() if "_created" not in line]
    assert said == []
