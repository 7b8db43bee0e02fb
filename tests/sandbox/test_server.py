import signal
import socket
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests

from tests.sandbox_server import ROOT, Sandbox, run_sandbox


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_it_stops_at_once_even_while_a_request_hangs(tmp_path: Path, how: signal.Signals) -> None:
    with run_sandbox(tmp_path) as sandbox:
        sandbox.fault("me", "hang")
        hanging = threading.Thread(target=_ask_in_vain, args=(sandbox,))
        hanging.start()
        time.sleep(0.3)

        started = time.monotonic()
        sandbox.process.send_signal(how)
        sandbox.process.wait(timeout=20)

        assert time.monotonic() - started < 15
        hanging.join(timeout=5)
        assert not hanging.is_alive()


def test_what_was_posted_is_there_after_a_restart(tmp_path: Path) -> None:
    with run_sandbox(tmp_path) as first:
        post_id = first.post_as("ana", "remember me")
        first.process.kill()
    with run_sandbox(tmp_path) as second:
        log = second.log()

    assert [(entry["post_id"], entry["text"]) for entry in log] == [(post_id, "remember me")]


def test_many_at_once_are_all_kept_and_numbered_apart(sandbox: Sandbox) -> None:
    def post(number: int) -> str:
        body = {"posts": [{"author": f"many{number % 5}", "text": f"at once {number}"}]}
        answer = requests.post(f"{sandbox.base_url}/admin/posts", json=body, timeout=30)
        return str(answer.json()["ids"][0])

    with ThreadPoolExecutor(16) as pool:
        ids = list(pool.map(post, range(200)))

    assert len(set(ids)) == 200
    assert sum("at once" in entry["text"] for entry in sandbox.log("post")) == 200


def test_it_listens_on_this_machine_only() -> None:
    command = [sys.executable, "-m", "sandbox", "serve", "--host", "192.0.2.1", "--port", "0"]

    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    assert done.returncode == 2
    assert "invalid choice" in done.stderr


def test_a_taken_port_is_said_plainly(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        command = [sys.executable, "-m", "sandbox", "serve", "--port", str(port), "--database", str(tmp_path / "x.db")]

        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    assert done.returncode != 0
    assert f"Port {port} is in use" in done.stderr


def test_it_knows_nothing_of_the_application() -> None:
    sources = (ROOT / "sandbox").rglob("*.py")

    assert [source.name for source in sources if "from app" in source.read_text()] == []


def _ask_in_vain(sandbox: Sandbox) -> None:
    try:
        requests.get(f"{sandbox.base_url}/2/users/me", headers={"Authorization": f"Bearer {sandbox.token}"}, timeout=20)
    except requests.ConnectionError:
        return
