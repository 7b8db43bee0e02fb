"""Fetch the pinned browser files with npm, rebuild the icon sprite and write the manifest.

Run by hand when a version changes: ``python tools/refresh_vendor.py``. Nobody needs npm to run or test the project:
the files it leaves are committed, and a test compares them with the manifest.
"""

import hashlib
import json
import re
import subprocess
import tarfile
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENDOR = ROOT / "app" / "static" / "vendor"
TEST_VENDOR = ROOT / "tests" / "vendor"

# Package and exact version: file in the package to file in the vendor folder.
PACKAGES: dict[str, dict[str, str]] = {
    "htmx.org@2.0.11": {"dist/htmx.min.js": "htmx.min.js", "LICENSE": "htmx-LICENSE.txt"},
    "idiomorph@0.8.0": {"dist/idiomorph-ext.min.js": "idiomorph-ext.min.js", "LICENSE": "idiomorph-LICENSE.txt"},
    "@fontsource-variable/inter@5.3.0": {
        "files/inter-latin-wght-normal.woff2": "fonts/inter-latin-wght-normal.woff2",
        "LICENSE": "fonts/inter-OFL.txt",
    },
    "@fontsource-variable/bricolage-grotesque@5.3.0": {
        "files/bricolage-grotesque-latin-wght-normal.woff2": "fonts/bricolage-grotesque-latin-wght-normal.woff2",
        "LICENSE": "fonts/bricolage-OFL.txt",
    },
}
TEST_PACKAGES: dict[str, dict[str, str]] = {
    "axe-core@4.14.1": {"axe.min.js": "axe.min.js", "LICENSE": "axe-LICENSE.txt"},
}
ICON_PACKAGE = "@tabler/icons@3.51.0"
# One name of a Tabler outline icon a line; a template that asks for another one fails its test.
ICONS = (ROOT / "tools" / "icons.txt").read_text().split()


def unpacked(package: str, folder: Path) -> Path:
    """Download one package with npm and return the folder its files lie in."""
    target = folder / re.sub(r"\W+", "-", package)
    target.mkdir()
    command = ["npm", "pack", "--silent", package]
    done = subprocess.run(command, cwd=target, check=True, capture_output=True, text=True)  # noqa: S603 -- fixed names
    with tarfile.open(target / done.stdout.split()[-1]) as archive:
        archive.extractall(target, filter="data")
    return target / "package"


def symbol(name: str, source: str) -> str:
    """One icon as a symbol of the sprite; colour and stroke come from the stylesheet."""
    found = re.search(r"<svg[^>]*>(.*)</svg>", source, re.DOTALL)
    if found is None:
        raise ValueError(f"{name} is not an svg")
    inner = re.sub(r"<!--.*?-->", "", found.group(1), flags=re.DOTALL)
    inner = inner.replace('<path stroke="none" d="M0 0h24v24H0z" fill="none" />', "")
    drawing = re.sub(r"[ \n]+", " ", inner).strip()
    return f'<symbol id="i-{name}" viewBox="0 0 24 24">{drawing}</symbol>'


def main() -> None:
    """Refresh everything and rewrite both manifests."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for home, packages in ((VENDOR, PACKAGES), (TEST_VENDOR, TEST_PACKAGES)):
            entries: list[dict[str, str]] = []
            for package, files in packages.items():
                source = unpacked(package, folder)
                for inside, outside in files.items():
                    write(home / outside, (source / inside).read_bytes())
                    entries.append(entry(home, outside, package))
            if home is VENDOR:
                entries += icons(unpacked(ICON_PACKAGE, folder))
            text = json.dumps(sorted(entries, key=lambda each: each["file"]), indent=2)
            write(home / "manifest.json", (text + "\n").encode())


def icons(source: Path) -> list[dict[str, str]]:
    """Write the sprite and its licence; return their manifest entries."""
    drawn = [symbol(name, (source / "icons" / "outline" / f"{name}.svg").read_text()) for name in ICONS]
    sprite = '<svg xmlns="http://www.w3.org/2000/svg">\n' + "\n".join(drawn) + "\n</svg>\n"
    write(VENDOR / "icons.svg", sprite.encode())
    write(VENDOR / "tabler-icons-LICENSE.txt", (source / "LICENSE").read_bytes())
    return [entry(VENDOR, name, ICON_PACKAGE) for name in ("icons.svg", "tabler-icons-LICENSE.txt")]


def entry(home: Path, name: str, package: str) -> dict[str, str]:
    """One line of a manifest."""
    return {"file": name, "package": package, "sha256": hashlib.sha256((home / name).read_bytes()).hexdigest()}


def write(path: Path, content: bytes) -> None:
    """Write a file, making its folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


if __name__ == "__main__":
    main()
