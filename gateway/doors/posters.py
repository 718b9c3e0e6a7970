"""Under doors: the poster, one drawing for every size of paper; its words are in `templates/doors/words.yml`."""

from typing import Any

from gateway.doors.links import Links
from gateway.doors.pictures import Size, squares
from gateway.pages import templates
from gateway.staff_pages import words_of

# The drawing is made for A6; larger papers of the same shape show it larger. Millimetres there.
_WIDTH = 105
# The address is as long as it is: its letters get smaller where the line would not fit.
_LINE, _LARGEST, _LETTER = 92, 3.8, 0.56


def poster(links: Links, platform: str, language: str, size: Size) -> str:
    """The poster as SVG in millimetres, without anything that must be fetched."""
    words = words_of("doors")[language]["on_poster"]
    link = links.link(platform, language)
    context: dict[str, Any] = {
        "words": words,
        "language": language,
        "scan": words["scan"][platform],
        "short": links.short(),
        "short_size": round(min(_LARGEST, _LINE / (_LETTER * len(f"{words['without_camera']} {links.short()}"))), 2),
        "code": squares(link),
        "size": size,
        "height": round(_WIDTH * size.height / size.width, 2),
    }
    return templates.get_template("doors/poster.xml").render(context)
