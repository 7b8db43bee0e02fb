"""One checker of everything that the delivery promise says, for every trial.

It looks at the database and at the network's own log, and at nothing that the house says about itself.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from itertools import pairwise

from tests.trials.truth import Facts, Post, Row, grouped, moment, normal

#: A claim is given up when its time is over; nobody may still hold one so long after that.
LEASE_MARGIN = timedelta(seconds=60)
SORTED_WITHIN = timedelta(seconds=60)
#: The network's clock and ours may differ a little.
CLOCKS_DIFFER = timedelta(seconds=5)
_MAY_BECOME_PUBLIC = frozenset({"READY", "WAITING", "HELD", "HANDED_OUT", "SENDING", "UNKNOWN", "ABSENT", "SENT"})
_WAS_PUBLIC = frozenset({"SENT", "RETRACTED", "GONE"})
_MAYBE_PUBLIC = frozenset({"SENDING", "UNKNOWN"})
_THE_CROWDS = frozenset({"RECEIVED", "OPEN", "CLAIMED", "IN_REVIEW", "BY_HAND"})
_MODERATES = frozenset({"moderator", "admin", "staff"})
_ISSUES = frozenset({"staff", "admin"})


class Kind(StrEnum):
    """What a violation is to the people outside."""

    LOST = "lost"
    DOUBLED = "doubled"
    WRONG = "wrong"
    UNAPPROVED = "unapproved"
    BROKEN = "broken"


@dataclass(frozen=True, slots=True)
class Violation:
    """One row for which a promise is broken."""

    promise: str
    kind: Kind
    row: str
    detail: str

    def __str__(self) -> str:
        return f"{self.kind}: {self.promise}: {self.row}: {self.detail}"


Promise = Callable[[Facts], Iterator[Violation]]
PROMISES: dict[str, Promise] = {}


def promise(check: Promise) -> Promise:
    """Take a check into the list."""
    PROMISES[check.__name__] = check
    return check


def check(facts: Facts) -> list[Violation]:
    """Return every broken promise."""
    return [violation for each in PROMISES.values() for violation in each(facts)]


@promise
def every_post_is_heard_once(facts: Facts) -> Iterator[Violation]:
    for connection in facts.connections:
        own = [row for row in facts.mentions if row["connection_id"] == connection["id"]]
        heard = Counter(facts.network.first_of.get(row["external_id"], row["external_id"]) for row in own)
        for post_id, times in heard.items():
            if times > 1:
                yield Violation("heard once", Kind.DOUBLED, f"post {post_id}", f"{times} mentions")
            if post_id not in facts.network.posts:
                yield Violation("heard once", Kind.WRONG, f"post {post_id}", "was never on the network")
        for post in _to_be_heard(facts, connection) if facts.listened else ():
            if not heard[post.id] and not post.deleted:
                yield Violation("heard once", Kind.LOST, f"post {post.id}", "is no mention")


def _to_be_heard(facts: Facts, connection: Row) -> list[Post]:
    """Return what is said to an account, and what it searches for."""
    searches = [row for row in facts.saved_searches if row["connection_id"] == connection["id"] and row["is_on"]]
    found = [post for row in searches for post in facts.network.saying(row["query"])]
    return facts.network.addressed_to(connection["handle"]) + found


@promise
def every_mention_stands_in_one_place(facts: Facts) -> Iterator[Violation]:
    claims, cases, replies, verdicts = (
        grouped(rows, "mention_id") for rows in (facts.claims, facts.cases, facts.replies, facts.triage_verdicts)
    )
    for mention in facts.mentions:
        status, key = mention["status"], mention["id"]
        held = [row for row in claims[key] if row["ended_at"] is None]
        with_staff = [row for row in cases[key] if row["status"] in {"OPEN", "ASSIGNED"}]
        decided = [row for row in verdicts[key] if row["decided_by_id"] is None]
        in_review = [row for row in replies[key] if row["status"] in {"SUBMITTED", "APPROVED", "PUBLISHED", "FAILED"}]
        wrong = [
            # What is edited in somebody's hands is read again.
            (len(decided) > mention["edition"], f"sorted {len(decided)} times"),
            (len(held) > 1, f"{len(held)} live claims"),
            (len(with_staff) > 1, f"{len(with_staff)} live cases"),
            ((status == "CLAIMED") != bool(held), f"{status} with {len(held)} live claims"),
            (status == "ESCALATED" and not with_staff, "escalated without a live case"),
            (status in _THE_CROWDS and bool(with_staff), f"{status} with {len(with_staff)} live cases"),
            (status == "IN_REVIEW" and not in_review, "in review without a reply"),
            (status == "RECEIVED" and mention["heard_at"] < facts.at - SORTED_WITHIN, "was never sorted"),
        ]
        for is_so, detail in wrong:
            if is_so:
                yield Violation("one place", Kind.BROKEN, f"mention {key}", detail)


@promise
def every_approval_has_one_sending(facts: Facts) -> Iterator[Violation]:
    by_reply, by_mention = grouped(facts.publications, "reply_id"), grouped(facts.publications, "mention_id")
    keys = Counter(row["approval_key"] for row in facts.publications)
    for key, times in keys.items():
        if times > 1:
            yield Violation("one sending", Kind.DOUBLED, f"approval {key}", f"{times} publications")
    for mention_id, rows in by_mention.items():
        live = [row["id"] for row in rows if row["status"] in _MAY_BECOME_PUBLIC]
        if len(live) > 1:
            yield Violation("one sending", Kind.DOUBLED, f"mention {mention_id}", f"live publications {live}")
    for reply in facts.replies:
        rows = by_reply[reply["id"]]
        live = [row for row in rows if row["status"] in _MAY_BECOME_PUBLIC | {"QUARANTINED"}]
        if reply["status"] == "APPROVED" and len(live) != 1:
            states = [row["status"] for row in rows]
            yield Violation("one sending", Kind.LOST, f"reply {reply['id']}", f"approved, its sendings are {states}")
        if reply["status"] == "PUBLISHED" and not any(row["status"] == "SENT" for row in rows):
            yield Violation("one sending", Kind.LOST, f"reply {reply['id']}", "published without a sending")
        said = len(facts.lines("reply.approved", "replies", reply["id"]))
        if reply["kind"] == "COMMUNITY" and said and said != len(rows):
            yield Violation("one sending", Kind.LOST, f"reply {reply['id']}", f"{said} approvals, {len(rows)} sendings")


@promise
def what_is_public_is_what_we_say_is_public(facts: Facts) -> Iterator[Violation]:
    for row in facts.publications:
        posts, status, name = facts.public[row["id"]], row["status"], f"publication {row['id']}"
        if len(posts) > 1:
            yield Violation("public as recorded", Kind.DOUBLED, name, f"{status}, posts {[one.id for one in posts]}")
        if status in _WAS_PUBLIC and not posts and not _by_hand(facts, row):
            yield Violation("public as recorded", Kind.LOST, name, f"{status}, and nothing was posted")
        if status not in _WAS_PUBLIC | _MAYBE_PUBLIC and posts:
            yield Violation("public as recorded", Kind.WRONG, name, f"{status}, and post {posts[0].id} is public")
        if status in _WAS_PUBLIC and posts and row["external_id"] != posts[0].id:
            yield Violation("public as recorded", Kind.WRONG, name, f"names post {row['external_id']}")
        if status == "UNKNOWN" and ("UNKNOWN_SEND", "publications", row["id"]) not in facts.open_tasks:
            yield Violation("public as recorded", Kind.LOST, name, "is unknown, and nobody is asked")
        if status == "QUARANTINED" and not any(task[2] == row["id"] for task in facts.open_tasks):
            yield Violation("public as recorded", Kind.LOST, name, "is set aside, and nobody is asked")
    yield from _answered_twice(facts)


def _by_hand(facts: Facts, row: Row) -> bool:
    """Say whether a person posted it on the network itself."""
    return any(one.id == row["external_id"] for one in facts.network.posts.values())


def _answered_twice(facts: Facts) -> Iterator[Violation]:
    own = [post for connection in facts.connections for post in facts.network.by(connection["handle"])]
    standing = [post for post in own if post.parent is not None and not post.deleted]
    first_of = facts.network.first_of
    for parent, times in Counter(first_of.get(post.parent or "", post.parent) for post in standing).items():
        if times > 1:
            yield Violation("public as recorded", Kind.DOUBLED, f"post {parent}", f"{times} answers of ours stand")


@promise
def the_words_are_the_approved_words(facts: Facts) -> Iterator[Violation]:
    for post in facts.strangers:
        said = f"{post.text[:60]!r} under {post.parent}"
        yield Violation("approved words", Kind.WRONG, f"post {post.id}", f"no approved version says {said}")
    for row in facts.publications:
        mention = facts.row("mentions", row["mention_id"])
        account = facts.row("connections", row["connection_id"])["handle"]
        for post in facts.public[row["id"]]:
            parent = facts.network.first_of.get(post.parent or "", post.parent)
            same_words = normal(post.text) == normal(facts.words_of(row))
            if not same_words or parent != mention["external_id"] or post.actor.lower() != account.lower():
                detail = f"post {post.id} by {post.actor} under {parent}: {post.text[:60]!r}"
                yield Violation("approved words", Kind.WRONG, f"publication {row['id']}", detail)


@promise
def nothing_is_said_unapproved(facts: Facts) -> Iterator[Violation]:
    roles = grouped(facts.role_grants, "user_id")
    for row in facts.publications:
        posts = facts.public[row["id"]]
        if not posts or _is_approved(facts, row, posts[0], roles):
            continue
        detail = f"post {posts[0].id} has no valid approval given before it"
        yield Violation("approved first", Kind.UNAPPROVED, f"publication {row['id']}", detail)


def _is_approved(facts: Facts, row: Row, post: Post, roles: dict[int, list[Row]]) -> bool:
    reply = facts.row("replies", row["reply_id"])
    before = min(row["begun_at"] or post.at, post.at + CLOCKS_DIFFER) if row["begun_at"] else post.at
    given = [
        review
        for review in facts.reviews_of[row["reply_version_id"]]
        if review["decision"] == "APPROVE"
        and review["decided_at"] <= max(before, row["begun_at"] or before)
        and (review["undone_at"] is None or review["undone_at"] > before)
    ]
    by_others = {
        review["reviewer_id"]
        for review in given
        if review["reviewer_id"] != reply["writer_id"] and _had(roles, review["reviewer_id"], _MODERATES)
    }
    own = {
        review["reviewer_id"]
        for review in given
        if review["kind"] == "STAFF" and _had(roles, review["reviewer_id"], _ISSUES)
    }
    if reply["kind"] == "STAFF":
        return bool(by_others) if reply["sensitive"] else bool(own | by_others)
    return len(by_others) >= (2 if reply["sensitive"] else 1)


def _had(roles: dict[int, list[Row]], user_id: int, wanted: frozenset[str]) -> bool:
    return any(str(grant["role"]).lower() in wanted for grant in roles[user_id])


@promise
def points_add_up(facts: Facts) -> Iterator[Violation]:
    sums: Counter[tuple[int, int]] = Counter()
    for entry in facts.point_entries:
        for season in {0, entry["season_id"] or 0}:
            sums[entry["user_id"], season] += entry["points"]
    shown = {(row["user_id"], row["season_id"]): row["points"] for row in facts.balances}
    for key in sorted(sums.keys() | shown.keys()):
        if sums[key] != shown.get(key, 0):
            detail = f"season {key[1]}: the ledger says {sums[key]}, the board {shown.get(key, 0)}"
            yield Violation("points", Kind.BROKEN, f"user {key[0]}", detail)
    given = Counter((row["rule"], row["subject_type"], row["subject_id"]) for row in facts.point_entries)
    for (rule, table, subject), times in given.items():
        if times > 1:
            yield Violation("points", Kind.DOUBLED, f"{table} {subject}", f"{rule} given {times} times")
    for publication_id, entries in grouped(facts.point_entries, "publication_id").items():
        status = facts.row("publications", publication_id)["status"] if publication_id else "SENT"
        left = sum(entry["points"] for entry in entries)
        if status not in _WAS_PUBLIC or (status != "SENT" and left):
            yield Violation("points", Kind.BROKEN, f"publication {publication_id}", f"{status} with {left} points")


@promise
def every_step_is_in_the_journal(facts: Facts) -> Iterator[Violation]:
    for row in facts.publications:
        begun = len(facts.lines("publication.begun", "publications", row["id"]))
        # What is read back after a restore may have been begun in the time that is lost.
        at_most = begun + len(facts.lines("publication.re_attached", "publications", row["id"]))
        if not begun <= row["attempt"] <= at_most:
            detail = f"{row['attempt']} attempts, {begun} of them in the journal"
            yield Violation("journal", Kind.BROKEN, f"publication {row['id']}", detail)
        ends = (
            "publication.delivered",
            "publication.confirmed",
            "publication.linked_back",
            "publication.linked_unverified",
            "publication.re_attached",
        )
        public = sum(len(facts.lines(action, "publications", row["id"])) for action in ends)
        if (row["status"] in _WAS_PUBLIC) != (public == 1):
            detail = f"{row['status']}, {public} lines say that it is public"
            yield Violation("journal", Kind.BROKEN, f"publication {row['id']}", detail)


@promise
def the_chain_of_the_journal_holds(facts: Facts) -> Iterator[Violation]:
    lines = {line["id"]: line for line in facts.journal_entries}
    digest = "0" * 64
    for number, seal in enumerate(facts.journal_seals, start=1):
        line = lines.pop(seal["entry_id"], None)
        if line is None or number != seal["id"]:
            yield Violation("chain", Kind.BROKEN, f"seal {seal['id']}", f"number {number}, of line {line}")
            return
        told = line["details"] if isinstance(line["details"], dict) else json.loads(line["details"])
        said = [digest, number, line["id"], moment(line["at"]).isoformat(), line["action"]]
        said += [line["subject_type"], line["subject_id"], line["actor_id"], told]
        digest = hashlib.sha256(json.dumps(said, sort_keys=True, separators=(",", ":")).encode()).hexdigest()
        if digest != seal["digest"]:
            yield Violation("chain", Kind.BROKEN, f"seal {number}", f"line {line['id']} is not what was sealed")
            return
    for line_id in lines:
        yield Violation("chain", Kind.BROKEN, f"line {line_id}", "has no seal")


@promise
def nothing_begins_after_a_stop(facts: Facts) -> Iterator[Violation]:
    # Lines get their numbers in the order in which what they say was let in; clocks are read before that.
    pulled = [line for line in facts.journal_entries if line["action"] == "hold.pulled"]
    ends = {line["subject_id"]: line["id"] for line in facts.journal_entries if line["action"] == "hold.released"}
    for begun in (line for line in facts.journal_entries if line["action"] == "publication.begun"):
        row = facts.row("publications", begun["subject_id"])
        for stop in pulled:
            until = ends.get(stop["subject_id"], begun["id"] + 1)
            if stop["id"] < begun["id"] < until and _covers(facts.row("holds", stop["subject_id"]), row, facts):
                yield Violation(
                    "stop", Kind.BROKEN, f"publication {row['id']}", f"begun under hold {stop['subject_id']}"
                )


def _covers(hold: Row, publication: Row, facts: Facts) -> bool:
    match str(hold["scope"]):
        case "EVERYTHING":
            return True
        case "CROWD":
            return bool(publication["kind"] == "COMMUNITY")
        case "CONNECTION":
            return bool(hold.get("connection_id") == publication["connection_id"])
        case "TOPIC":
            return bool(hold.get("topic") == facts.row("mentions", publication["mention_id"])["topic"])
    return False


@promise
def nobody_holds_a_claim_for_ever(facts: Facts) -> Iterator[Violation]:
    for row in facts.publications:
        if row["status"] == "SENDING" and (row["lease_until"] is None or row["lease_until"] < facts.at - LEASE_MARGIN):
            yield Violation(
                "lease", Kind.LOST, f"publication {row['id']}", f"sending, its time was {row['lease_until']}"
            )


@promise
def deleted_posts_leave_no_words(facts: Facts) -> Iterator[Violation]:
    for mention in facts.mentions:
        if mention["ignored_because"] == "DELETED" and (mention["text"] or mention["masked_text"]):
            yield Violation("forgotten", Kind.BROKEN, f"mention {mention['id']}", "its author deleted it")


@promise
def nobody_waits_twice(facts: Facts) -> Iterator[Violation]:
    open_ones = sorted(
        (task["kind"], task["subject_type"], task["subject_id"]) for task in facts.tasks if task["settled_at"] is None
    )
    for first, second in pairwise(open_ones):
        if first == second:
            yield Violation("one task", Kind.DOUBLED, f"{first[1]} {first[2]}", f"two open tasks {first[0]}")
