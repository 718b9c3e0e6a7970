"""Messenger, before the road begins: the two names under which a citizen sees the bot and an officer."""

from gateway.channels.base import SendFailed
from gateway.channels.messenger.channel import page_client
from gateway.settings import Settings

# At most 50 characters (page "Personas"); Finnish and Swedish in one, because a persona has one name for everybody.
NAMES = {"BOT": "Neuvo, botti – bot", "OFFICER": "Poliisi – Polisen"}


async def make_personas(settings: Settings, picture: str) -> tuple[str, int]:
    """Make both on our Page; returns what to write into the settings, and the exit status."""
    if not settings.messenger_page:
        return "Messenger is off: set NEUVO_MESSENGER_PAGE_ID and its secrets first.", 2
    if not picture.startswith("https://"):
        return "Meta fetches the picture itself: give its https:// address.", 2
    client = page_client(settings)
    lines = ["Write these into .env, and start the gateway again:"]
    try:
        for who, name in NAMES.items():
            made = await client.post({"name": name, "profile_picture_url": picture}, edge="personas")
            lines.append(f"NEUVO_MESSENGER_PERSONA_{who}={made.get('id', '')}")
    except SendFailed as failure:
        return f"Meta did not make the personas ({failure}): check the Page's id, its token and pages_messaging.", 1
    finally:
        await client.close()
    return "\n".join(lines), 0
