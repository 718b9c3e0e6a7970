"""The version of this software, from its one place: `pyproject.toml`."""

import re
from pathlib import Path

_FILE = Path(__file__).resolve().parents[2] / "pyproject.toml"
_LINE = re.compile(r'^version = "([^"]+)"$', re.MULTILINE)


def version() -> str:
    """The release, such as `0.2.0`; `unknown` where the file is not there, which stops nobody from starting."""
    try:
        found = _LINE.search(_FILE.read_text("utf-8"))
    except OSError:
        found = None
    return found[1] if found else "unknown"
