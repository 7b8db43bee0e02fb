"""What the page of faults says is so: each test it names is there, and what it quotes stands on a page and in a test."""

import ast
import re
from functools import lru_cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "what-can-go-wrong.md").read_text()
NAMED = sorted(set(re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", PAGE)))
QUOTED = sorted(
    {part.strip(" …") for quote in re.findall(r"“([^”]+)”", PAGE) for part in quote.split("…")} - {"", "quotes"}
)
FAULTS = re.split(r"^### ", PAGE, flags=re.MULTILINE)[1:]


@lru_cache
def _functions(file: str) -> frozenset[str]:
    tree = ast.parse((ROOT / file).read_text())
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))


@lru_cache
def _words(folder: str) -> str:
    """All the words in a folder, with line breaks and the breaks of long strings taken out."""
    files = [*(ROOT / folder).rglob("*.py"), *(ROOT / folder).rglob("*.html")]
    text = "\n".join(file.read_text() for file in files if file != Path(__file__))
    return re.sub(r"\s+", " ", re.sub(r'"\s*\n\s*"', "", text))


@pytest.mark.parametrize("fault", FAULTS, ids=[fault.partition("\n")[0] for fault in FAULTS])
def test_every_fault_says_what_people_see_and_who_tries_it(fault: str) -> None:
    assert "**People see**" in fault
    assert "Tried by `tests/" in fault


@pytest.mark.parametrize(("file", "name"), NAMED)
def test_a_test_that_is_named_is_there(file: str, name: str) -> None:
    assert name in _functions(file)


@pytest.mark.parametrize("words", QUOTED)
def test_words_that_are_quoted_stand_on_a_page_and_are_asserted(words: str) -> None:
    assert words in _words("app")
    assert words in _words("tests")
