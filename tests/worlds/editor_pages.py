"""An editor at a browser, who knows no YAML: signed in, with what one does again and again on the pages."""

from playwright.sync_api import BrowserContext, Page, expect

from gateway.accounts.demonstration import PASSWORD, secret
from tests.browser.test_accounts import fresh_code
from tests.worlds.simulator_process import DESKTOP

UNCONFIRMED, CONFIRMED = "{sekasin.url}", "{riku.phone}"


class EditorPages:
    """An editor at a browser; nothing may complain in it, least of all the policy against foreign code."""

    def __init__(self, context: BrowserContext, url: str, login: str, language: str) -> None:
        self.complaints: list[str] = []
        self.page = page = context.new_page()
        self.url = url
        page.on("console", lambda message: self.complaints.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("dialog", lambda dialog: dialog.accept())
        page.goto(f"{url}/sign-in")
        page.get_by_label("Käyttäjätunnus").fill(login)
        page.get_by_label("Salasana").fill(PASSWORD)
        page.keyboard.press("Enter")
        page.get_by_label("Koodi puhelimesta").fill(fresh_code(secret(login), []))
        page.keyboard.press("Enter")
        expect(page).to_have_url(f"{url}/content")
        page.wait_for_load_state()  # only then does the choice of a language listen
        page.locator("#frame-language").select_option(language)
        expect(page.locator("html")).to_have_attribute("lang", language)

    def go(self, path: str) -> Page:
        self.page.set_viewport_size(DESKTOP)  # type: ignore[arg-type]
        self.page.goto(f"{self.url}{path}")
        return self.page


def pick(page: Page, language: str, placeholder: str) -> None:
    """Put a contact into an answer, as an editor does: from the list."""
    page.locator(f"#pick-{language}").select_option(placeholder)
    page.locator(f"[data-insert={language}]").click()


def write(page: Page, texts: dict[str, str]) -> None:
    page.wait_for_load_state()  # a field with facts is exchanged by the page's script
    for place, text in texts.items():
        page.locator(f"#{place}").fill(text)


def wait_for_job(page: Page, state: str, seconds: float = 240) -> None:
    """The page follows the job by itself."""
    expect(page.locator(".job > .row .badge").first).to_have_text(state, timeout=seconds * 1000)
