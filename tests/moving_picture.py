"""Makes the README's moving picture: `python -m tests.moving_picture` writes docs/pictures/talk.gif anew.

A talk on the simulator's phone with the whole service behind it: Rasa, gateway and the trained model are real.
"""

import io
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, ViewportSize, sync_playwright

from gateway.core.config.settings import PROJECT
from tests.worlds.services import CHROMIUM_FLAGS, need_chromium
from tests.worlds.stack import Stack

PICTURE = PROJECT / "docs" / "pictures" / "talk.gif"
LARGEST = 1024 * 1024
COLOURS = 48
SIZE = ViewportSize(width=375, height=720)
TYPING, READING = 0.15, 3.0  # seconds that a frame stands
TALK = ("moi", "mun instatili hakkeroitiin", "mitä se maksaa?", "jag vill prata med en polis")


@dataclass
class Film:
    """Frames of one page, each with the seconds that it stands."""

    frames: list[Image.Image] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)

    def take(self, page: Page, seconds: float) -> None:
        """One more frame; of two that are equal the first stands longer."""
        frame = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
        if self.frames and self.frames[-1].tobytes() == frame.tobytes():
            self.seconds[-1] += seconds
            return
        self.frames.append(frame)
        self.seconds.append(seconds)

    def write(self, path: Path) -> None:
        """As a GIF that repeats, with the colours of the last frame; raises `ValueError` when it is too large."""
        palette = self.frames[-1].quantize(COLOURS)
        first, *others = [frame.quantize(palette=palette, dither=Image.Dither.NONE) for frame in self.frames]
        times = [round(1000 * each) for each in self.seconds]
        first.save(path, save_all=True, append_images=others, duration=times, loop=0, optimize=True)
        if (size := path.stat().st_size) > LARGEST:
            raise ValueError(f"The picture has {size} bytes; {LARGEST} are allowed. Fewer words or frames help.")


def converse(page: Page, film: Film, words: str) -> None:
    """Write as a person does, and wait for the answer."""
    answers = page.locator(".row.service")
    before = answers.count()
    field_of_text = page.get_by_role("textbox")
    for end in range(4, len(words) + 4, 4):
        field_of_text.fill(words[:end])
        film.take(page, TYPING)
    field_of_text.press("Enter")
    answers.nth(before).wait_for(timeout=60_000)
    page.wait_for_timeout(1000)  # the bubbles fade in, and the ticks turn
    film.take(page, READING)


def main() -> None:
    """Start the service, talk, write the picture."""
    film = Film()
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=need_chromium(), args=CHROMIUM_FLAGS)
        service = Stack(Path(folder))
        service.start()
        try:
            page = browser.new_page(viewport=SIZE, locale="fi-FI", timezone_id="Europe/Helsinki")
            page.goto(f"{service.url}/simulator/?language=fi")
            for words in TALK:
                converse(page, film, words)
        finally:
            service.stop()
        browser.close()
    film.write(PICTURE)
    print(
        f"Written: {PICTURE.relative_to(PROJECT)}, {len(film.frames)} frames, {PICTURE.stat().st_size / 1024:.0f} KiB"
    )


if __name__ == "__main__":
    main()
