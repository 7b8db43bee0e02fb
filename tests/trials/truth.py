"""The two witnesses of a trial: what the database holds, read by SQL alone, and what the network itself logged."""

import json
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

from sqlalchemy import Connection, inspect, text

Row = Mapping[str, Any]
Log = Sequence[Mapping[str, Any]]

_NAMED = re.compile(r"@(\w+)")
_TABLES = (
    *("connections", "mentions", "claims", "cases", "triage_verdicts", "replies", "reply_versions", "reviews"),
    *("publications", "holds", "tasks", "journal_entries", "point_entries", "balances", "badge_awards", "role_grants"),
    *("saved_searches", "journal_seals"),
)
_MOMENTS = ("_at", "_until", "counts_from", "not_before")


def moment(value: Any) -> datetime:
    """Return a moment as either database gives it: SQLite as naive text in UTC."""
    read = datetime.fromisoformat(value) if isinstance(value, str) else value
    return read.replace(tzinfo=UTC) if read.tzinfo is None else read.astimezone(UTC)


def normal(words: str) -> str:
    """Return words as they are compared: composed, without the handles that a network puts before a reply."""
    return unicodedata.normalize("NFC", words.replace("\r\n", "\n")).strip()


@dataclass(frozen=True, slots=True)
class Post:
    """One post that truly was on the network, whether it still is or not."""

    id: str
    actor: str
    parent: str | None
    text: str
    at: datetime
    via: str
    deleted: bool


class Network:
    """What a network's own log says."""

    def __init__(self, log: Log) -> None:
        deleted = {str(line["post_id"]) for line in log if line["action"] == "delete"}
        self.posts = {str(line["post_id"]): _post(line, deleted) for line in log if line["action"] == "post"}
        #: What a post was called before its author edited it.
        self.first_of = {str(line["post_id"]): str(line.get("first_id") or line["post_id"]) for line in log}

    def by(self, handle: str) -> list[Post]:
        """Return what an account posted through the API."""
        return [one for one in self.posts.values() if one.actor.lower() == handle.lower() and one.via == "api"]

    def addressed_to(self, handle: str) -> list[Post]:
        """Return what others posted that names an account, or answers what names it."""
        wanted = handle.lower()
        return [
            one for one in self.posts.values() if one.actor.lower() != wanted and wanted in self._named(one, depth=0)
        ]

    def saying(self, words: str) -> list[Post]:
        """Return what others posted with these words in it."""
        return [one for one in self.posts.values() if words in one.text and one.via != "api"]

    def _named(self, post: Post, depth: int) -> set[str]:
        names = {name.lower() for name in _NAMED.findall(post.text)}
        parent = self.posts.get(post.parent or "")
        if parent is not None and depth < 50:
            names |= {parent.actor.lower()} | self._named(parent, depth + 1)
        return names


def _post(line: Mapping[str, Any], deleted: set[str]) -> Post:
    at = datetime.fromtimestamp(line["at_ms"] / 1000, UTC)
    post_id = str(line["post_id"])
    parent = str(line["reply_to"]) if line["reply_to"] else None
    return Post(post_id, line["actor"], parent, line["text"] or "", at, line["via"], post_id in deleted)


@dataclass
class Facts:
    """Everything that an invariant may look at, as it stands ``at`` one moment."""

    tables: dict[str, list[Row]]
    network: Network
    at: datetime
    #: Whether every post is expected to be heard, whatever else is expected.
    listened: bool = True
    extra: dict[str, Any] = field(default_factory=dict)

    def __getattr__(self, name: str) -> list[Row]:
        if name in _TABLES:
            return self.tables[name]
        raise AttributeError(name)

    @cached_property
    def by_id(self) -> dict[str, dict[int, Row]]:
        return {name: {row["id"]: row for row in rows if "id" in row} for name, rows in self.tables.items()}

    def row(self, table: str, row_id: int) -> Row:
        return self.by_id[table][row_id]

    @cached_property
    def open_tasks(self) -> set[tuple[str, str, int]]:
        return {
            (task["kind"], task["subject_type"], task["subject_id"])
            for task in self.tables["tasks"]
            if task["settled_at"] is None
        }

    @cached_property
    def versions_of(self) -> dict[int, list[Row]]:
        return grouped(self.tables["reply_versions"], "reply_id")

    @cached_property
    def reviews_of(self) -> dict[int, list[Row]]:
        return grouped(self.tables["reviews"], "reply_version_id")

    @cached_property
    def lines_of(self) -> dict[tuple[str, int], list[Row]]:
        found: dict[tuple[str, int], list[Row]] = defaultdict(list)
        for line in self.tables["journal_entries"]:
            found[line["subject_type"], line["subject_id"]].append(line)
        return found

    def lines(self, action: str, subject: str, row_id: int) -> list[Row]:
        """Return the lines of the journal about one row."""
        return [line for line in self.lines_of.get((subject, row_id), []) if line["action"] == action]

    def words_of(self, publication: Row) -> str:
        """Return what the approved version says in public."""
        version = self.row("reply_versions", publication["reply_version_id"])
        words = normal(version["text"])
        return f"{words}\n{version['signature']}" if version["signature"] else words

    @cached_property
    def public(self) -> dict[int, list[Post]]:
        """Return which public posts are a publication's: by the network's id, else by parent and words."""
        found: dict[int, list[Post]] = {row["id"]: [] for row in self.tables["publications"]}
        self.extra["strangers"] = []
        known = {row["external_id"]: row["id"] for row in self.tables["publications"] if row["external_id"]}
        said: dict[tuple[str, str], list[Row]] = defaultdict(list)
        for row in self.tables["publications"]:
            mention = self.row("mentions", row["mention_id"])
            said[mention["external_id"], normal(self.words_of(row))].append(row)
        for connection in self.tables["connections"]:
            for post in self.network.by(connection["handle"]):
                self._give(post, found, known, said)
        return found

    def _give(
        self,
        post: Post,
        found: dict[int, list[Post]],
        known: dict[str, int],
        said: dict[tuple[str, str], list[Row]],
    ) -> None:
        parent = self.network.first_of.get(post.parent or "", post.parent or "")
        candidates = said.get((parent, normal(post.text)), [])
        if post.id in known:
            found[known[post.id]].append(post)
        elif candidates:
            # Of several sendings of the same words, the one that lies nearest before the post.
            begun = [row for row in candidates if row["begun_at"]] or candidates
            found[max(begun, key=lambda row: row["id"])["id"]].append(post)
        else:
            self.extra["strangers"].append(post)

    @property
    def strangers(self) -> list[Post]:
        """Posts of the brand that no publication stands for."""
        _ = self.public
        return list(self.extra["strangers"])


def grouped(rows: Iterable[Row], key: str) -> dict[Any, list[Row]]:
    """Return rows by the value of a column."""
    found: dict[Any, list[Row]] = defaultdict(list)
    for row in rows:
        found[row[key]].append(row)
    return found


def read(connection: Connection, log: Log, *, at: datetime, listened: bool = True) -> Facts:
    """Read both witnesses."""
    there = set(inspect(connection).get_table_names())
    tables = {name: list(_rows(connection, name)) if name in there else [] for name in _TABLES}
    return Facts(tables, Network(log), at, listened)


def _rows(connection: Connection, table: str) -> Iterator[Row]:
    for row in connection.execute(text(f"SELECT * FROM {table} ORDER BY id")).mappings():  # noqa: S608
        yield {name: _value(name, value) for name, value in row.items()}


def _value(name: str, value: Any) -> Any:
    """Return a value as both databases would give it."""
    if value is not None and (name.endswith(_MOMENTS) or name == "at"):
        return moment(value)
    return json.loads(value) if name == "details" and isinstance(value, str) else value
