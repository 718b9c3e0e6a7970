"""Where the simulator's page lies on disk."""

from pathlib import Path

_GATEWAY = Path(__file__).resolve().parents[3]
TEMPLATES = _GATEWAY / "templates"
STATIC = _GATEWAY / "static" / "simulator"
WORDING = Path(__file__).with_name("wording.yml")
