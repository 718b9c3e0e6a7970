"""Dialogue, the action server's process: on loopback, for callers with the token only.

`python -m actions.serve --interface 127.0.0.1 --port 5055`; the token comes as NEUVO_RASA_TOKEN. The SDK's own
command listens on every address without authentication.
"""

import argparse
import hmac
import logging
import os
import sys
import warnings
from pathlib import Path

import structlog
from sanic import Sanic, response
from sanic.request import Request
from sanic.response import HTTPResponse

# Sanic resets the filter of deprecation warnings; an operator cannot act upon them.
warnings.filterwarnings("ignore", category=DeprecationWarning)

from rasa_sdk.endpoint import create_app  # noqa: E402

# What the process manager may ask without a token.
_OPEN_PATH = "/health"


def application(token: str) -> Sanic:
    """The SDK's application behind our check of the token."""
    app: Sanic = create_app("actions", cors_origins=[])

    async def check_token(request: Request) -> HTTPResponse | None:
        given = request.args.get("token") or ""
        if request.path == _OPEN_PATH or hmac.compare_digest(given.encode(), token.encode()):
            return None
        return response.empty(status=401)

    app.register_middleware(check_token, "request")
    return app


def _token() -> str:
    """The secret that callers must know: a variable, or the file that one names, as container managers give it."""
    path = os.environ.get("NEUVO_RASA_TOKEN_FILE")
    return Path(path).read_text("utf-8").strip() if path else os.environ.get("NEUVO_RASA_TOKEN", "")


def main() -> None:
    """Serve until stopped."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--interface", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=5055)
    chosen = parser.parse_args()
    token = _token()
    if not token:
        sys.exit("neuvo: NEUVO_RASA_TOKEN is missing; the action server is not started without a token.")
    logging.basicConfig(level=logging.WARNING)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    application(token).run(chosen.interface, chosen.port, access_log=False)


if __name__ == "__main__":
    main()
