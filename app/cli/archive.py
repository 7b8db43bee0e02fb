"""One backup as one file: what the database held, and a manifest that says when, of which release, and its hash."""

import hashlib
import json
import os
import tomllib
import zipfile
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO, Final

ROOT: Final = Path(__file__).resolve().parents[2]
SUFFIX: Final = ".backup"
_MANIFEST = "manifest.json"
_CONTENT = "content"
_CHUNK = 1 << 20
_NAME_TIME = "%Y%m%dT%H%M%SZ"


class Broken(Exception):
    """This is no whole backup; the message says why, in one line."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup says of itself. ``database`` is sqlite or postgresql; ``sha256`` is of the content, in hex."""

    release: str
    revision: str
    taken_at: datetime
    database: str
    sha256: str = ""


def release() -> str:
    """Return the release of this checkout."""
    told = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    return str(told["project"]["version"])


def name_of(taken_at: datetime) -> str:
    """Return the file name of a backup."""
    return f"ovation-{taken_at.strftime(_NAME_TIME)}{SUFFIX}"


def pack(content: Path, manifest: Manifest, folder: Path) -> Path:
    """Write the backup into ``folder``, whole or not at all, readable by its owner alone; return its path."""
    target = folder / name_of(manifest.taken_at)
    unfinished = target.with_suffix(".part")
    with _private(unfinished) as file:
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
            with content.open("rb") as source, archive.open(_CONTENT, "w", force_zip64=True) as kept:
                digest = _copy(source, kept)
            told = asdict(manifest) | {"taken_at": manifest.taken_at.isoformat(), "sha256": digest}
            archive.writestr(_MANIFEST, json.dumps(told, indent=2))
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(target)
    return target


def read_manifest(backup: Path) -> Manifest:
    """Return what a backup says of itself.

    Raises:
        Broken: it is no backup of ours, or not all of one.
    """
    try:
        with zipfile.ZipFile(backup) as archive:
            told = json.loads(archive.read(_MANIFEST))
        return Manifest(**{**told, "taken_at": datetime.fromisoformat(told["taken_at"])})
    except FileNotFoundError as error:
        raise Broken(f"There is no file {backup}.") from error
    except (zipfile.BadZipFile, KeyError, TypeError, ValueError, OSError) as error:
        raise Broken(f"{backup} is no backup of Ovation, or not all of one.") from error


def unpack(backup: Path, target: Path) -> None:
    """Write a backup's content to ``target``.

    Raises:
        Broken: it is not what was written when the backup was taken.
    """
    wanted = read_manifest(backup).sha256
    try:
        with zipfile.ZipFile(backup) as archive, archive.open(_CONTENT) as kept, _private(target) as file:
            found = _copy(kept, file)
    except (zipfile.BadZipFile, KeyError, EOFError, OSError, ValueError) as error:
        raise Broken(f"{backup} is damaged and cannot be read to its end.") from error
    if found != wanted:
        raise Broken(f"{backup} does not hold what was backed up: its hash differs. Nothing was changed.")


def rotate(folder: Path, *, keep: timedelta, at: datetime) -> list[Path]:
    """Delete the backups in ``folder`` that are older than ``keep``, by the time in their names; return them."""
    last = name_of(at - keep)
    old = sorted(path for path in folder.glob(f"ovation-*{SUFFIX}") if path.name < last)
    for path in old:
        path.unlink()
    return old


def _copy(source: IO[bytes], target: IO[bytes]) -> str:
    digest = hashlib.sha256()
    while chunk := source.read(_CHUNK):
        digest.update(chunk)
        target.write(chunk)
    return digest.hexdigest()


def _private(path: Path) -> IO[bytes]:
    """Open a file anew that only its owner can read."""
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb")
