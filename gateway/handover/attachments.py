"""Handover, attachments: a picture, PDF or place that an officer sends, checked by content before anything is kept."""

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import ClassVar, Final

from gateway.channels.base import Channel
from gateway.conversations.attachments import AttachedFile, AttachmentKind, FileType, Place
from gateway.core.errors import NothingWritten
from gateway.handover import pdf, pictures

MEGABYTE = 1024 * 1024
# WhatsApp's own limit for pictures. It takes documents of 100 MB, which no phone of a child should have to load.
LARGEST: Final[Mapping[AttachmentKind, int]] = {
    AttachmentKind.PICTURE: 5 * MEGABYTE,
    AttachmentKind.DOCUMENT: 10 * MEGABYTE,
}
NAME_LENGTH, PLACE_LENGTH = 60, 120  # characters
_BEGINNINGS = {
    pictures.JPEG_START + b"\xff": FileType.JPEG,
    pictures.PNG_START: FileType.PNG,
    pdf.START: FileType.PDF,
}
_ENDINGS = {FileType.JPEG: "jpg", FileType.PNG: "png", FileType.PDF: "pdf"}
_NOT_IN_NAMES = re.compile(r"[^\w .()-]+")
_DEGREES = r"([-+]?\d{1,3}(?:[.,]\d{1,12})?)"
_COORDINATES = re.compile(rf"\s*{_DEGREES}(?:\s*[;,]\s*|\s+){_DEGREES}\s*")


class AttachmentRefused(NothingWritten):
    """A file or place that is not sent; the code says why."""

    texts: ClassVar[Mapping[str, str]] = {
        "file_empty": "The file is empty.",
        "file_type": "Only pictures (JPEG, PNG) and PDF files are sent, whatever their name says.",
        "file_too_large": "The file is too large: a picture has at most 5 MB, a PDF 10 MB.",
        "file_damaged": "The file is damaged, or has something behind its end.",
        "file_active": "The PDF is locked, or holds a script, a form or another file.",
        "file_not_here": "Pictures and files cannot be sent on this channel from here.",
        "place_unclear": "A place needs its coordinates, such as 60.1699, 24.9384.",
    }


@dataclass(frozen=True)
class Attached:
    """What goes along with a reply."""

    file: AttachedFile | None = None
    place: Place | None = None

    def __bool__(self) -> bool:
        return self.file is not None or self.place is not None

    @property
    def kinds(self) -> dict[str, bool]:
        """What it is, without any word of it: for the audit log."""
        of_file = {self.file.kind.value: True} if self.file is not None else {}
        return of_file | ({AttachmentKind.PLACE.value: True} if self.place is not None else {})


NOTHING = Attached()


async def checked_file(name: str, content: bytes) -> AttachedFile:
    """The file as it may go out: a picture without what it tells besides itself; raises `AttachmentRefused`."""
    return await asyncio.to_thread(_checked_file, name, content)


def _checked_file(name: str, content: bytes) -> AttachedFile:
    if not content:
        raise AttachmentRefused("file_empty")
    media_type = next((kind for begin, kind in _BEGINNINGS.items() if content.startswith(begin)), None)
    if media_type is None:
        raise AttachmentRefused("file_type")
    largest = LARGEST[AttachmentKind.DOCUMENT if media_type == FileType.PDF else AttachmentKind.PICTURE]
    if len(content) > largest:
        raise AttachmentRefused("file_too_large")
    try:
        if media_type == FileType.PDF:
            pdf.check(content)
        else:
            content = pictures.rewritten(content)
    except pdf.Active as error:
        raise AttachmentRefused("file_active") from error
    except (pdf.NotADocument, pictures.NotAPicture) as error:
        raise AttachmentRefused("file_damaged") from error
    return AttachedFile(
        media_type=media_type, name=_name(name, _ENDINGS[media_type]), size=len(content), content=content
    )


def _name(given: str, ending: str) -> str:
    """The name without its folders and without what no name needs, with the ending of what the file is."""
    stem = PurePosixPath(given.replace("\\", "/")).name.rpartition(".")[0]
    plain = " ".join(_NOT_IN_NAMES.sub(" ", stem).split()).strip(" .")[:NAME_LENGTH].strip(" .")
    return f"{plain or 'neuvo'}.{ending}"


def read_place(coordinates: str, name: str, address: str) -> Place | None:
    """The place that the fields of a form describe, or None where all are empty; raises `AttachmentRefused`."""
    if not (coordinates.strip() or name.strip() or address.strip()):
        return None
    found = _COORDINATES.fullmatch(coordinates)
    if found is None:
        raise AttachmentRefused("place_unclear")
    latitude, longitude = (float(each.replace(",", ".")) for each in found.groups())
    if abs(latitude) > 90 or abs(longitude) > 180:
        raise AttachmentRefused("place_unclear")
    words = (" ".join(each.split())[:PLACE_LENGTH] for each in (name, address))
    return Place(latitude=latitude, longitude=longitude, **dict(zip(("name", "address"), words, strict=True)))


def check_channel(channel: Channel, attached: Attached) -> None:
    """Raises `AttachmentRefused` for what this channel does not carry."""
    if attached.file is not None and attached.file.kind not in channel.attachments:
        raise AttachmentRefused("file_not_here")
