"""The simulator run alone, for tests and for a gateway in another process."""

import argparse
from dataclasses import replace
from pathlib import Path

import uvicorn

from simulator.app import create_simulator
from simulator.core.config import Delays, SimulatorConfig
from simulator.core.whatsapp_limits import NUMBER_PER_SECOND

SAMPLE = "development-only-"


def read_arguments(arguments: list[str] | None = None) -> argparse.Namespace:
    """What the command line says; the secrets' defaults are the samples of development."""
    parser = argparse.ArgumentParser(prog="python -m simulator", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8090)
    parser.add_argument("--webhook-url", default="http://127.0.0.1:8000/webhooks/whatsapp")
    parser.add_argument("--app-secret", default=SAMPLE + "app-secret")
    parser.add_argument("--access-token", default=SAMPLE + "access-token")
    parser.add_argument("--control-token", help="enables the control API for tests; without it every call is refused")
    parser.add_argument("--business-number", action="append", metavar="ID=NUMBER", help="may be given several times")
    parser.add_argument("--log", type=Path, help="a JSON Lines file that keeps the phones' history")
    parser.add_argument("--quick", action="store_true", help="no delays between the statuses")
    parser.add_argument("--messages-per-second", type=int, default=NUMBER_PER_SECOND)
    return parser.parse_args(arguments)


def config_from(arguments: argparse.Namespace) -> SimulatorConfig:
    """The settings that the arguments describe."""
    config = SimulatorConfig(
        webhook_url=arguments.webhook_url,
        app_secret=arguments.app_secret,
        access_token=arguments.access_token,
        control_token=arguments.control_token,
        log_path=arguments.log,
        delays=Delays(sent=0, delivered=0, read=0) if arguments.quick else Delays(),
        messages_per_second=arguments.messages_per_second,
    )
    numbers = dict(pair.split("=", 1) for pair in arguments.business_number or [])
    return replace(config, business_numbers=numbers) if numbers else config


def main() -> None:
    """Serve until stopped."""
    arguments = read_arguments()
    app = create_simulator(config_from(arguments))
    # Open streams of pages never end by themselves.
    uvicorn.run(app, host=arguments.host, port=arguments.port, log_level="warning", timeout_graceful_shutdown=1)


if __name__ == "__main__":
    main()
