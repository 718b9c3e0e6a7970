"""Checks of interactive messages: buttons, lists, links, and requests for a location or a phone number."""

from simulator.core import whatsapp_limits as limits
from simulator.graph_api.checks import (
    Object,
    bounded,
    invalid,
    list_of,
    object_of,
    only,
    text_of,
    unique,
)

_PARTS = frozenset({"type", "header", "body", "footer", "action"})


def check_interactive(interactive: Object) -> None:
    """Raises `GraphRefusal` when Meta would not send this object."""
    kind = text_of(interactive, "type", "interactive['type']")
    if kind not in _CHECKS:
        raise invalid(f"interactive['type'] must be one of: {', '.join(sorted(_CHECKS))}.")
    only(interactive, _PARTS, "interactive")
    action = object_of(interactive, "action", "interactive['action']")
    _CHECKS[kind](interactive, action)
    if interactive.get("footer") is not None:
        footer = object_of(interactive, "footer", "interactive['footer']")
        bounded(footer, "text", "Footer text", limits.FOOTER)


def _check_buttons(interactive: Object, action: Object) -> None:
    _check_header(interactive, frozenset({"text", "image", "video", "document"}))
    _check_body(interactive, limits.BUTTONS_BODY)
    only(action, frozenset({"buttons"}), "interactive['action']")
    buttons = list_of(action, "buttons", "interactive['action']['buttons']")
    if not 1 <= len(buttons) <= limits.BUTTONS:
        raise invalid(f"Invalid buttons count. Min allowed buttons: 1, Max allowed buttons: {limits.BUTTONS}")
    replies = []
    for button in buttons:
        only(button, frozenset({"type", "reply"}), "interactive['action']['buttons']")
        if button.get("type") != "reply":
            raise invalid("Button type must be 'reply'.")
        replies.append(object_of(button, "reply", "interactive['action']['buttons'][]['reply']"))
    for reply in replies:
        only(reply, frozenset({"id", "title"}), "reply")
        bounded(reply, "title", "Button title", limits.BUTTON_TITLE)
        _check_id(reply, "Button id", limits.BUTTON_ID)
    unique([reply["title"] for reply in replies], "Button titles")
    unique([reply["id"] for reply in replies], "Button ids")


def _check_list(interactive: Object, action: Object) -> None:
    _check_header(interactive, frozenset({"text"}))
    _check_body(interactive, limits.LIST_BODY)
    only(action, frozenset({"button", "sections"}), "interactive['action']")
    bounded(action, "button", "List button text", limits.LIST_BUTTON)
    sections = list_of(action, "sections", "interactive['action']['sections']")
    if not 1 <= len(sections) <= limits.LIST_SECTIONS:
        raise invalid(f"Invalid sections count. Min allowed sections: 1, Max allowed sections: {limits.LIST_SECTIONS}")
    rows: list[Object] = []
    for section in sections:
        only(section, frozenset({"title", "rows"}), "sections")
        bounded(section, "title", "Section title", limits.LIST_SECTION_TITLE, required=len(sections) > 1)
        found = list_of(section, "rows", "sections[]['rows']")
        if not found:
            raise invalid("Each section must have at least one row.")
        rows += found
    if len(rows) > limits.LIST_ROWS:
        raise invalid(f"Total row count exceed max allowed count: {limits.LIST_ROWS}")
    for row in rows:
        _check_row(row)
    unique([row["id"] for row in rows], "Row ids")


def _check_row(row: Object) -> None:
    only(row, frozenset({"id", "title", "description"}), "rows")
    if len(text_of(row, "title", "Row title")) > limits.LIST_ROW_TITLE:
        raise invalid(f"Row title is too long. Max length is {limits.LIST_ROW_TITLE}")
    _check_id(row, "Row id", limits.LIST_ROW_ID)
    bounded(row, "description", "Row description", limits.LIST_ROW_DESCRIPTION, required=False)


def _check_link(interactive: Object, action: Object) -> None:
    _check_header(interactive, frozenset({"text", "image", "video", "document"}))
    _check_body(interactive, limits.OTHER_INTERACTIVE_BODY)
    _check_action_name(action, "cta_url")
    parameters = object_of(action, "parameters", "interactive['action']['parameters']")
    bounded(parameters, "display_text", "Button text", limits.LINK_BUTTON_TITLE)
    if not text_of(parameters, "url", "Button url").startswith(("https://", "http://")):
        raise invalid("Button url must begin with https:// or http://.")


def _check_location_request(interactive: Object, action: Object) -> None:
    _check_body(interactive, limits.OTHER_INTERACTIVE_BODY)
    _check_action_name(action, "send_location")


def _check_contact_request(interactive: Object, action: Object) -> None:
    _check_body(interactive, limits.OTHER_INTERACTIVE_BODY)
    _check_action_name(action, "request_contact_info")


def _check_body(interactive: Object, limit: int) -> None:
    bounded(object_of(interactive, "body", "interactive['body']"), "text", "Body text", limit)


def _check_header(interactive: Object, kinds: frozenset[str]) -> None:
    if interactive.get("header") is None:
        return
    header = object_of(interactive, "header", "interactive['header']")
    if text_of(header, "type", "interactive['header']['type']") not in kinds:
        raise invalid(f"Header type must be one of: {', '.join(sorted(kinds))}.")
    if header["type"] == "text":
        bounded(header, "text", "Header text", limits.HEADER)


def _check_id(parent: Object, what: str, limit: int) -> None:
    value = bounded(parent, "id", what, limit)
    if value != value.strip():
        raise invalid(f"{what} must not begin or end with a space.")


def _check_action_name(action: Object, name: str) -> None:
    if action.get("name") != name:
        raise invalid(f"interactive['action']['name'] must be '{name}'.")


_CHECKS = {
    "button": _check_buttons,
    "list": _check_list,
    "cta_url": _check_link,
    "location_request_message": _check_location_request,
    "request_contact_info": _check_contact_request,
}
