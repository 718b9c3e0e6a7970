"""The documentation as a site: lays its pages out as they lie in the repository, with what they link to, for MkDocs.

`python -m supply.site` makes build/pages anew; `make docs` then builds build/site from it. MkDocs takes one folder, and
our pages stand at the root and in docs/ and show pictures of other folders; laid out alike, every link holds.
"""

import re
import shutil
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1]
PAGES = PROJECT / "build" / "pages"
FRONT = ("README.md", "CONTRIBUTING.md", "SECURITY.md", "CODE_OF_CONDUCT.md", "CHANGELOG.md")
_LINK = re.compile(r"\]\(([^)#\s]+)(#[^)\s]*)?\)")
_PICTURES = re.compile(r"<(?:img|source)\b[^>]*>")
_ADDRESSES = re.compile(r'\b(?:src|srcset)="([^"]+)"')  # a srcset has several, each before its width
_ITEM = re.compile(r"[-*] |1\. ")  # what begins a list on the forge, though a paragraph stands right above it
_CODE = re.compile(r"```.*?```", re.DOTALL)


def sources() -> list[Path]:
    """Every page of the site, in the repository."""
    return [*(PROJECT / name for name in FRONT), *sorted((PROJECT / "docs").rglob("*.md"))]


def linked(page: Path) -> set[Path]:
    """The files and folders of the repository that a page links to or shows."""
    text = _CODE.sub("", page.read_text("utf-8"))
    pictures = [each for tag in _PICTURES.findall(text) for each in _ADDRESSES.findall(tag)]
    targets = [link for link, _ in _LINK.findall(text)]
    targets += [each.split()[0] for addresses in pictures for each in addresses.split(",")]
    return {(page.parent / target).resolve() for target in targets if not re.match(r"[a-z]+:", target)}


def lay_out(into: Path = PAGES) -> int:
    """Make the folder anew; returns how many pages it has."""
    shutil.rmtree(into, ignore_errors=True)
    pages = sources()
    for path in {*pages, *(target for page in pages for target in linked(page) if target.is_file())}:
        target = into / _name(path.relative_to(PROJECT))
        target.parent.mkdir(parents=True, exist_ok=True)
        if path in pages:
            target.write_text(_text(path), "utf-8")
        else:
            shutil.copyfile(path, target)
    _list_of(into / "docs" / "decisions", "Decisions")
    return len(pages)


def _name(path: Path) -> Path:
    # What begins with a dot, or would be a page of its own, is left out of a site.
    return path.with_name(path.name.removeprefix(".") + ".txt") if path.name.startswith(".") else path


def _text(page: Path) -> str:
    """The page, its lists and its links to folders and to files with a dot as the site has them."""

    def of_site(match: re.Match[str]) -> str:
        link, anchor = match.groups()
        if re.match(r"[a-z]+:", link):
            return match.group()
        target = page.parent / link
        name = f"{link.rstrip('/')}/README.md" if target.is_dir() else str(_name(Path(link)))
        return f"]({name}{anchor or ''})"

    return _with_lists(_LINK.sub(of_site, page.read_text("utf-8")))


def _with_lists(text: str) -> str:
    """The text with an empty line before each list, without which MkDocs would go on with the paragraph above it."""
    lines: list[str] = []
    in_code = in_list = False
    for line in text.splitlines():
        in_code ^= line.startswith("```")
        if not in_code and _ITEM.match(line):
            if not in_list and lines and lines[-1]:
                lines.append("")
            in_list = True
        in_list = in_list and bool(line)
        lines.append(line)
    return "\n".join(lines) + "\n"


def _list_of(folder: Path, title: str) -> None:
    rows = []
    for page in sorted(folder.glob("[0-9]*.md")):
        heading = page.read_text("utf-8").splitlines()[0].removeprefix("# ")
        rows.append(f"- [{heading}]({page.name})")
    text = f"# {title}\n\nWhy it is so, in the order in which it was decided.\n\n" + "\n".join(rows) + "\n"
    (folder / "README.md").write_text(text, "utf-8")


if __name__ == "__main__":
    print(f"Laid out: {lay_out()} pages in {PAGES.relative_to(PROJECT)}")
