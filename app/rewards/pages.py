"""What the leaderboard and a profile show, gathered."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time

from app.accounts.permissions import Permission, Person, may
from app.advocates.models import Advocate, SkillKind
from app.feed.points import Offer, Offered, register_points_on_offer
from app.foundation import clock
from app.foundation.slots import Banner, Piece, register_banner, register_piece
from app.foundation.words import _, ngettext
from app.rewards import queries, scoring, standings
from app.rewards.models import PointEntry, Rule, Season

TOP = 50


@dataclass(frozen=True, slots=True)
class Goal:
    """A season with how far everybody has come together."""

    season: Season
    total: int
    mine: int
    days_left: int

    @property
    def share(self) -> int:
        """Whole percent of the goal, 0 to 100."""
        return min(100, 100 * self.total // max(1, self.season.goal_points))


@dataclass(frozen=True, slots=True)
class BoardPage:
    """A board as one person sees it."""

    goal: Goal | None
    all_time: bool
    near_me: bool
    podium: list[standings.Standing]
    rows: list[standings.Standing]
    help: dict[int, standings.Help]
    me: standings.Standing | None
    viewer_id: int
    prices: list[tuple[str, str]]


def goal_of(viewer: Person, *, at: datetime) -> Goal | None:
    """Return the present season with its goal, or None between seasons."""
    season = standings.season_on(at.date())
    if season is None:
        return None
    return Goal(
        season=season,
        total=standings.season_total(season.id),
        mine=standings.points_of(viewer.id, season_id=season.id),
        days_left=(season.ends_on - at.date()).days,
    )


def board(*, viewer: Person, all_time: bool, near_me: bool, at: datetime) -> BoardPage:
    """Gather a board. Between seasons it is that of all time."""
    goal = goal_of(viewer, at=at)
    all_time = all_time or goal is None
    season_id = 0 if all_time or goal is None else goal.season.id
    near = standings.around(viewer.id, season_id=season_id)
    top = standings.top(season_id=season_id, limit=TOP)
    show_near = near_me and len(near) > 0
    rows = near if show_near else top
    since = None if goal is None or all_time else datetime.combine(goal.season.starts_on, time(), tzinfo=UTC)
    return BoardPage(
        goal=goal,
        all_time=all_time,
        near_me=show_near,
        podium=top[:3],
        rows=rows,
        help=standings.help_of([row.user_id for row in rows], since=since),
        me=next((row for row in near if row.user_id == viewer.id), None),
        viewer_id=viewer.id,
        prices=prices(),
    )


def prices(*, soon: bool = True, reach: bool = True) -> list[tuple[str, str]]:
    """Return what earns how much, in words; without what cannot be had."""
    offered = [
        (True, _("Approved and posted"), f"+{scoring.POSTED_POINTS}"),
        (True, _("Approved without changes"), f"+{scoring.WITHOUT_CHANGES_POINTS}"),
        (soon, _("Within the hour"), f"+{scoring.WITHIN_THE_HOUR_POINTS}"),
        (True, _("They say thanks"), f"+{scoring.THANKED_POINTS}"),
        (reach, _("Reach, once posted"), _("up to +%(points)s", points=scoring.REACH_AT_MOST)),
    ]
    return [(words, points) for can_be_had, words, points in offered if can_be_had]


@dataclass(frozen=True, slots=True)
class SaidLine:
    """A ledger line in words."""

    entry: PointEntry
    reason: str
    href: str
    topic: str


def said(lines: Sequence[queries.LedgerLine]) -> list[SaidLine]:
    """Put ledger lines into words, each with a link to the reply it is about."""
    return [SaidLine(line.entry, _reason(line.entry), _href(line), line.topic) for line in lines]


def points_about(publication_ids: Sequence[int]) -> list[tuple[datetime, str]]:
    """Return when points were given and taken for these publications, to whom and what for, oldest first."""
    return [
        (
            entry.earned_at,
            _("%(name)s, %(points)s: %(reason)s", name=name, points=f"{entry.points:+}", reason=_reason(entry)),
        )
        for entry, name in queries.lines_about(publication_ids)
    ]


def _href(line: queries.LedgerLine) -> str:
    return f"/replies/{line.reply_id}" if line.reply_id else ""


def _reason(entry: PointEntry) -> str:
    if entry.rule is Rule.REVERSAL:
        return _("Taken back: %(what)s", what=_RULES[Rule(entry.detail)]())
    if entry.rule is Rule.REACH:
        likes, reposts, views = (int(part) for part in entry.detail.split("/"))
        counted = [
            ngettext("%(num)s like", "%(num)s likes", likes),
            ngettext("%(num)s repost", "%(num)s reposts", reposts),
            ngettext("%(num)s view", "%(num)s views", views),
        ]
        return _("Reach: %(likes)s, %(reposts)s, %(views)s", likes=counted[0], reposts=counted[1], views=counted[2])
    return _RULES[entry.rule]()


_RULES = {
    Rule.POSTED: lambda: _("Reply approved and posted"),
    Rule.WITHOUT_CHANGES: lambda: _("Approved without changes"),
    Rule.WITHIN_THE_HOUR: lambda: _("Answered within the hour"),
    Rule.THANKED: lambda: _("The customer said thanks"),
    Rule.REACH: lambda: _("Reach of a reply"),
}


@dataclass(frozen=True, slots=True)
class ProfilePage:
    """A profile as one person sees it; ``lines`` only on one's own."""

    advocate: Advocate
    own: bool
    season_points: int
    all_points: int
    place: int | None
    record: queries.Record
    topics: list[str]
    languages: list[str]
    lines: list[SaidLine]


def profile(handle: str, *, viewer: Person, at: datetime) -> ProfilePage:
    """Gather a profile.

    Raises:
        NotFound: nobody has this handle.
    """
    advocate = queries.advocate_by_handle(handle)
    own = advocate.user_id == viewer.id
    season = standings.season_on(at.date())
    place = None
    if season and not advocate.hidden_from_boards:
        near = standings.around(advocate.user_id, season_id=season.id, each_side=0)
        place = near[0].rank if near else None
    return ProfilePage(
        advocate=advocate,
        own=own,
        season_points=standings.points_of(advocate.user_id, season_id=season.id) if season else 0,
        all_points=standings.points_of(advocate.user_id, season_id=0),
        place=place,
        record=queries.record_of(advocate.user_id),
        topics=sorted(skill.value for skill in advocate.skills if skill.kind is SkillKind.TOPIC),
        languages=sorted(skill.value for skill in advocate.skills if skill.kind is SkillKind.LANGUAGE),
        lines=said(queries.ledger_of(advocate.user_id, limit=10)) if own else [],
    )


def _season_card(viewer: Person) -> Piece | None:
    goal = goal_of(viewer, at=clock.now()) if may(viewer, Permission.SEE_OWN_POINTS) else None
    return None if goal is None else ("rewards/_season_card.html", {"goal": goal})


def _offer(post: Offered) -> Offer:
    """Say what a reply to a post may earn: the bonus for speed while it can still be had, reach where it counts."""
    soon = scoring.was_soon(posted_at=post.posted_at, sent_at=post.at)
    base = scoring.POSTED_POINTS + (scoring.WITHIN_THE_HOUR_POINTS if soon else 0)
    reach = scoring.REACH_AT_MOST if post.impact_counts else 0
    return Offer(base, reach, tuple(prices(soon=soon, reach=post.impact_counts)) if post.detailed else ())


def _differing_balances(person: Person) -> Banner | None:
    found = queries.differing_balances(limit=1) if may(person, Permission.CORRECT_POINTS) else []
    if not found:
        return None
    return Banner(title=_("Points and their ledger differ."), text=found[0].message, order=30)


register_banner("balances", _differing_balances)
register_piece("sidebar-foot", _season_card)
register_points_on_offer(_offer)
