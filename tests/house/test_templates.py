"""Rules that every template keeps: nothing inline, every drawing there, no import without use, tokens in forms."""

import re
from pathlib import Path

import pytest
from jinja2 import Environment, nodes

ROOT = Path(__file__).parent.parent.parent
TEMPLATES = ROOT / "app" / "templates"
FILES = sorted(TEMPLATES.rglob("*.html"))
LONGEST = 120
SPRITE = set(re.findall(r'id="i-([a-z0-9-]+)"', (ROOT / "app" / "static" / "vendor" / "icons.svg").read_text()))
STYLED = {
    name
    for sheet in (ROOT / "app" / "static" / "css").glob("*.css")
    for name in re.findall(r"\.([a-zA-Z][\w-]*)", sheet.read_text())
}
JINJA = Environment(autoescape=True, extensions=["jinja2.ext.i18n", "jinja2.ext.do"])

each_template = pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(TEMPLATES)))


def bare(file: Path) -> str:
    """The template without its comments."""
    return re.sub(r"\{#.*?#\}", "", file.read_text(), flags=re.DOTALL)


@each_template
def test_nothing_is_inline(file: Path) -> None:
    text = bare(file)

    assert not re.search(r"\sstyle\s*=", text), "a style attribute"
    assert "<style" not in text
    assert not re.search(r"<script(?![^>]*\ssrc=)", text), "a script without a file"
    assert not re.search(r"<[^>]*\son[a-z]+\s*=", text), "an event handler"
    assert not re.search(r"hx-on|hx-vals=['\"]js:|hx-vars|javascript:(?!alert)", text), "a script in an attribute"


@each_template
def test_foreign_text_is_never_called_safe(file: Path) -> None:
    text = bare(file)

    assert not re.search(r"\|\s*safe\b", text)
    assert "autoescape false" not in text


@each_template
def test_every_drawing_is_in_the_sprite(file: Path) -> None:
    named = set(re.findall(r"\bicon\(['\"]([a-z0-9-]+)['\"]", bare(file)))

    assert named <= SPRITE


@each_template
def test_every_imported_macro_is_used(file: Path) -> None:
    tree = JINJA.parse(file.read_text())
    imported: set[str] = set()
    for found in tree.find_all(nodes.FromImport):
        imported |= {name if isinstance(name, str) else name[1] for name in found.names}
    imported |= {found.target for found in tree.find_all(nodes.Import)}
    used = {name.name for name in tree.find_all(nodes.Name) if name.ctx == "load"}

    assert imported <= used


@each_template
def test_a_template_is_short(file: Path) -> None:
    assert len(file.read_text().splitlines()) <= LONGEST


@each_template
def test_every_form_that_changes_something_carries_its_token(file: Path) -> None:
    text = bare(file)

    for form in re.findall(r"<form[^>]*method=\"post\".*?</form>", text, flags=re.DOTALL | re.IGNORECASE):
        assert re.search(r"csrf", form), form[:120]


@pytest.mark.parametrize("file", sorted((TEMPLATES / "components").glob("*.html")), ids=lambda file: file.name)
def test_components_say_what_they_take(file: Path) -> None:
    assert file.read_text().startswith("{#-")


@each_template
def test_every_class_is_in_a_stylesheet(file: Path) -> None:
    fixed = re.sub(r"\{\{.*?\}\}|\{%.*?%\}", "\x00", bare(file), flags=re.DOTALL)
    words = {word for value in re.findall(r'class="([^"]*)"', fixed) for word in value.split()}
    named = {word for word in words if re.fullmatch(r"[a-z][\w-]*", word)}

    assert named <= STYLED | {"no-js"}


def test_every_component_is_on_the_styleguide() -> None:
    shown = "".join(bare(file) for file in TEMPLATES.glob("web/*guide*.html")) + bare(TEMPLATES / "base.html")
    components = {file.name for file in (TEMPLATES / "components").glob("*.html")}

    assert {name for name in components if f"components/{name}" not in shown} == set()


def test_icons_named_in_code_are_in_the_sprite() -> None:
    from app.web.navigation import ENTRIES

    assert {entry.icon for entry in ENTRIES.values()} <= SPRITE
