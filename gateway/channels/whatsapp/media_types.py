"""WhatsApp, when an officer asks: the types of files that are opened, how large, and how each begins.

Only what a browser shows without running anything; a document with macros or markup is not opened here. Source of
types and sizes: Meta's page "Media" (2026).
"""

from collections.abc import Mapping

from gateway.channels.whatsapp import limits

LARGEST: Mapping[str, int] = {
    "image/jpeg": limits.PICTURE_BYTES,
    "image/png": limits.PICTURE_BYTES,
    "image/webp": limits.STICKER_BYTES,
    "audio/aac": limits.SOUND_OR_FILM_BYTES,
    "audio/amr": limits.SOUND_OR_FILM_BYTES,
    "audio/mpeg": limits.SOUND_OR_FILM_BYTES,
    "audio/mp4": limits.SOUND_OR_FILM_BYTES,
    "audio/ogg": limits.SOUND_OR_FILM_BYTES,
    "video/mp4": limits.SOUND_OR_FILM_BYTES,
    "video/3gpp": limits.SOUND_OR_FILM_BYTES,
    "application/pdf": limits.DOCUMENT_BYTES,
    "text/plain": limits.DOCUMENT_BYTES,
}
_BEGINNINGS: tuple[tuple[int, bytes, frozenset[str]], ...] = (
    (0, b"\xff\xd8\xff", frozenset({"image/jpeg"})),
    (0, b"\x89PNG\r\n\x1a\n", frozenset({"image/png"})),
    (8, b"WEBP", frozenset({"image/webp"})),
    (0, b"OggS", frozenset({"audio/ogg"})),
    (0, b"#!AMR", frozenset({"audio/amr"})),
    (0, b"ID3", frozenset({"audio/mpeg"})),
    (4, b"ftyp", frozenset({"video/mp4", "video/3gpp", "audio/mp4"})),
    (0, b"%PDF-", frozenset({"application/pdf"})),
)


def sniffed(content: bytes) -> frozenset[str]:
    """What these bytes may be, by how they begin; empty when they are nothing that is opened here."""
    for place, mark, types in _BEGINNINGS:
        if content[place : place + len(mark)] == mark:
            return types
    if len(content) > 1 and content[0] == 0xFF and content[1] & 0xE0 == 0xE0:
        # The frame sync of MPEG audio; two zero bits of the layer mean AAC in ADTS.
        return frozenset({"audio/mpeg" if content[1] & 0x06 else "audio/aac"})
    return frozenset({"text/plain"}) if _is_text(content) else frozenset()


def _is_text(content: bytes) -> bool:
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return all(character.isprintable() or character in "\r\n\t" for character in text)
