"""HTTP: the plain answer to a refused request, in three languages, which quotes nothing of the request."""

from collections.abc import Mapping

from starlette.responses import PlainTextResponse, Response
from starlette.types import Receive, Scope, Send

_TEXTS = {
    400: "Tätä osoitetta ei voi lukea.\nDen här adressen kan inte läsas.\nThis address cannot be read.\n",
    421: "Tämä palvelu ei vastaa tällä nimellä.\nDen här tjänsten svarar inte på det här namnet.\n"
    "This service does not answer to this name.\n",
    429: "Juuri nyt tulee paljon pyyntöjä. Odota hetki ja yritä uudelleen. Jos olet vaarassa, soita 112.\n"
    "Just nu kommer det många förfrågningar. Vänta lite och försök igen. Om du är i fara, ring 112.\n"
    "Many requests are coming right now. Wait a moment and try again. If you are in danger, call 112.\n",
}


async def refuse(
    scope: Scope, receive: Receive, send: Send, status: int, headers: Mapping[str, str] | None = None
) -> None:
    """Answer instead of the application."""
    response: Response = PlainTextResponse(_TEXTS[status], status, {"cache-control": "no-store", **(headers or {})})
    await response(scope, receive, send)
