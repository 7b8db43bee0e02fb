"""Accessibility by machine: axe-core, run inside the page that a browser shows."""

from pathlib import Path
from typing import Any

from playwright.sync_api import Page

AXE = Path(__file__).parent / "vendor" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
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
