"""WhatsApp, beside the road: Meta ends each version of its Graph API on a day that is known long before.

After that day every request fails with error 2500, which stops the number. Source: Meta's Graph API changelog, 2026.
"""

import datetime as dt
from collections.abc import Mapping

import structlog

log = structlog.get_logger()

ENDS: Mapping[str, dt.date] = {"v21.0": dt.date(2027, 1, 21), "v25.0": dt.date(2028, 7, 29)}
WARN_BEFORE = dt.timedelta(days=120)


def warn_of_end(version: str, today: dt.date | None = None) -> bool:
    """Tell the operator, at start, that the version of the settings ends soon or has ended; whether it was told."""
    today = today or dt.datetime.now(dt.UTC).date()
    ends = ENDS.get(version)
    if ends is None or today < ends - WARN_BEFORE:
        return False
    log.warning("graph_version_ends", version=version, ends=str(ends), what_to_do="set a newer NEUVO_GRAPH_VERSION")
    return True
