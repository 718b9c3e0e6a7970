"""Attachments of a reply: a picture, a PDF or a place that an officer sends; what each says in words."""

import uuid
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field


class AttachmentKind(StrEnum):
    """What may go along with an officer's reply."""

    PICTURE = "picture"
    DOCUMENT = "document"
    PLACE = "place"


class FileType(StrEnum):
    """The types of file that officers may send, by their names on the web."""

    JPEG = "image/jpeg"
    PNG = "image/png"
    PDF = "application/pdf"


class AttachedFile(BaseModel):
    """A picture or PDF: its bytes are a row of `outbox_file`, and are put in here for the request that sends them."""

    model_config = ConfigDict(frozen=True)

    id: uuid.UUID = Field(default_factory=uuid.uuid4)
    media_type: FileType
    name: str
    size: int  # bytes
    content: bytes = Field(default=b"", exclude=True, repr=False)

    @property
    def kind(self) -> AttachmentKind:
        """What it is to whoever receives it."""
        return AttachmentKind.DOCUMENT if self.media_type == FileType.PDF else AttachmentKind.PICTURE


class Place(BaseModel):
    """A point on the map in degrees (WGS 84), with a name and an address where somebody gave them."""

    model_config = ConfigDict(frozen=True)

    latitude: float = Field(ge=-90, le=90)
    longitude: float = Field(ge=-180, le=180)
    name: str = ""
    address: str = ""

    @property
    def coordinates(self) -> str:
        """Latitude and longitude as the search of any map takes them."""
        return f"{self.latitude:.6f}, {self.longitude:.6f}"

    @property
    def words(self) -> str:
        """The place as a text, for who gets no map."""
        return "\n".join(filter(None, (self.name, self.address, self.coordinates)))
