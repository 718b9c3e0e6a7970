"""The API, its OpenAPI document: made from the routes and their models, served, and kept as docs/schemas/openapi.json.

`python -m gateway.api.openapi` writes the file; a test fails while it differs. What is sent to integrators' own
addresses stands in it as `webhooks`.
"""

import json
from functools import cache
from pathlib import Path
from typing import Any, Final

from fastapi import APIRouter
from fastapi.openapi.utils import get_openapi
from fastapi.responses import JSONResponse

from gateway.api import routes
from gateway.api.webhooks import Notification
from gateway.core.version import version

FILE: Final = Path(__file__).parents[2] / "docs" / "schemas" / "openapi.json"
router = APIRouter(tags=["api"])
_ABOUT = """\
For systems that work beside the service. Each request carries a token (`Authorization: Bearer neuvo_…`) that an
operator makes with the scopes it needs and that ends by itself. Nothing here tells words, phone numbers or people:
conversations are random ids. Each token may ask 60 times at once, then once a second.

Webhooks follow the Standard Webhooks specification: the headers `webhook-id`, `webhook-timestamp` and
`webhook-signature` (`v1,` and the Base64 of the HMAC-SHA256 of `id.timestamp.body`). Answer 2xx within ten seconds;
anything else is tried again, ever less often, for a day. Events may come twice, and out of order.
"""


@cache
def document() -> dict[str, Any]:
    """The whole document."""
    hooks = APIRouter()

    @hooks.post("event", name="event", tags=["webhooks"])
    async def event(body: Notification) -> None:
        """Something happened; ask for the rest by the id."""

    return get_openapi(
        title="Neuvo",
        version=version(),
        description=_ABOUT,
        routes=routes.router.routes,
        webhooks=hooks.routes,
        separate_input_output_schemas=False,
    )


def written() -> str:
    """The text of the file."""
    return json.dumps(document(), indent=1, ensure_ascii=False) + "\n"


@router.get("/api/v1/openapi.json", include_in_schema=False)
async def openapi() -> JSONResponse:
    """The document; open to everybody, as it is in the repository."""
    return JSONResponse(document(), headers={"cache-control": "public, max-age=300"})


if __name__ == "__main__":
    FILE.write_text(written(), "utf-8")
    print(f"Written: {FILE.name}")
