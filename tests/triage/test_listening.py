"""One post that triage is unsure of, before one person at a time, and what becomes of it."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select, update

from app.accounts.models import User
from app.cases import actions as cases
from app.cases.models import Case, CaseStatus
from app.channels.models import Connection, Destination
from app.desk import actions as desk
from app.feed import actions as feed
from app.foundation import terms
from app.foundation.db import session, unit_of_work
from app.foundation.errors import Conflict
from app.foundation.journal import JournalEntry
from app.mentions.models import IgnoredBecause, Mention, MentionStatus
from app.mentions.types import FeedLane, Route
from app.publishing.actions import mirror_deletion
from app.triage import actions, doubts, listening
from app.triage.doubting import room_for, worth_asking
from app.triage.judge import OperatingPoint, judge
from app.triage.listening import LEASE, UNDO_LASTS, Place
from app.triage.models import Doubt, Label, TriageVerdict
from app.triage.rules.types import Then, Way, When
from app.triage.signals import read_signals
from app.triage.types import Band, Context, DoubtEnd, Said, Signals, Verdict, Worth
from tests import factories
from tests.conftest import TERMS
from tests.factories import NOW
from worker.lanes import sweeps

pytestmark = pytest.mark.usefixtures("db_session")

TEXT = "@NorthwindKettles the app has been down since noon, is that a known problem?"


@pytest.fixture(autouse=True)
def _asks() -> None:
    terms.choose(replace(TERMS, asked_a_day=10))


@pytest.fixture
def unsure(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let triage take every post for staff's, and hardly: what its scores say today is not what is tried here."""

    def hardly(signals: Signals, context: Context, point: OperatingPoint) -> Verdict:
        return replace(
            judge(signals, context, point), route=Route.STAFF_TECHNICAL, lane=None, band=Band.UNSURE, confidence=0.55
        )

    monkeypatch.setattr(actions, "judge", hardly)


def heard(text: str = TEXT, **overrides: object) -> int:
    values = {"status": MentionStatus.RECEIVED, "route": None, "kind": None, "feed_lane": None, "masked_text": None}
    return factories.make_mention(text=text, **(values | overrides)).id


def sort(*, at: datetime = NOW) -> None:
    with unit_of_work():
        actions.triage_waiting(at=at)


def doubted(text: str = TEXT, **overrides: object) -> int:
    """Return a post that waits for a listener."""
    one = heard(text, **overrides)
    sort()
    assert mention(one).status is MentionStatus.UNSURE
    return one


def mention(mention_id: int) -> Mention:
    wanted = select(Mention).where(Mention.id == mention_id).execution_options(populate_existing=True)
    return session.scalars(wanted).one()


def taken(by: User, *, at: datetime = NOW) -> int | None:
    with unit_of_work():
        given = listening.take_next(by=factories.person(by), at=at)
    return None if given is None else given.mention_id


def say(by: User, mention_id: int, place: Place, *, at: datetime = NOW) -> None:
    with unit_of_work():
        listening.decide(mention_id=mention_id, place=place, by=factories.person(by), at=at)


def take_back(by: User, *, at: datetime = NOW) -> None:
    with unit_of_work():
        listening.undo(by=factories.person(by), at=at)


def standing() -> list[Label]:
    return list(session.scalars(select(Label).where(Label.taken_back_at.is_(None)).order_by(Label.id)))


class TestWhoIsAsked:
    @pytest.mark.usefixtures("unsure")
    def test_what_triage_is_unsure_of_waits_and_keeps_its_guess(self) -> None:
        one = doubted()

        doubt = session.scalars(select(Doubt)).one()
        assert (doubt.mention_id, doubt.route, doubt.worth) == (one, Route.STAFF_TECHNICAL, Worth.MAY_BE_THE_CROWDS)
        assert session.scalars(select(JournalEntry.action)).one() == "mention.doubted"
        assert session.scalars(select(Case)).all() == []

    @pytest.mark.parametrize(
        "text",
        [
            "@NorthwindKettles the handle melted and I burnt my hand, is this thing safe?",
            "@NorthwindKettles I will hurt myself if this goes on",
            "@NorthwindKettles app has been down again since noon, mail me at jane.roe@example.org",
            "@NorthwindKettles THIRD time asking you useless idiots. Worst company ever, never buying again!!!",
            "WIN a FREE prize now!!! Claim your cash at http://win.example call 0900 123456",
            "@NorthwindKettles how do I descale the K2? Can I use vinegar?",
            "",
        ],
    )
    def test_danger_personal_data_and_what_is_sure_are_never_held_back(self, text: str) -> None:
        one = heard(text)

        sort()

        assert mention(one).status is not MentionStatus.UNSURE

    @pytest.mark.usefixtures("unsure")
    def test_a_number_of_nought_asks_nobody(self) -> None:
        terms.choose(replace(TERMS, asked_a_day=0))
        one = heard()

        sort()

        assert mention(one).status is MentionStatus.ESCALATED

    @pytest.mark.usefixtures("unsure")
    def test_no_more_are_asked_about_than_the_day_has_room_for(self) -> None:
        terms.choose(replace(TERMS, asked_a_day=2))
        many = [heard() for _each in range(3)]

        sort()

        assert [mention(one).status is MentionStatus.UNSURE for one in many] == [True, True, False]

    @pytest.mark.usefixtures("unsure")
    def test_the_next_day_has_room_again(self) -> None:
        terms.choose(replace(TERMS, asked_a_day=1))
        doubted()
        same_day, next_day = heard(), NOW + timedelta(hours=25)
        sort(at=NOW + timedelta(hours=23))
        late = heard()

        sort(at=next_day)

        assert mention(same_day).status is MentionStatus.ESCALATED
        assert mention(late).status is MentionStatus.UNSURE

    @pytest.mark.usefixtures("unsure")
    def test_what_the_crowd_could_not_answer_anyway_goes_its_way(self) -> None:
        one = heard(
            can_reply=False, cannot_reply_why="not_summoned", connection=factories.make_connection(answer_by_hand=False)
        )

        sort()

        assert mention(one).status is MentionStatus.ESCALATED

    @pytest.mark.usefixtures("unsure")
    def test_what_a_search_found_goes_where_the_search_says(self) -> None:
        one = heard(destination=Destination.CROWD, summoned=False)

        sort()

        assert mention(one).status is MentionStatus.OPEN

    def test_the_crowds_post_is_asked_about_only_where_something_speaks_for_staff(self) -> None:
        signals = read_signals("@NorthwindKettles how do I descale the K2?")
        verdict = replace(judge(signals), band=Band.UNSURE)

        assert worth_asking(signals, verdict) is None
        assert worth_asking(replace(signals, sensitive=0.2), verdict) is Worth.LEANS_TO_STAFF

    def test_what_a_rule_of_the_brands_holds_waits_for_a_person_before_all_else(self) -> None:
        factories.make_rule("Vinegar week", is_on=True, then=Then(way=Way.HOLD))
        one = heard("@NorthwindKettles how much vinegar for the K2?")

        sort()

        assert mention(one).status is MentionStatus.UNSURE
        assert session.scalars(select(Doubt.worth)).one() == Worth.HELD

    def test_a_label_names_the_rule_that_decided(self) -> None:
        key = factories.make_rule("Vinegar week", is_on=True, then=Then(way=Way.HOLD))
        one = heard("@NorthwindKettles how much vinegar for the K2?")
        sort()
        sol = factories.sol()
        taken(sol)

        say(sol, one, Place.FEED)

        [label] = standing()
        assert (label.rule_key, label.way, label.route) == (key, Way.CROWD, Route.STAFF_TECHNICAL)

    @pytest.mark.usefixtures("unsure")
    def test_what_a_rule_gives_to_somebody_goes_to_them_at_once(self) -> None:
        sol = factories.sol()
        factories.make_rule(is_on=True, when=When(words=("app",)), then=Then(assign_to=sol.id))
        one = heard()

        sort()

        assert mention(one).status is MentionStatus.ESCALATED

    def test_what_would_be_set_aside_takes_half_of_the_day_at_most(self) -> None:
        signals = read_signals("@NorthwindKettles thanks")
        verdict = replace(judge(signals), route=Route.NOISE, band=Band.UNSURE)

        assert worth_asking(signals, verdict) is Worth.MAY_BE_SOMETHING
        assert room_for(Worth.MAY_BE_SOMETHING, asked=4, a_day=10)
        assert not room_for(Worth.MAY_BE_SOMETHING, asked=5, a_day=10)
        assert room_for(Worth.LEANS_TO_STAFF, asked=9, a_day=10)

    @pytest.mark.usefixtures("unsure")
    def test_an_edited_post_is_asked_about_anew_and_once(self) -> None:
        one = doubted()
        sol = factories.sol()
        taken(sol)
        with unit_of_work():
            mention(one).rewrite(text=TEXT + " Still down.", edition=2, edition_external_id="2")
        with pytest.raises(Conflict, match="changed meanwhile"):
            say(sol, one, Place.FEED)

        sort()

        assert mention(one).status is MentionStatus.UNSURE
        assert session.scalar(select(func.count()).where(Doubt.ended_at.is_(None))) == 1


@pytest.mark.usefixtures("unsure")
class TestOneAtATime:
    def test_two_listeners_are_given_two_posts(self) -> None:
        doubted()
        doubted()

        first, second = taken(factories.sol()), taken(factories.ana())

        assert None not in {first, second}
        assert first != second

    def test_who_has_a_post_in_hand_is_given_it_again(self) -> None:
        doubted()
        doubted()
        sol = factories.sol()

        assert taken(sol) == taken(sol)

    def test_nobody_is_given_what_another_has(self) -> None:
        doubted()
        taken(factories.sol())

        assert taken(factories.ana(), at=NOW + LEASE - timedelta(seconds=1)) is None

    def test_a_post_left_lying_is_given_to_somebody_else(self) -> None:
        one = doubted()
        sol, ana = factories.sol(), factories.ana()
        taken(sol)

        assert taken(ana, at=NOW + LEASE) == one
        with pytest.raises(Conflict, match="Ana Abbot is looking"):
            say(sol, one, Place.FEED, at=NOW + LEASE)

    def test_who_was_slow_may_still_say_while_nobody_else_has_it(self) -> None:
        one = doubted()
        sol = factories.sol()
        taken(sol)

        say(sol, one, Place.FEED, at=NOW + LEASE * 2)

        assert mention(one).status is MentionStatus.OPEN

    def test_what_was_never_taken_cannot_be_decided(self) -> None:
        one = doubted()

        with pytest.raises(Conflict):
            say(factories.sol(), one, Place.FEED)

    def test_what_was_left_to_others_comes_back_last(self) -> None:
        first, second = doubted(), doubted()
        sol = factories.sol()
        assert taken(sol) == first
        with unit_of_work():
            listening.leave(mention_id=first, by=factories.person(sol), at=NOW)

        assert taken(sol) == second
        assert taken(factories.ana()) == first

    def test_the_worst_mistakes_come_first(self) -> None:
        late, early = doubted(), doubted()
        session.execute(update(Doubt).where(Doubt.mention_id == early).values(worth=Worth.LEANS_TO_STAFF.value))
        session.commit()

        assert taken(factories.sol()) == early
        assert taken(factories.ana()) == late


@pytest.mark.usefixtures("unsure")
class TestWhatIsSaid:
    @pytest.mark.parametrize(
        ("place", "status", "because"),
        [
            (Place.FEED, MentionStatus.OPEN, None),
            (Place.STAFF, MentionStatus.ESCALATED, None),
            (Place.NO_REPLY, MentionStatus.IGNORED, IgnoredBecause.LET_BE),
            (Place.SPAM, MentionStatus.IGNORED, IgnoredBecause.NOISE),
        ],
    )
    def test_a_post_goes_where_its_listener_says(
        self, place: Place, status: MentionStatus, because: IgnoredBecause | None
    ) -> None:
        one = doubted()
        sol = factories.sol()
        taken(sol)

        say(sol, one, place)

        assert (mention(one).status, mention(one).ignored_because) == (status, because)
        assert session.scalars(select(Doubt.ended_because)).one() is DoubtEnd.SAID

    def test_the_feed_shows_it_as_a_question_of_the_crowds(self) -> None:
        one = doubted()
        sol = factories.sol()
        taken(sol)

        say(sol, one, Place.FEED)

        assert (mention(one).route, mention(one).feed_lane) == (Route.COMMUNITY, FeedLane.QUESTIONS)

    def test_what_only_a_person_may_answer_waits_in_the_lane_of_the_hand(self) -> None:
        one = doubted(can_reply=False, cannot_reply_why="not_summoned", summoned=False)
        sol = factories.sol()
        taken(sol)

        say(sol, one, Place.FEED)

        assert mention(one).status is MentionStatus.BY_HAND

    def test_staff_keep_the_lane_that_triage_guessed_and_its_parts(self) -> None:
        one = doubted()
        sol = factories.sol()
        taken(sol)

        say(sol, one, Place.STAFF)

        case = session.scalars(select(Case)).one()
        assert mention(one).route is Route.STAFF_TECHNICAL
        assert case.opened_by_id == sol.id
        assert case.priority == sum(points for _name, points in case.parts)

    def test_what_triage_would_have_given_the_crowd_goes_to_the_lane_it_leans_to(self) -> None:
        one = doubted()
        mention(one).route, mention(one).feed_lane = Route.COMMUNITY, FeedLane.QUESTIONS
        session.execute(update(TriageVerdict).values(route=Route.COMMUNITY))
        session.commit()
        sol = factories.sol()
        taken(sol)

        say(sol, one, Place.STAFF)

        assert mention(one).route is Route.STAFF_TECHNICAL
        case = session.scalars(select(Case)).one()
        assert case.parts == [["listened", 50]]

    def test_two_answers_to_one_post_leave_one(self) -> None:
        one = doubted()
        sol = factories.sol()
        taken(sol)
        say(sol, one, Place.FEED)

        with pytest.raises(Conflict, match="decided"):
            say(sol, one, Place.SPAM)

        assert mention(one).status is MentionStatus.OPEN
        assert len(standing()) == 1


@pytest.mark.usefixtures("unsure")
class TestUndo:
    @pytest.mark.parametrize("place", list(Place))
    def test_the_post_is_before_its_listener_again_and_the_label_counts_no_more(self, place: Place) -> None:
        one = doubted()
        sol = factories.sol()
        taken(sol)
        say(sol, one, place)

        take_back(sol)

        assert (mention(one).status, mention(one).route) == (MentionStatus.UNSURE, Route.STAFF_TECHNICAL)
        assert mention(one).feed_lane is None
        assert taken(sol) == one
        assert standing() == []
        assert session.scalars(select(Case).where(Case.status == CaseStatus.OPEN)).all() == []

    def test_it_can_be_decided_anew(self) -> None:
        one = doubted()
        sol = factories.sol()
        taken(sol)
        say(sol, one, Place.STAFF)
        take_back(sol)

        say(sol, one, Place.STAFF)

        assert session.scalars(select(Case.status).order_by(Case.id)).all() == [CaseStatus.RETURNED, CaseStatus.OPEN]
        assert [label.said_route for label in standing()] == [Said.STAFF]

    def test_it_is_too_late_after_a_while(self) -> None:
        one = doubted()
        sol = factories.sol()
        taken(sol)
        say(sol, one, Place.FEED)

        with pytest.raises(Conflict, match="too long ago"):
            take_back(sol, at=NOW + UNDO_LASTS)

    def test_nobody_takes_back_what_another_said(self) -> None:
        one = doubted()
        sol = factories.sol()
        taken(sol)
        say(sol, one, Place.FEED)

        with pytest.raises(Conflict):
            take_back(factories.ana())

    def test_a_claimed_post_stays_with_its_advocate(self) -> None:
        one = doubted()
        sol, ada = factories.sol(), factories.ada()
        taken(sol)
        say(sol, one, Place.FEED)
        later = NOW + timedelta(minutes=1)
        with unit_of_work():
            feed.claim(mention_id=one, advocate_id=ada.id, at=later)

        with pytest.raises(Conflict, match="acted on"):
            take_back(sol, at=later)

        assert mention(one).status is MentionStatus.CLAIMED
        assert len(standing()) == 1

    def test_a_case_that_somebody_took_stays_theirs(self) -> None:
        one = doubted()
        sol, sid = factories.sol(), factories.make_user(factories.Role.STAFF)
        taken(sol)
        say(sol, one, Place.STAFF)
        case = session.scalars(select(Case)).one()
        later = NOW + timedelta(minutes=1)
        with unit_of_work():
            desk.assign(case_id=case.id, to=factories.person(sid), at=later)

        with pytest.raises(Conflict, match="taken it up"):
            take_back(sol, at=later)

    def test_a_post_that_another_put_on_the_feed_stays_there(self) -> None:
        one = doubted()
        sol = factories.sol()
        taken(sol)
        say(sol, one, Place.SPAM)
        later = NOW + timedelta(minutes=1)
        with unit_of_work():
            desk.put_on_feed(mention_id=one, by=factories.person(factories.ana()), at=later)

        with pytest.raises(Conflict, match="acted on"):
            take_back(sol, at=later)

        assert mention(one).status is MentionStatus.OPEN


@pytest.mark.usefixtures("unsure")
class TestNobodyListens:
    def pass_on(self, minutes: float) -> None:
        for doubt_id in doubts.overdue(
            since=NOW + timedelta(minutes=minutes) - TERMS.asking, at=NOW + timedelta(minutes=minutes), limit=10
        ):
            with unit_of_work():
                listening.pass_on(doubt_id=doubt_id, at=NOW + timedelta(minutes=minutes))

    def test_a_post_goes_the_way_triage_guessed(self) -> None:
        one = doubted()

        self.pass_on(15)

        assert mention(one).status is MentionStatus.ESCALATED
        case = session.scalars(select(Case)).one()
        assert (case.opened_by_id, case.reason) == (None, "")
        assert standing() == []
        assert session.scalars(select(Doubt.ended_because)).one() is DoubtEnd.OVERDUE

    @pytest.mark.parametrize(
        ("route", "lane", "status"),
        [
            (Route.COMMUNITY, FeedLane.HELLO, MentionStatus.OPEN),
            (Route.COMMUNITY, FeedLane.QUESTIONS, MentionStatus.OPEN),
            (Route.NOISE, None, MentionStatus.IGNORED),
        ],
    )
    def test_each_guess_has_its_way(self, route: Route, lane: FeedLane | None, status: MentionStatus) -> None:
        one = doubted()
        mention(one).route, mention(one).feed_lane = route, lane
        session.commit()

        self.pass_on(15)

        assert (mention(one).status, mention(one).feed_lane) == (status, lane)

    def test_it_has_its_time(self) -> None:
        one = doubted()

        self.pass_on(14)

        assert mention(one).status is MentionStatus.UNSURE

    def test_who_has_it_on_the_screen_may_finish(self) -> None:
        one = doubted()
        taken(factories.sol(), at=NOW + timedelta(minutes=14))

        self.pass_on(15)
        assert mention(one).status is MentionStatus.UNSURE
        self.pass_on(16)
        assert mention(one).status is MentionStatus.ESCALATED

    def test_the_sweep_finds_it(self) -> None:
        one = doubted()

        sweeps.stop_waiting_for_listeners()  # the tests' present is long ago

        assert mention(one).status is MentionStatus.ESCALATED

    def test_who_comes_too_late_is_told(self) -> None:
        one = doubted()
        sol = factories.sol()
        taken(sol)
        self.pass_on(20)

        with pytest.raises(Conflict, match="the way triage guessed"):
            say(sol, one, Place.FEED)

    def test_a_post_that_staff_have_by_now_is_left_alone(self) -> None:
        one = doubted()
        with unit_of_work():
            cases.open_case(mention=mention(one), reason="So", priority=50, opened_by_id=None, at=NOW)

        self.pass_on(15)

        assert session.scalars(select(Case)).one().reason == "So"
        assert session.scalars(select(Doubt.ended_because)).one() is DoubtEnd.ELSEWHERE


@pytest.mark.usefixtures("unsure")
def test_of_a_deleted_post_no_doubt_and_no_label_stays() -> None:
    one = doubted()
    sol = factories.sol()
    taken(sol)
    say(sol, one, Place.FEED)

    with unit_of_work():
        mirror_deletion(mention_id=one, at=NOW)

    assert session.scalars(select(Doubt)).all() == []
    assert session.scalars(select(Label)).all() == []


@pytest.mark.usefixtures("unsure")
def test_a_deleted_post_waits_for_nobody() -> None:
    one = doubted()
    with unit_of_work():
        mirror_deletion(mention_id=one, at=NOW)

    assert taken(factories.sol()) is None
    assert session.get_one(Connection, mention(one).connection_id).learns is False
