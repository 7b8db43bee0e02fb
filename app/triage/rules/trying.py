"""Dry runs: what other rules would have done to the posts of last week, from what triage kept of them."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime

from app.triage.rules.queries import A_WEEK, Past, Ready, made_ready, posts_since
from app.triage.rules.ruling import way_after
from app.triage.rules.types import Guard, Live, Rules, Way

#: Read of one week: what takes a page about two seconds.
MOST_POSTS = 10_000
MOST_SHOWN = 200


@dataclass(slots=True)
class Tried:
    """What a change would have done."""

    reaches_back_to: datetime
    is_whole: bool = True
    posts: int = 0
    #: So many would be decided by the rule that is changed.
    decided: int = 0
    #: So many its wish would be refused on, for harm or personal data.
    kept: int = 0
    moves: Counter[tuple[Way, Way]] = field(default_factory=Counter)
    marked: int = 0
    #: (mention, from, to) of the newest that would change.
    changes: list[tuple[int, Way, Way]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What rules make of one post."""

    way: Way
    points: int = 0
    tags: tuple[str, ...] = ()
    assign_to: int | None = None


def try_out(before: Rules, later: Rules, *, key: int, at: datetime) -> Tried:
    """Compare two lists of rules on the posts heard in the week before ``at``, the newest ``MOST_POSTS`` at most."""
    old, new = made_ready(before), made_ready(later)
    tried = Tried(reaches_back_to=at)
    for post in posts_since(at - A_WEEK):
        if tried.posts == MOST_POSTS:
            tried.is_whole = False
            break
        tried.posts += 1
        tried.reaches_back_to = post.heard_at
        rule = new.matcher.first(post.facts)
        now, then = _outcome(post, old.matcher.first(post.facts), old), _outcome(post, rule, new)
        if rule is not None and rule.key == key:
            tried.decided += 1
            tried.kept += then.way is not (rule.wording.then.way or then.way)
        if now != then:
            _note(tried, post.id, now, then)
    return tried


def _note(tried: Tried, mention_id: int, now: Outcome, then: Outcome) -> None:
    if now.way is then.way:
        tried.marked += 1
    else:
        tried.moves[now.way, then.way] += 1
    if len(tried.changes) < MOST_SHOWN:
        tried.changes.append((mention_id, now.way, then.way))


def _outcome(post: Past, rule: Live | None, ready: Ready) -> Outcome:
    if rule is None:
        return Outcome(_seen(post.way, post))
    then = rule.wording.then
    way = way_after(post.way, post.guard, then)
    goes_to_staff = not way.is_to_crowd and way is not Way.NOISE
    return Outcome(
        way=_seen(way, post),
        points=0 if post.guard is Guard.DANGER or way is Way.NOISE else then.points,
        tags=then.tags,
        assign_to=then.assign_to if goes_to_staff and then.assign_to in ready.assignable else None,
    )


def _seen(way: Way, post: Past) -> Way:
    """What is only observed is answered by nobody."""
    return Way.NOISE if post.is_observed and way.is_to_crowd else way
