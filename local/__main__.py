"""``make run``: Ovation on this machine, with a made-up brand, its people and a small network of its own."""

import argparse
import http.client
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from honcho.environ import parse_procfile

from local import folder, processes, programs
from local.children import stop, tied_to_parent

WEB_PORT: Final = 8000
SANDBOX_PORT: Final = 8100
PATIENCE_SECONDS: Final = 60.0
#: The longest path a Unix socket may have, with a margin.
SOCKET_PATH: Final = 100


def main(arguments: list[str] | None = None) -> int:
    """Start everything, say where it is, and stay until Ctrl-C."""
    parser = argparse.ArgumentParser(prog="python -m local", description="Ovation on this machine.")
    parser.add_argument("--tied", action="store_true", help="end when the process that started this one ends")
    parser.add_argument("--aloud", action="store_true", help="show on the screen what every process says")
    asked = parser.parse_args(arguments)
    if asked.tied:
        tied_to_parent()()
    os.umask(0o077)
    try:
        with folder.taken():
            return _run(aloud=asked.aloud or bool(os.environ.get("ALOUD")))
    except folder.AlreadyRunning:
        print(f"Ovation already runs from this folder. Its log files are in {folder.LOGS}.")
        return 1
    except KeyboardInterrupt:
        print("\nStopped before it was up.")
        return 130


def _run(*, aloud: bool) -> int:
    commands = parse_procfile((folder.ROOT / "Procfile").read_text()).processes
    ports = {"web": folder.free_port(WEB_PORT), "sandbox": folder.free_port(SANDBOX_PORT)}
    environment = _environment(ports)
    with _redis(commands, environment):
        cast = _prepare(environment)
        if cast is None:
            return 1

        def open_doors() -> None:
            if _announce(ports, cast, keeper):
                _let_cast_answer(environment, keeper)

        def once_started() -> None:
            threading.Thread(target=open_doors, daemon=True).start()

        keeper = processes.Keeper(folder.LOGS, once_started=once_started, aloud=aloud)
        for name, command in commands.items():
            keeper.add_process(name, command, env=environment, cwd=str(folder.ROOT))
        keeper.loop()
    return _farewell(keeper)


def _environment(ports: Mapping[str, int]) -> dict[str, str]:
    """Return what every process is told; what the person set under the same name wins, but for the places."""
    web, sandbox = (f"http://127.0.0.1:{ports[name]}" for name in ("web", "sandbox"))
    return {
        "WEB_TMP": "/dev/shm" if os.access("/dev/shm", os.W_OK) else tempfile.gettempdir(),  # noqa: S108 - gunicorn's heartbeat
        "OVATION_FIRST_REPLIES": "0",  # whoever looks around alone need not approve all twice
        **os.environ,
        **folder.lasting_secrets(),
        "OVATION_MODE": "demo",
        "OVATION_BIND": f"127.0.0.1:{ports['web']}",
        "OVATION_BASE_URL": web,
        "OVATION_SANDBOX_URL": sandbox,
        "DATABASE_URL": f"sqlite:///{folder.VAR / 'ovation.db'}",
        "SANDBOX_PORT": str(ports["sandbox"]),
        "SANDBOX_FILE": str(folder.VAR / "sandbox.db"),
        "OVATION_LINK_HOSTS": "northwindkettles.example",
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
        "PYTHONUNBUFFERED": "1",
        "TZ": "UTC",
    }


@contextmanager
def _redis(commands: dict[str, str], environment: dict[str, str]) -> Iterator[None]:
    """Add a Redis of our own to the commands, unless one is named; without any, take out who would need it."""
    binary = programs.find_redis()
    if environment.get("REDIS_URL"):
        yield
    elif binary is None:
        print(
            "No Redis was found (REDIS_URL, redis-server, valkey-server): the clock does the workers' share, a little later."
        )
        for name in [name for name, command in commands.items() if " drain " in command]:
            del commands[name]
        yield
    else:
        home = folder.VAR / "redis"
        home.mkdir(exist_ok=True)
        with _socket_folder(home) as place:
            socket = place / "redis.sock"
            environment["REDIS_URL"] = f"unix://{socket}?db=0"
            commands[processes.LAST] = shlex.join(programs.redis_command(binary, folder=home, socket=socket, keep=True))
            yield


@contextmanager
def _socket_folder(home: Path) -> Iterator[Path]:
    """``home`` itself, so that a killed start leaves nothing elsewhere; a temporary folder when its path is too long."""
    if len(str(home / "redis.sock")) <= SOCKET_PATH:
        yield home
        return
    private = Path(tempfile.mkdtemp(prefix="ovation-redis-"))
    try:
        yield private
    finally:
        shutil.rmtree(private, ignore_errors=True)


def _prepare(environment: Mapping[str, str]) -> str | None:
    """Migrate and seed; return what the seed says of the ways in, or None after saying what failed."""
    done = subprocess.run(
        [sys.executable, "-m", "local.prepare"],
        cwd=folder.ROOT,
        env={**environment, "REDIS_URL": ""},  # nobody listens yet, and the tables are the truth
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    (folder.LOGS / "prepare.log").write_text(done.stdout + done.stderr)
    if done.returncode:
        print(f"The database could not be made ready:\n{(done.stdout + done.stderr)[-2000:]}")
        return None
    return done.stdout


def _announce(ports: Mapping[str, int], cast: str, keeper: processes.Keeper) -> bool:
    """Say where everything is, once the pages answer; return whether they do."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    waiting = set(ports.values())
    while waiting and not keeper.is_stopping and time.monotonic() < deadline:
        waiting = {port for port in waiting if not _answers(port)}
        time.sleep(0.1)
    if keeper.is_stopping:
        return False
    if waiting:
        print(
            f"No page answers after {PATIENCE_SECONDS:.0f} s; what the processes said is in {folder.LOGS}.", flush=True
        )
        return False
    print(
        "\nOvation is running.\n\n"
        f"  The community and the team   http://127.0.0.1:{ports['web']}/\n"
        f"  The network, as a customer   http://127.0.0.1:{ports['sandbox']}/\n\n"
        + "".join(f"  {line}\n" for line in cast.splitlines())
        + f"\n  Data and log files are in {folder.VAR.relative_to(folder.ROOT)}/. Ctrl-C ends everything.\n",
        flush=True,
    )
    return True


def _let_cast_answer(environment: Mapping[str, str], keeper: processes.Keeper) -> None:
    """Give the demo its first hour, beside everything else."""
    with (folder.LOGS / "history.log").open("w") as log:
        child = subprocess.Popen(
            [sys.executable, "-m", "local.history"],
            cwd=folder.ROOT,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=tied_to_parent(),  # noqa: PLW1509 - one prctl, looked up before the fork
        )
        while child.poll() is None and not keeper.is_stopping:
            time.sleep(0.2)
        stop(child)


def _answers(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/")
        return connection.getresponse().status < http.HTTPStatus.INTERNAL_SERVER_ERROR
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _farewell(keeper: processes.Keeper) -> int:
    """Say how it ended: told to stop is a good end."""
    if keeper.was_told:
        print("\nStopped; the data is kept in var/.")
        return 0
    print(f"\nStopped, because a process kept ending; see {folder.LOGS}.")
    return 1


if __name__ == "__main__":
    sys.exit(main())
