"""WhatsApp, for operators: our templates as they are entered in Meta's form, and how Meta's list differs from them."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from answers.templates import CATEGORY, Template, read_templates
from gateway.channels.base import SendFailed
from gateway.channels.meta.graph import GraphClient
from gateway.channels.whatsapp.errors import WHATSAPP_CODES
from gateway.core.config.settings import Settings

# Meta's page "Templates": entries of one page of the list, and how far we follow it.
PAGE, MOST_PAGES = "100", 50
_COMPARED_BY = "Compared with Meta's list"


def bodies_of(content_dir: Path) -> dict[str, dict[str, str]]:
    """The text of every template by name and language, for the simulator, which approves them all."""
    templates, _ = read_templates(content_dir)
    return {
        name: {language: wording.text for language, wording in template.body.items()}
        for name, template in templates.items()
    }


async def describe_templates(settings: Settings, content_dir: Path) -> tuple[str, bool]:
    """The text for an operator, and whether nothing is wrong: no fault in our files, no difference from Meta's list."""
    templates, problems = read_templates(content_dir)
    lines = [str(problem) for problem in problems]
    for template in templates.values():
        lines += _form(template)
    if not settings.whatsapp_business_account_id:
        lines.append(
            f"Not compared with Meta's list: set NEUVO_WHATSAPP_BUSINESS_ACCOUNT_ID. {len(templates)} templates."
        )
        return "\n".join(lines), not problems
    try:
        theirs = await _listed(settings)
    except SendFailed as failure:
        lines.append(f"Meta's list could not be read ({failure}); check the token and the account's id.")
        return "\n".join(lines), False
    differences = list(differences_from(templates, theirs))
    lines += differences or [f"{_COMPARED_BY}: nothing differs."]
    return "\n".join(lines), not (problems or differences)


def differences_from(templates: Mapping[str, Template], theirs: list[dict[str, Any]]) -> Iterator[str]:
    """One sentence for each difference between our files and Meta's list, with what to do."""
    listed = {(str(each.get("name")), str(each.get("language"))): each for each in theirs}
    for name, template in templates.items():
        for language, wording in template.body.items():
            meta = listed.pop((name, language), None)
            yield from _differences(template, language, wording.text, meta)
    for name, language in listed:
        if name in templates:
            yield f"{_COMPARED_BY}: {name} has a language '{language}' there that our file has not."


def _differences(template: Template, language: str, text: str, meta: Mapping[str, Any] | None) -> Iterator[str]:
    place, status = f"{_COMPARED_BY}: {template.name} ({language})", template.status[language]
    if meta is None:
        if status != "not_submitted":
            yield f"{place} is not there; enter it in Meta's form, or write not_submitted into {template.file}."
        return
    told = str(meta.get("status")).lower()
    if told != status:
        yield f"{place} is {told} there and {status} here; write {told} into {template.file}."
    if str(meta.get("category")).lower() != CATEGORY:
        yield f"{place} has become a template of {meta.get('category')}; object to it in Meta's form, or do not use it."
    if _body(meta) != text:
        yield f"{place} says something else there; citizens see Meta's words: change one of the two."


def _form(template: Template) -> Iterator[str]:
    yield f"== {template.name} · category {CATEGORY} · named parameters =="
    yield template.purpose
    for language, wording in template.body.items():
        yield f"-- language {language} · status here: {template.status[language]}"
        yield wording.text
        gaps = template.gaps(language)
        if gaps:
            yield "Samples: " + ", ".join(f"{{{{{gap}}}}} = {template.samples[gap]}" for gap in gaps)
    yield ""


async def _listed(settings: Settings) -> list[dict[str, Any]]:
    token = settings.whatsapp_access_token.get_secret_value()
    graph = GraphClient(settings.graph_url, settings.graph_version, token, settings.graph_timeout, WHATSAPP_CODES)
    path = f"{settings.whatsapp_business_account_id}/message_templates"
    found: list[dict[str, Any]] = []
    parameters = {"fields": "name,language,status,category,components", "limit": PAGE}
    try:
        for _ in range(MOST_PAGES):
            page = await graph.get(path, **parameters)
            found += [each for each in page.get("data") or [] if isinstance(each, dict)]
            after = (page.get("paging") or {}).get("cursors", {}).get("after")
            if not after or not (page.get("paging") or {}).get("next"):
                break
            parameters["after"] = str(after)
    finally:
        await graph.close()
    return found


def _body(meta: Mapping[str, Any]) -> str:
    parts = [part for part in meta.get("components") or [] if isinstance(part, dict)]
    return next((str(part.get("text")) for part in parts if str(part.get("type")).upper() == "BODY"), "").strip()
