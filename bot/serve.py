"""Dialogue, the process: `rasa run` on loopback, with its secrets kept out of the process list.

`python -m bot.serve --interface 127.0.0.1 --port 5005`; the token comes as NEUVO_RASA_TOKEN (or in the file that
NEUVO_RASA_TOKEN_FILE names), the published model as NEUVO_MODEL (or from the gateway's record in NEUVO_PUBLISHED_DIR),
and NEUVO_MODEL_KEY (or its file) verifies it and every model that is swapped in later. Everything else is Rasa's own
command; from a shell `rasa run` works as well.
"""

import argparse
import json
import os
import sys
import warnings
from pathlib import Path

import sanic.app  # noqa: F401  # first: it resets the filter of deprecation warnings

# An operator cannot act upon the deprecations of libraries.
warnings.filterwarnings("ignore", category=DeprecationWarning)

import rasa.__main__  # noqa: E402
import rasa.utils.common  # noqa: E402
import yaml  # noqa: E402

from bot.models import ModelRefused, guard_loading, load_in_background, verify_model  # noqa: E402

# Relative to the project, where `make train` leaves it; what editors publish is named by NEUVO_MODEL.
MODEL = Path("models/neuvo.tar.gz")


def main() -> None:
    """Become `rasa run`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--interface", default="127.0.0.1")
    parser.add_argument("--port", default="5005")
    chosen = parser.parse_args()
    token = secret("NEUVO_RASA_TOKEN")
    if not token:
        sys.exit("neuvo: NEUVO_RASA_TOKEN is missing; Rasa is not started without a token.")
    os.environ["NEUVO_RASA_TOKEN"] = token  # where our channel looks for it, also when it came as a file
    model = published_model()
    if not model.exists():
        sys.exit("neuvo: There is no trained model; run `make train` first.")
    key = secret("NEUVO_MODEL_KEY")
    if not key:
        sys.exit("neuvo: NEUVO_MODEL_KEY is missing; Rasa is started by `python -m gateway rasa`.")
    try:
        verify_model(model, key)
    except ModelRefused as refusal:
        sys.exit(f"neuvo: {refusal}")
    guard_loading(key)
    load_in_background()
    sys.argv = [
        "rasa", "run", "--enable-api", "--auth-token", token, "--interface", chosen.interface, "--port", chosen.port,
        "--model", str(model), "--endpoints", str(_endpoints(token, chosen.port)), "--credentials", "credentials.yml",
        "--log-file", os.devnull,
    ]  # fmt: skip
    # Rasa logs citizens' words at debug: no log below a warning leaves this process.
    sys.argv += ["--quiet"]
    rasa.utils.common.EXPECTED_WARNINGS.append((DeprecationWarning, ""))  # it shows all warnings again
    rasa.__main__.main()


def secret(name: str) -> str:
    """What a variable says, or the file that `<name>_FILE` names, as container managers give it; "" for neither."""
    path = os.environ.get(f"{name}_FILE")
    return Path(path).read_text("utf-8").strip() if path else os.environ.get(name, "")


def published_model() -> Path:
    """The model to begin with. Where a process manager cannot name it, the gateway's record does (live.json)."""
    if named := os.environ.get("NEUVO_MODEL"):
        return Path(named)
    if folder := os.environ.get("NEUVO_PUBLISHED_DIR"):
        try:
            return Path(json.loads((Path(folder) / "live.json").read_text("utf-8"))["current"]["model"])
        except FileNotFoundError:
            pass  # nothing has been published yet
    return MODEL


def _endpoints(token: str, port: str) -> Path:
    """Rasa's endpoints with the action server's address and token, in a file that only we can read.

    With NEUVO_REDIS_URL conversations are kept there, shared by machines; that address stays out of the file.
    """
    endpoints = yaml.safe_load(Path("endpoints.yml").read_text("utf-8"))
    address = os.environ.get("NEUVO_ACTIONS_URL", "http://127.0.0.1:5055").rstrip("/")
    endpoints["action_endpoint"].update(url=f"{address}/webhook", token=token)
    if redis := secret("NEUVO_REDIS_URL"):
        os.environ["NEUVO_REDIS_URL"] = redis  # where the tracker store looks for it
        endpoints["tracker_store"]["type"] = "bot.redis_tracker_store.RedisTrackerStore"
    # One file for each process: another may be reading its own just now.
    path = Path(os.environ.get("NEUVO_STATE_DIR", "var")) / f"rasa-endpoints-{port}.yml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)
    path.write_text(yaml.safe_dump(endpoints), "utf-8")
    return path


if __name__ == "__main__":
    main()
