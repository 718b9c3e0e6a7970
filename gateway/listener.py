"""Before the road begins: the public listener."""

import uvicorn

from gateway.app import create_app
from gateway.settings import Settings

# Long enough to finish a transaction, short enough for a Ctrl-C.
GRACE = 5


async def serve(settings: Settings) -> None:
    """Serve until SIGINT or SIGTERM."""
    config = uvicorn.Config(
        create_app(settings),
        host=settings.host,
        port=settings.port,
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        ws="none",
        timeout_graceful_shutdown=GRACE,
    )
    await uvicorn.Server(config).serve()
