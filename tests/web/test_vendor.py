"""The files of others are exactly the ones that were looked at."""

import hashlib
import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
HOMES = [ROOT / "app" / "static" / "vendor", ROOT / "tests" / "vendor"]
STATIC = ROOT / "app" / "static"


@pytest.mark.parametrize("home", HOMES, ids=["served", "tests"])
def test_every_vendored_file_has_its_checksum(home: Path) -> None:
    manifest = json.loads((home / "manifest.json").read_text())
    listed = {entry["file"]: entry["sha256"] for entry in manifest}

    there = {
        str(file.relative_to(home)): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in home.rglob("*")
        if file.is_file() and file.name != "manifest.json"
    }

    assert there == listed


def test_htmx_is_of_the_second_line() -> None:
    manifest = json.loads((HOMES[0] / "manifest.json").read_text())

    assert any(entry["package"].startswith("htmx.org@2.0.") for entry in manifest)


def test_there_is_a_class_for_every_share_and_hue() -> None:
    sheet = (STATIC / "css" / "steps.css").read_text()

    assert set(map(int, re.findall(r"\.p-(\d+) ", sheet))) == set(range(101))
    assert set(map(int, re.findall(r"\.h-(\d+) ", sheet))) == set(range(0, 360, 10))


def test_our_scripts_and_styles_load_nothing_from_elsewhere() -> None:
    for file in [*STATIC.glob("js/*.js"), *STATIC.glob("css/*.css")]:
        text = file.read_text()

        assert "//cdn" not in text, file
        assert not re.search(r"\beval\(|new Function|innerHTML|insertAdjacentHTML|document\.write", text), file
        assert not re.search(r"url\([\"']?https?:", text), file
