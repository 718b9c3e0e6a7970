"""The simulated Graph API of WhatsApp: `POST /{phone number id}/media`, a file that the service will send."""

import base64
from typing import Any

from starlette.datastructures import FormData, UploadFile

from simulator.core import whatsapp_limits as limits
from simulator.core.identifiers import new_media_id
from simulator.graph_api.checks import invalid
from simulator.graph_api.errors import GraphRefusal
from simulator.simulator import Simulator


async def keep_upload(simulator: Simulator, form: FormData) -> dict[str, Any]:
    """Keep the file and return its id as Meta does; raises `GraphRefusal`."""
    if form.get("messaging_product") != "whatsapp":
        raise GraphRefusal(100, message="(#100) Param messaging_product must be one of {WHATSAPP}.")
    file = form.get("file")
    if not isinstance(file, UploadFile):
        raise GraphRefusal(100, message="(#100) The parameter file is required.")
    kind = file.content_type or ""
    largest = limits.UPLOADS.get(kind)
    if largest is None:
        raise GraphRefusal(100, message=f"(#100) Param file must be a file with one of the known types, not {kind!r}.")
    content = await file.read(largest + 1)
    if not content:
        raise GraphRefusal(131053, "The file is empty.")
    if len(content) > largest:
        raise GraphRefusal(131053, f"A file of the type {kind} has at most {largest} bytes.")
    media_id = new_media_id()
    encoded = base64.b64encode(content).decode()
    simulator.record("upload", id=media_id, mime_type=kind, content=encoded)
    return {"id": media_id}


def check_media(simulator: Simulator, kind: str, content: dict[str, Any]) -> None:
    """Refuse a message whose file nobody has uploaded, or whose type is another than the message's."""
    media_id = content.get("id")
    if kind not in limits.KINDS_OF_MEDIA or media_id is None:
        return
    upload = simulator.state.uploads.get(str(media_id))
    if upload is None:
        raise invalid(f"{kind}['id'] is no media id of this business account.")
    if not upload.mime_type.startswith(limits.KINDS_OF_MEDIA[kind]):
        raise invalid(f"{kind}['id'] is a file of the type {upload.mime_type}.")
