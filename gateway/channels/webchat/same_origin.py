"""The web chat, first step: only our own page may write in a citizen's name."""

from collections.abc import Mapping
from urllib.parse import urlsplit


def is_same_origin(headers: Mapping[str, str], public_url: str) -> bool:
    """Whether a browser says that a page of ours sent this.

    `Sec-Fetch-Site` where it is (every current browser, on https and localhost), else `Origin`; a page cannot forge
    either. A request with neither comes from no browser of these years and is refused.
    """
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site == "same-origin"
    origin = urlsplit(headers.get("origin", "")).netloc
    return bool(origin) and origin in (headers.get("host", ""), urlsplit(public_url).netloc)
