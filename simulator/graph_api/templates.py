"""The approved templates of the simulated account, and a template with its placeholders filled.

Source: Meta's pages "Template components" and "Error codes" of the WhatsApp Business Platform documentation (2026).
"""

import re
from typing import Any

from simulator.core import whatsapp_limits as limits
from simulator.core.config import SimulatorConfig
from simulator.graph_api.checks import Object, list_of, missing
from simulator.graph_api.errors import GraphRefusal

_GAP = re.compile(r"\{\{(\w+)\}\}")
_BROKEN = re.compile(r"[\n\r\t]| {5,}")
_COMPONENTS = frozenset({"header", "body", "button"})


def render_template(config: SimulatorConfig, content: dict[str, Any]) -> dict[str, Any]:
    """The template with its text under `rendered`.

    Raises `GraphRefusal`: 132001 for a name or language that is not approved, 132000 for a wrong number of values,
    132012 for values of another form than the gaps, 132005 for words that are too long when filled.
    """
    values = _values(content)
    if config.templates is None:
        words = " ".join([f"[{content['name']}]", *(text for _, text in values)])
        return {**content, "rendered": words}
    language = str(content["language"]["code"])
    text = config.templates.get(content["name"], {}).get(language)
    if text is None:
        raise GraphRefusal(132001, f"template name ({content['name']}) does not exist in {language}")
    filled = _filled(text, values)
    if len(filled) > limits.TEMPLATE_BODY:
        raise GraphRefusal(132005, f"Translated text too long: {len(filled)} of {limits.TEMPLATE_BODY} characters.")
    return {**content, "rendered": filled}


def template_list(config: SimulatorConfig) -> list[Object]:
    """All templates as Meta lists them."""
    return [
        {
            "name": name,
            "language": language,
            "status": "APPROVED",
            "category": "UTILITY",
            "components": [{"type": "BODY", "text": text}],
        }
        for name, texts in (config.templates or {}).items()
        for language, text in texts.items()
    ]


def _filled(text: str, values: list[tuple[str | None, str]]) -> str:
    gaps = list(dict.fromkeys(_GAP.findall(text)))
    if len(gaps) != len(values):
        raise GraphRefusal(
            132000,
            f"body: number of localizable_params ({len(values)}) does not match the expected number of params "
            f"({len(gaps)})",
        )
    numbered = all(gap.isdigit() for gap in gaps)
    named = {(name if not numbered else str(place)): value for place, (name, value) in enumerate(values, 1)}
    if (numbered and any(name is not None for name, _ in values)) or set(named) != set(gaps):
        raise GraphRefusal(132012, "Parameter format does not match format in the created template.")
    return _GAP.sub(lambda gap: named[gap.group(1)], text)


def _values(content: Object) -> list[tuple[str | None, str]]:
    found = []
    for part in content.get("components") or []:
        if str(part.get("type")).lower() not in _COMPONENTS:
            raise GraphRefusal(132012, f"Unknown component {part.get('type')!r}.")
        if part["type"] == "body":
            found += [_value(value) for value in list_of(part, "parameters", "components[]['parameters']")]
    return found


def _value(parameter: Object) -> tuple[str | None, str]:
    text, name = parameter.get("text"), parameter.get("parameter_name")
    if parameter.get("type") != "text" or not isinstance(text, str):
        raise GraphRefusal(132012, "A body's parameter must be of type text.")
    if not text.strip():
        raise missing("Parameter of type text is missing text value.")
    if _BROKEN.search(text):
        raise GraphRefusal(100, "Param text cannot have new-line/tab characters or more than 4 consecutive spaces.")
    return (name if isinstance(name, str) else None), text
