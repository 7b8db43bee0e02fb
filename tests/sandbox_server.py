"""The sandbox network as a child process, for tests, journeys and benchmarks.

with run_sandbox(tmp_path) as sandbox:
    post_id = sandbox.post_as("ana", "@NorthwindKettle hello")
    sandbox.base_url, sandbox.token       # what a connection needs
"""

import os
import re
import select
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests

from sandbox.network import APP_TOKEN, CLIENT_ID, CLIENT_SECRET, DEFAULT_BRAND, STARTER_REFRESH_TOKEN, STARTER_TOKEN

ROOT = Path(__file__).resolve().parent.parent
_ADDRESS = re.compile(rb"http://[^/\s]+")


@dataclass
class Sandbox:
    """A running network; the helpers speak to its admin API."""

    base_url: str
    process: "subprocess.Popen[bytes]"
    brand: str = DEFAULT_BRAND
    token: str = STARTER_TOKEN
    refresh_token: str = STARTER_REFRESH_TOKEN
    app_token: str = APP_TOKEN
    client_id: str = CLIENT_ID
    client_secret: str = CLIENT_SECRET
    http: requests.Session = field(default_factory=requests.Session)

    def admin(self, method: str, path: str, body: object = None) -> dict[str, Any]:
        """Make an admin call and return its answer.

        Raises:
            AssertionError: it was refused.
        """
        with self.http.request(method, f"{self.base_url}/admin{path}", json=body, timeout=30) as response:
            assert response.ok, response.text
            answer: dict[str, Any] = response.json()
        return answer

    def post_as(self, handle: str, text: str, reply_to: str | int | None = None, **columns: object) -> str:
        """Post as anybody, making the account if need be; returns the post's id."""
        return self.post_many([{"author": handle, "text": text, "reply_to": reply_to, **columns}])[0]

    def post_many(self, posts: Sequence[dict[str, Any]]) -> list[str]:
        """Make many posts in one transaction; returns their ids in order."""
        ids: list[str] = self.admin("POST", "/posts", {"posts": list(posts)})["ids"]
        return ids

    def delete(self, post_id: str | int) -> None:
        """Delete a post as its author."""
        self.admin("DELETE", f"/posts/{post_id}")

    def edit(self, post_id: str | int, text: str) -> str:
        """Edit a post as its author; returns the new version's id."""
        new_id: str = self.admin("POST", f"/posts/{post_id}/edit", {"text": text})["id"]
        return new_id

    def like(self, post_id: str | int, *handles: str) -> None:
        self.admin("POST", "/likes", {"post_id": post_id, "handles": handles})

    def repost(self, post_id: str | int, *handles: str) -> None:
        self.admin("POST", "/reposts", {"post_id": post_id, "handles": handles})

    def view(self, post_id: str | int, count: int = 1) -> None:
        self.admin("POST", "/views", {"post_id": post_id, "count": count})

    def add_user(self, handle: str, **columns: object) -> str:
        """Make or change an account (name, followers, bio, token); returns its id."""
        user_id: str = self.admin("POST", "/users", {"handle": handle, **columns})["id"]
        return user_id

    def log(self, action: str | None = None, via: str | None = None) -> list[dict[str, Any]]:
        """Return every accepted write, oldest first: what truly happened on the network."""
        entries: list[dict[str, Any]] = self.admin("GET", "/log")["log"]
        return [entry for entry in entries if action in {None, entry["action"]} and via in {None, entry["via"]}]

    def requests_seen(self) -> list[dict[str, Any]]:
        """Return the API requests seen lately, refused and disturbed ones included."""
        seen: list[dict[str, Any]] = self.admin("GET", "/requests")["requests"]
        return seen

    def fault(self, endpoint: str, kind: str, count: int = 1, seconds: float = 60.0) -> None:
        """Let the next requests to an endpoint meet a fault (``sandbox.faults`` has the kinds)."""
        self.admin("POST", "/faults", {"endpoint": endpoint, "kind": kind, "count": count, "seconds": seconds})

    def clear_faults(self) -> None:
        self.admin("DELETE", "/faults")

    def storm(self, seed: int, rates: Mapping[str, Mapping[str, float]], **seconds: float) -> None:
        """Let each request meet each kind by its chance: ``late_seconds=2``, ``lag_seconds=5``."""
        self.admin("POST", "/storm", {"seed": seed, "rates": rates, **seconds})

    def calm(self) -> None:
        """End the storm."""
        self.admin("DELETE", "/storm")

    def settings(self, **switches: bool) -> None:
        """Turn a switch: ``summoned_only``, ``refuse_duplicates``."""
        self.admin("POST", "/settings", switches)

    def limits(self, **limits: object) -> None:
        """Change limits: ``mode="x"``, ``window_seconds=5``, ``mentions=3``."""
        self.admin("POST", "/limits", limits)

    def revoke(self, token: str) -> None:
        self.admin("POST", "/tokens/revoke", {"token": token})


@contextmanager
def run_sandbox(
    folder: Path,
    *,
    limits: str = "wide",
    brand: str = DEFAULT_BRAND,
    port: int = 0,
    seed_demo: bool = False,
    drip_seconds: float = 0,
    database: str = "sandbox.sqlite3",
) -> Iterator[Sandbox]:
    """Start the network as a child on a free port, and end it with the block.

    A second start in the same folder finds the posts of the first.
    """
    command = [sys.executable, "-m", "sandbox", "serve", "--port", str(port), "--database", str(folder / database)]
    command += ["--limits", limits, "--brand", brand, "--drip-seconds", str(drip_seconds)]
    command += ["--seed-demo"] if seed_demo else []
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "TZ": "UTC"}
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL)
    try:
        with requests.Session() as http:
            yield Sandbox(base_url=_address(process), process=process, brand=brand, http=http)
    finally:
        process.terminate()
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if process.stdout:
            process.stdout.close()


def _address(process: "subprocess.Popen[bytes]", within_seconds: float = 30) -> str:
    """Return the address the child prints once it answers."""
    assert process.stdout is not None
    deadline = time.monotonic() + within_seconds
    said = b""
    while time.monotonic() < deadline and process.poll() is None:
        if select.select([process.stdout], [], [], 0.1)[0]:
            said += os.read(process.stdout.fileno(), 4096)
            if found := _ADDRESS.search(said):
                return found.group().decode()
    raise RuntimeError(f"the sandbox did not start: {said!r}")
