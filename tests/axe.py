"""Accessibility by machine: axe-core, run inside the page that a browser shows."""

from pathlib import Path
from typing import Any, Literal

from playwright.sync_api import Page

AXE = Path(__file__).parent / "vendor" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
WIDE, PHONE, NARROW = (1440, 900), (390, 844), (320, 800)
THEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
_RUN = """async (tags) => {
  const { violations } = await axe.run(document, { runOnly: { type: 'tag', values: tags }, resultTypes: ['violations'] });
  return violations.map((each) => ({ id: each.id, help: each.help,
    nodes: each.nodes.map((node) => `${node.target.join(' ')} ${node.failureSummary}`) }));
}"""


def violations(page: Page) -> list[str]:
    """Return what axe finds wrong with the page as it stands: one line for each element, nothing when all is well."""
    # Evaluated, not put in as a script element: the page's own policy forbids those, and stays in force.
    page.evaluate(AXE.read_text() + "; window.axe = axe;")
    found: list[dict[str, Any]] = page.evaluate(_RUN, RULES)
    return [f"{each['id']}: {each['help']}: {node}" for each in found for node in each["nodes"]]


def overflow(page: Page) -> list[str]:
    """Return the elements that make the page scroll sideways, outermost first; nothing when it does not."""
    found: list[str] = page.evaluate("""() => {
      const edge = document.documentElement.clientWidth;
      if (document.documentElement.scrollWidth <= edge) return [];
      return [...document.body.querySelectorAll('*')]
        .filter((el) => el.getBoundingClientRect().right > edge + 1)
        .map((el) => `${el.tagName.toLowerCase()}#${el.id}.${el.className} to ${Math.round(el.getBoundingClientRect().right)}`);
    }""")
    return found


def faults(page: Page, address: str) -> list[str]:
    """Open a page with all it folds away; return what is wrong wide and narrow, in both themes, and what 320 px cannot hold."""
    page.goto(address)
    page.evaluate("document.querySelectorAll('main details').forEach((each) => { each.open = true })")
    found = []
    for width, height in WIDE, PHONE:
        page.set_viewport_size({"width": width, "height": height})
        for theme in THEMES:
            page.emulate_media(color_scheme=theme)
            found += [f"{address} {width} px, {theme}: {each}" for each in violations(page)]
    page.set_viewport_size({"width": NARROW[0], "height": NARROW[1]})
    return found + [f"{address} at {NARROW[0]} px: {each}" for each in overflow(page)]
