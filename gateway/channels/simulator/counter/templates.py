"""Approved templates: which there are, and how one looks with its gaps filled."""

import re
from typing import Any

from gateway.channels.simulator.config import SimulatorConfig
from gateway.channels.simulator.counter.errors import GraphRefusal


def render_template(config: SimulatorConfig, content: dict[str, Any]) -> dict[str, Any]:
    """The template with its text under `rendered`.

    Raises `GraphRefusal`: 132001 for a name that is not approved, 132000 for a wrong number of values.
    """
    values = [
        value for part in content.get("components") or [] if part.get("type") == "body" for value in _values(part)
    ]
    if config.templates is None:
        words = " ".join([f"[{content['name']}]", *values])
        return {**content, "rendered": words}
    text = config.templates.get(content["name"])
    if text is None:
        raise GraphRefusal(132001, f"template name ({content['name']}) does not exist")
    gaps = len(set(re.findall(r"\{\{(\d+)\}\}", text)))
    if gaps != len(values):
        raise GraphRefusal(
            132000,
            f"body: number of localizable_params ({len(values)}) does not match the expected number of params ({gaps})",
        )
    return {**content, "rendered": re.sub(r"\{\{(\d+)\}\}", lambda gap: values[int(gap[1]) - 1], text)}


def _values(part: dict[str, Any]) -> list[str]:
    parameters = part.get("parameters")
    if not isinstance(parameters, list):
        return []
    return [str(value.get("text", "")) for value in parameters if isinstance(value, dict)]
