"""Make ``.venv`` and install a requirements file into it; run by the system's Python, so only its own library is used.

``python3 local/install.py requirements.txt``. Nothing is done while the file, the Python and the folder are the same.
"""

from __future__ import annotations  # an older Python must get as far as being told that it is too old

import contextlib
import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

OLDEST, NEWEST = (3, 11), (3, 13)
ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"


class CannotInstall(Exception):
    """What is missing, and the line that brings it."""


def main(requirements: str) -> int:
    """Bring ``.venv`` up to the requirements file; return the exit code."""
    if not OLDEST <= sys.version_info[:2] <= NEWEST:
        found = ".".join(str(part) for part in sys.version_info[:2])
        print(f"Ovation needs Python 3.11 to 3.13, and python3 is {found}: apt-get install -y python3 python3-venv")
        return 1
    wanted = ROOT / requirements
    stamp = VENV / f".installed-{wanted.stem}"
    with (ROOT / "pyproject.toml").open("rb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        packages = hashlib.sha256(wanted.read_bytes()).hexdigest()
        if _says(stamp, f"{packages} {_place()}"):
            return 0
        try:
            if not _says(VENV / ".made", _place()):
                _make_venv()
            _install(wanted)
        except CannotInstall as error:
            print(error)
            return 1
        stamp.write_text(f"{packages} {_place()}")
    return 0


def _place() -> str:
    """Return what a virtual environment does not survive the change of: its folder and its Python."""
    return f"{VENV} {PYTHON.resolve()}"


def _says(file: Path, text: str) -> bool:
    return file.is_file() and file.read_text() == text


def _make_venv() -> None:
    """Make the virtual environment, in place of one that no longer works.

    Raises:
        CannotInstall: Debian's Python lacks its venv package.
    """
    try:
        import ensurepip  # noqa: F401, PLC0415 - Debian leaves it out of python3 and ships it in python3-venv
        import venv  # noqa: PLC0415
    except ImportError:
        raise CannotInstall("Python's venv module is missing: apt-get install -y python3-venv") from None
    print("Making .venv ...", flush=True)
    with contextlib.suppress(FileNotFoundError):
        shutil.rmtree(VENV)
    venv.create(VENV, with_pip=True, symlinks=True)
    (VENV / ".made").write_text(_place())


def _install(requirements: Path) -> None:
    """Install by uv, on PATH or fetched into ``.venv``; by pip where uv cannot be had or finds no index.

    Raises:
        CannotInstall: neither managed; their own words are on the screen.
    """
    print(f"Installing {requirements.name} ...", flush=True)
    wanted = ["--require-hashes", "-r", str(requirements)]
    uv = _uv()
    if uv and _runs([uv, "pip", "install", "--quiet", "--python", str(PYTHON), *wanted]):
        return
    if not _runs([str(PYTHON), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *wanted]):
        raise CannotInstall("The packages could not be installed; see above. Is there a way to a package index?")


def _uv() -> str | None:
    on_path = shutil.which("uv")
    # A version manager's shim may be on PATH and know no uv.
    if on_path and _runs([on_path, "--version"], quiet=True):
        return on_path
    own = VENV / "bin" / "uv"
    if not own.exists():
        _runs([str(PYTHON), "-m", "pip", "install", "-qq", "--disable-pip-version-check", "uv>=0.13"])
    return str(own) if own.exists() else None


def _runs(command: list[str], *, quiet: bool = False) -> bool:
    output = subprocess.DEVNULL if quiet else None
    environment = {name: value for name, value in os.environ.items() if name not in {"VIRTUAL_ENV", "PYTHONHOME"}}
    done = subprocess.run(command, cwd=ROOT, env=environment, stdout=output, stderr=output, check=False)  # noqa: S603
    return done.returncode == 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
