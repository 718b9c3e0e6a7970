"""What axe finds on a page of ours, judged as it stands when everything has arrived (WCAG 2.2 AA)."""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

OPTIONS = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}


def problems(page: Page) -> list[str]:
    """Each rule that is broken, with the element; empty when nothing is.

    What still fades in is half transparent, and to wait for its end leaves room for the next bubble. So the page is
    asked for no motion, as people ask for it, and stays so: then everything has the look it ends with.
    """
    page.emulate_media(reduced_motion="reduce")
    assert page.evaluate("document.getAnimations().length") == 0, "something moves for people who want no motion"
    violations = Axe().run(page, options=OPTIONS).response["violations"]
    return [f"{found['id']}: {node['html'][:160]}" for found in violations for node in found["nodes"]]


def faint(page: Page, within: str) -> list[str]:
    """Words inside `within` with less contrast than 4.5 to 1 against the nearest ground of one colour.

    For what axe leaves undecided: it will not judge words in front of a picture or beside a drawn corner.
    """
    found: list[str] = page.evaluate(_FAINT, within)
    return found


_FAINT = """(within) => {
  const parts = (colour) => colour.match(/[\\d.]+/g).map(Number);
  const light = (colour) => {
    const [red, green, blue] = parts(colour).map((part) => part / 255)
      .map((part) => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const ground = (element) => {
    const colour = getComputedStyle(element).backgroundColor;
    return (parts(colour)[3] ?? 1) === 1 || !element.parentElement ? colour : ground(element.parentElement);
  };
  const worded = (element) => [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
  return [...document.querySelectorAll(`${within} *`)].filter(worded).flatMap((element) => {
    const [less, more] = [light(getComputedStyle(element).color), light(ground(element))].sort((one, two) => one - two);
    const ratio = (more + 0.05) / (less + 0.05);
    return ratio < 4.5 ? [`${ratio.toFixed(2)}: ${element.outerHTML.slice(0, 120)}`] : [];
  });
}"""
