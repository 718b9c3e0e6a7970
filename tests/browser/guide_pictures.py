"""Draws the pictures of the editors' guide anew: `python -m tests.browser.guide_pictures` (half a minute)."""

import io
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import expect, sync_playwright

from gateway.core.config.settings import PROJECT
from tests.browser.test_content_pages import Workshop
from tests.worlds.editor_pages import EditorPages, wait_for_job
from tests.worlds.services import CHROMIUM_FLAGS, need_chromium

_PAGES = {
    "topic": "/content/topics/parcel_sms",
    "new": "/content/new-topic",
    "inbox": "/content/inbox",
    "publishing": "/content/publishing",
}
_SIZE = {"width": 1280, "height": 900}
_LONG = {"width": 1536, "height": 1080}
# Where a picture begins when its page is longer: so the bubble is in it, and the published versions.
_BEGIN = {"topic": ".columns", "publishing": "h1"}


def main() -> None:
    """Four pages in three languages, at half their size."""
    folder = PROJECT / "gateway" / "static" / "content" / "guide"
    folder.mkdir(parents=True, exist_ok=True)
    workshop = Workshop(Path(tempfile.mkdtemp()))
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=need_chromium(), args=CHROMIUM_FLAGS)
            context = browser.new_context(viewport=_SIZE, locale="fi-FI")  # type: ignore[arg-type]
            editor = EditorPages(context, workshop.url, "eetu", "fi")
            page = editor.go("/content/topics/parcel_sms")
            title = page.locator("#title-sv")
            title.fill("Falskt paket")
            page.get_by_role("button", name="Tallenna").click()
            editor.go("/content/publishing")
            page.get_by_role("button", name="Tarkista").click()
            wait_for_job(page, "valmis")
            for language in ("fi", "sv", "en"):
                page.locator("#frame-language").select_option(language)
                expect(page.locator("html")).to_have_attribute("lang", language)
                for name, path in _PAGES.items():
                    editor.go(path)
                    page.set_viewport_size(_LONG if name == "publishing" else _SIZE)  # type: ignore[arg-type]
                    if name in _BEGIN:
                        page.locator(_BEGIN[name]).evaluate("each => each.scrollIntoView()")
                    picture = Image.open(io.BytesIO(page.screenshot())).resize((960, 675), Image.Resampling.LANCZOS)
                    picture.quantize(96).save(folder / f"{name}-{language}.png", optimize=True)
            browser.close()
    finally:
        workshop.process.terminate()


if __name__ == "__main__":
    main()
