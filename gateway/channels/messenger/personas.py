"""Messenger, set-up: creates the two personas (name and picture) that a citizen sees for the bot and for officers."""

from gateway.channels.base import SendFailed
from gateway.channels.messenger.channel import graph_client
from gateway.core.config.settings import Settings

# At most 50 characters (page "Personas"); Finnish and Swedish in one, because a persona has one name for everybody.
NAMES = {"BOT": "Neuvo, botti – bot", "OFFICER": "Poliisi – Polisen"}


async def make_personas(settings: Settings, picture: str) -> tuple[str, int]:
    """Create both on our Page; returns the text for the operator, and the exit status."""
    if not settings.messenger_page:
        return "Messenger is off: set NEUVO_MESSENGER_PAGE_ID and its secrets first.", 2
    if not picture.startswith("https://"):
        return "Meta fetches the picture itself: give its https:// address.", 2
    graph = graph_client(settings)
    lines = ["Write these into .env, and start the gateway again:"]
    try:
        for who, name in NAMES.items():
            made = await graph.post(
                f"{settings.messenger_page}/personas", {"name": name, "profile_picture_url": picture}
            )
            lines.append(f"NEUVO_MESSENGER_PERSONA_{who}={made.get('id', '')}")
    except SendFailed as failure:
        return f"Meta did not make the personas ({failure}): check the Page's id, its token and pages_messaging.", 1
    finally:
        await graph.close()
    return "\n".join(lines), 0
