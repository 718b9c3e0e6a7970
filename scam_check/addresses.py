"""The check, addresses: what is known of endings, shorteners and the like (`addresses.yml`)."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import yaml

_KNOWN: Final[dict[str, list[str]]] = yaml.safe_load(Path(__file__).with_name("addresses.yml").read_text("utf-8"))

SHORTENERS: Final = frozenset(_KNOWN["shorteners"])
FREE_SITES: Final = frozenset(_KNOWN["free_sites"])
UNUSUAL_ENDINGS: Final = frozenset(_KNOWN["unusual_endings"])
COMMON_ENDINGS: Final = frozenset(_KNOWN["common_endings"])
"""Unusual endings that genuine services use as well."""
COUNTRIES: Final = frozenset(_KNOWN["countries"])
BAIT: Final = tuple(_KNOWN["bait"])
"""Beginnings of the words by which an address promises something."""
ORDINARY: Final = frozenset(_KNOWN["ordinary"])
"""Words that are one letter from a sender's name and mean something else."""
FREE_MAIL: Final = frozenset(_KNOWN["free_mail"])
"""Where anybody has a mailbox."""
KNOWN_SITES: Final = frozenset(_KNOWN["known_sites"])
"""Sites that are no strangers, though no sender of ours."""
