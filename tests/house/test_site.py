"""Checks of the site of the documentation: every page is laid out, in the menu, and with what it links to."""

import re
import subprocess
from pathlib import Path

import pytest

from supply.site import FRONT, lay_out, linked, sources

PROJECT = Path(__file__).parents[2]
MKDOCS = PROJECT / ".venv" / "docs" / "bin" / "mkdocs"


def test_every_page_and_all_that_it_links_to_is_laid_out_as_in_the_repository(tmp_path: Path) -> None:
    count = lay_out(tmp_path)
    pages = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.md")}
    missing = [
        f"{page.relative_to(tmp_path)}: {link}"
        for page in tmp_path.rglob("*.md")
        for link in linked(page)
        if not link.exists()
    ]

    assert count == len(sources()) == len(pages) - 1  # the list of decisions is made
    assert pages > {*FRONT, "docs/architecture.md", "docs/decisions/README.md"}
    assert missing == []


def test_every_picture_is_laid_out_that_some_reader_is_shown(tmp_path: Path) -> None:
    lay_out(tmp_path)
    shown = {
        page.parent / each.split()[0]
        for page in tmp_path.rglob("*.md")
        for addresses in re.findall(r'\b(?:src|srcset)="([^"]+)"', page.read_text("utf-8"))
        for each in addresses.split(",")
    }

    # Whoever prefers less motion is shown the second in place of the first.
    assert {tmp_path / "docs" / "pictures" / name for name in ("talk.gif", "phone.png")} <= shown
    assert [picture for picture in shown if not picture.is_file()] == []


def test_a_picture_in_several_sizes_is_several_files(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text('<img alt="a phone" src="one.png" srcset="one.png 1x, two.png 2x">', "utf-8")

    assert linked(page) == {tmp_path / "one.png", tmp_path / "two.png"}


def test_a_list_right_below_a_paragraph_is_laid_out_as_one(tmp_path: Path) -> None:
    lay_out(tmp_path)
    laid = (tmp_path / "CONTRIBUTING.md").read_text("utf-8")

    assert re.search(r"^\*\*A page\*\*\n\n1\. .+(\n   .+)*\n2\. ", laid, re.MULTILINE), (
        "within it nothing is torn apart"
    )


def test_the_list_of_decisions_names_each_by_its_heading(tmp_path: Path) -> None:
    lay_out(tmp_path)
    listed = (tmp_path / "docs" / "decisions" / "README.md").read_text("utf-8")

    assert "- [0027 The licence is the EUPL 1.2](0027-licence.md)" in listed
    assert len(re.findall(r"^- \[", listed, re.MULTILINE)) == len(list((PROJECT / "docs" / "decisions").glob("0*.md")))


def test_the_menu_has_every_page_but_single_decisions() -> None:
    menu = set(re.findall(r": (\S+\.md)$", (PROJECT / "mkdocs.yml").read_text("utf-8").partition("nav:\n  -")[2], re.M))
    menu.add("README.md")
    pages = {path.relative_to(PROJECT).as_posix() for path in sources()}

    assert menu - {"docs/decisions/README.md"} == {each for each in pages if not each.startswith("docs/decisions/")}


def test_the_site_is_built_without_one_warning(tmp_path: Path) -> None:
    if not MKDOCS.exists():
        pytest.skip("The site's packages are not installed here (make docs), so it was not built.")
    lay_out()
    built = subprocess.run(
        [MKDOCS, "build", "--strict", "--site-dir", tmp_path / "site"], cwd=PROJECT, capture_output=True, text=True
    )

    assert built.returncode == 0, built.stderr
    index = (tmp_path / "site" / "index.html").read_text("utf-8")
    fetched = re.findall(r'<(?:script|img|link rel="stylesheet")[^>]*(?:src|href)="([^"]+)"', index)
    steps = (tmp_path / "site" / "CONTRIBUTING" / "index.html").read_text("utf-8")
    channel = steps.partition("<strong>A channel</strong>")[2].partition("<strong>A page</strong>")[0]

    assert channel.count("<li>") == 9, "a list right below a paragraph is one on the forge, too"
    assert len(fetched) >= 3
    assert [address for address in fetched if "//" in address] == []
