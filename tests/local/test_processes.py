"""What `make run` promises of its processes: restarted when they die, gone when it is gone, however it goes."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PATIENCE_SECONDS = 20

KEEPER = """
import os
import signal
import sys
from pathlib import Path
from local.processes import Keeper
folder = Path(sys.argv[1])
stop_at_once = lambda: os.kill(os.getpid(), signal.SIGTERM)
keeper = Keeper(folder, once_started=stop_at_once if "--stop-at-once" in sys.argv else lambda: None)
for number, command in enumerate(argument for argument in sys.argv[2:] if not argument.startswith("--")):
    keeper.add_process(f"p{number}", command)
keeper.loop()
sys.exit(0 if keeper.was_told else 1)
"""

#: Notes its number, then sleeps; `trap` makes the shell stay, so that it and its child are two processes.
SLEEPER = "sh -c 'echo $$ >> {folder}/pids; sleep 100 & wait'"


@pytest.fixture
def keep(tmp_path: Path) -> Iterator[Callable[..., subprocess.Popen[bytes]]]:
    started: list[subprocess.Popen[bytes]] = []

    def start(*commands: str) -> subprocess.Popen[bytes]:
        lines = [command.format(folder=tmp_path) for command in commands]
        command = [sys.executable, "-c", KEEPER, str(tmp_path), *lines]
        with (tmp_path / "screen").open("wb") as screen:
            keeper = subprocess.Popen(
                command, cwd=ROOT, stdout=screen, stderr=subprocess.STDOUT, start_new_session=True
            )
        started.append(keeper)
        return keeper

    yield start
    for process in started:
        process.kill()
        process.wait()


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, "it did not come to pass in time"
        time.sleep(0.02)


def pids(folder: Path) -> list[int]:
    file = folder / "pids"
    return [int(line) for line in file.read_text().split()] if file.exists() else []


def group_lives(leader: int) -> bool:
    try:
        os.killpg(leader, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_being_told_to_stop_ends_everything_and_is_a_good_end(
    keep: Callable[..., subprocess.Popen[bytes]], tmp_path: Path, number: signal.Signals
) -> None:
    keeper = keep(SLEEPER, SLEEPER)
    wait_for(lambda: len(pids(tmp_path)) == 2)

    keeper.send_signal(number)

    assert keeper.wait(PATIENCE_SECONDS) == 0
    wait_for(lambda: not any(group_lives(leader) for leader in pids(tmp_path)))


def test_being_told_to_stop_while_processes_start_ends_everything(
    keep: Callable[..., subprocess.Popen[bytes]], tmp_path: Path
) -> None:
    keeper = keep(SLEEPER, SLEEPER, "--stop-at-once")

    assert keeper.wait(PATIENCE_SECONDS) == 0
    wait_for(lambda: not any(group_lives(leader) for leader in pids(tmp_path)))


def test_a_killed_keeper_leaves_nothing_running(keep: Callable[..., subprocess.Popen[bytes]], tmp_path: Path) -> None:
    keeper = keep(SLEEPER, SLEEPER)
    wait_for(lambda: len(pids(tmp_path)) == 2)

    keeper.kill()
    keeper.wait()

    wait_for(lambda: not any(group_lives(leader) for leader in pids(tmp_path)))


def test_what_dies_is_started_again_and_said(keep: Callable[..., subprocess.Popen[bytes]], tmp_path: Path) -> None:
    keeper = keep(SLEEPER)
    wait_for(lambda: len(pids(tmp_path)) == 1)

    os.killpg(pids(tmp_path)[0], signal.SIGKILL)
    wait_for(lambda: len(pids(tmp_path)) == 2)

    assert "p0 ended (code -9) and is started again." in (tmp_path / "screen").read_text()
    keeper.terminate()
    assert keeper.wait(PATIENCE_SECONDS) == 0


def test_what_keeps_dying_ends_everything_with_its_reason(
    keep: Callable[..., subprocess.Popen[bytes]], tmp_path: Path
) -> None:
    keeper = keep(SLEEPER, "false")

    assert keeper.wait(PATIENCE_SECONDS) == 1
    assert "p1 ended 5 times within a minute" in (tmp_path / "screen").read_text()
    wait_for(lambda: not any(group_lives(leader) for leader in pids(tmp_path)))


def test_what_processes_say_goes_to_files_and_not_to_the_screen(
    keep: Callable[..., subprocess.Popen[bytes]], tmp_path: Path
) -> None:
    keeper = keep("sh -c 'echo a word of mine; sleep 100'")
    wait_for(lambda: "a word of mine" in (tmp_path / "p0.log").read_text() if (tmp_path / "p0.log").exists() else False)

    keeper.terminate()
    keeper.wait(PATIENCE_SECONDS)

    assert (tmp_path / "screen").read_text() == ""
