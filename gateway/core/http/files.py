"""HTTP: a file as an answer, which no browser keeps, runs, or takes for another type than it is."""

from urllib.parse import quote

from fastapi import Response


def file_answer(content: bytes, media_type: str, name: str, *, shown: bool) -> Response:
    """The file; `shown` in the page where its type is one that only shows, else saved under its name."""
    how = "inline" if shown else "attachment"
    return Response(
        content,
        media_type=media_type,
        headers={
            "content-disposition": f"{how}; filename*=UTF-8''{quote(name, safe='')}",
            "content-security-policy": "default-src 'none'; sandbox",
            "x-content-type-options": "nosniff",
            "cache-control": "no-store",
        },
    )
