"""Filling an empty network with an invented brand's customers, and letting them go on talking.

``demo.jsonl`` holds two kinds of lines. People: ``handle, name, followers, bio``. Posts:
``id, t, author, text, lang, in_reply_to``; ``t`` is in seconds from the start, so that
what is below 0 is history, and the rest comes by and by in its order. When all of it was
said it is said again by others in slightly other words, and so on.
"""

import json
import random
import threading
import time
import zlib
from dataclasses import dataclass
from pathlib import Path
from sqlite3 import Connection

from sandbox.network import DEFAULT_BRAND, Network
from sandbox.store import Store, now_ms
from sandbox.users import add_user, find_user
from sandbox.writing import Draft, Refused, add_post, check_duplicate

_KEY = "demo"
_OPENERS = (
    "Hi again, ",
    "Hello! ",
    "Quick one: ",
    "Morning all, ",
    "Sorry to bother you: ",
    "Right, ",
    "So, ",
    "Help: ",
)
_CLOSERS = (" 🫖", " ☕", " 🙏", "!", " …", " 🍵", " 👀", " 💧")


@dataclass(frozen=True, slots=True)
class Line:
    """One post of the file."""

    id: str
    t: int
    author: str
    text: str
    lang: str
    in_reply_to: str | None = None


@dataclass(frozen=True, slots=True)
class Demo:
    """The file, read."""

    people: tuple[dict[str, object], ...]
    history: tuple[Line, ...]
    drip: tuple[Line, ...]


def read_demo(file: Path, brand: str = DEFAULT_BRAND) -> Demo:
    """Read the file for a brand of any handle."""
    rows = [json.loads(line) for line in file.read_text(encoding="utf-8").replace(DEFAULT_BRAND, brand).splitlines()]
    lines = sorted((Line(**row) for row in rows if "text" in row), key=lambda line: line.t)
    return Demo(
        people=tuple(row for row in rows if "text" not in row),
        history=tuple(line for line in lines if line.t < 0),
        drip=tuple(line for line in lines if line.t >= 0),
    )


def seed(store: Store, demo: Demo) -> bool:
    """Write people and history where nobody has posted yet; return whether it did."""
    with store.write() as db:
        if db.execute("SELECT 1 FROM posts LIMIT 1").fetchone():
            return False
        for person in demo.people:
            add_user(db, **person)  # type: ignore[arg-type]
        dice, now = random.Random(0), now_ms()  # noqa: S311 - likes of invented posts
        for line in demo.history:
            author = find_user(db, line.author) or add_user(db, line.author)
            parent = _post_id(db, f"{_KEY}:0:{line.in_reply_to}")
            draft = Draft(
                author=author,
                text=line.text,
                reply_to=parent,
                lang=line.lang,
                at_ms=now + line.t * 1000,
                source_key=f"{_KEY}:0:{line.id}",
            )
            _applaud(db, add_post(db, draft, via="demo"), dice)
    return True


def start_drip(network: Network, demo: Demo, seconds: float) -> threading.Thread:
    """Post the next line every few seconds until the process ends."""

    def go_on() -> None:
        while True:
            time.sleep(seconds)
            drip_one(network.store, demo)

    thread = threading.Thread(target=go_on, name="drip", daemon=True)
    thread.start()
    return thread


def drip_one(store: Store, demo: Demo) -> int | None:
    """Post the line after the last one that was posted; None when it cannot be said."""
    with store.write() as db:
        turn, place = _next_place(db, demo)
        line = demo.drip[place]
        author = find_user(db, _voice(demo, line.author, turn))
        parent_key = f"{_KEY}:{turn}:{line.in_reply_to}"
        parent = _post_id(db, parent_key) or _post_id(db, f"{_KEY}:0:{line.in_reply_to}")
        db.execute("INSERT OR REPLACE INTO progress (name, turn, place) VALUES (?, ?, ?)", (_KEY, turn, place))
        if author is None or (line.in_reply_to and parent is None):
            return None
        text = varied(line, turn)
        draft = Draft(author=author, text=text, reply_to=parent, lang=line.lang, source_key=f"{_KEY}:{turn}:{line.id}")
        try:
            check_duplicate(db, draft)
            return add_post(db, draft, via="demo")
        except Refused:
            return None


def varied(line: Line, turn: int) -> str:
    """Return a line in other words for each turn after the first."""
    if turn == 1:
        return line.text
    choice = turn * 5 + zlib.crc32(line.id.encode())
    handle, space, words = line.text.partition(" ")
    if line.lang == "en" and handle.startswith("@") and words:
        return f"{handle}{space}{_OPENERS[choice % len(_OPENERS)]}{words}{_CLOSERS[choice // 8 % len(_CLOSERS)]}"
    return line.text + _CLOSERS[choice % len(_CLOSERS)] * (1 + choice // 8 % 3)


def _voice(demo: Demo, author: str, turn: int) -> str:
    """Return who says a line in a turn: the same stranger for the same person all through it."""
    handles = [str(person["handle"]) for person in demo.people]
    if author not in handles:
        return author
    return handles[(handles.index(author) + 7 * (turn - 1)) % len(handles)]


def _next_place(db: Connection, demo: Demo) -> tuple[int, int]:
    row = db.execute("SELECT turn, place FROM progress WHERE name = ?", (_KEY,)).fetchone()
    if row is None:
        return 1, 0
    at_end = row["place"] + 1 >= len(demo.drip)
    return (row["turn"] + 1, 0) if at_end else (row["turn"], row["place"] + 1)


def _post_id(db: Connection, key: str) -> int | None:
    row = db.execute("SELECT id FROM posts WHERE source_key = ? AND deleted_ms IS NULL", (key,)).fetchone()
    return int(row[0]) if row else None


def _applaud(db: Connection, post_id: int, dice: random.Random) -> None:
    """Let a post look as if people had seen it."""
    db.execute("UPDATE posts SET views = ? WHERE id = ?", (dice.randrange(4, 400), post_id))
    fans = db.execute("SELECT id FROM users").fetchall()
    db.executemany(
        "INSERT OR IGNORE INTO likes (post_id, user_id) VALUES (?, ?)",
        [(post_id, fan[0]) for fan in dice.sample(fans, dice.randrange(0, 6))],
    )
