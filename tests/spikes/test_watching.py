"""The watch: what stands out is noticed and told once, followed, and ends by itself."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from app.accounts.models import Role
from app.foundation.db import session, unit_of_work
from app.foundation.errors import Conflict
from app.foundation.journal import JournalEntry
from app.notices.models import Notice
from app.spikes import actions, queries
from app.spikes.models import HeardCount, Spike, SpikeStatus
from app.spikes.sorts import Sort
from tests.factories import NOW, ada, ana, make_connection, make_user, mo, person, sol
from tests.spikes.scene import HOUR, MINUTE, angry, learnt, look, posts

ALL = (Sort.ALL, "")


@pytest.fixture(autouse=True)
def _database(db_session: None) -> None:
    pass


def spikes() -> list[tuple[Sort, SpikeStatus]]:
    session.expire_all()
    return [(spike.sort, spike.status) for spike in session.scalars(select(Spike).order_by(Spike.id))]


def letters() -> list[str]:
    return list(session.scalars(select(Notice.subject).order_by(Notice.id)))


def journal() -> list[str]:
    lines = select(JournalEntry.action).where(JournalEntry.subject_type == "spikes").order_by(JournalEntry.id)
    return list(session.scalars(lines))


def test_far_more_posts_than_usual_are_noticed_once_and_told_to_staff_and_admins() -> None:
    sol(), ana(), mo(), ada()
    account = learnt({ALL: 12}, connection=make_connection(handle="NorthwindKettle"))
    posts(account, 30)

    for seconds in (0, 40, 80):
        look(NOW + timedelta(seconds=seconds))

    [spike] = session.scalars(select(Spike)).all()
    assert (spike.sort, spike.connection_id, spike.heard, spike.status) == (Sort.ALL, account.id, 28, SpikeStatus.OPEN)
    assert letters() == ["Far more than usual: Posts to @NorthwindKettle"] * 2
    assert journal() == ["spike.noticed"]
    assert session.scalars(select(Notice.page)).first() == f"/spikes/{spike.id}"
    assert "28 in 10 minutes, where about 2 are usual." in session.scalars(select(Notice.text)).first()


def test_as_much_as_usual_is_no_spike() -> None:
    posts(learnt({ALL: 100}), 30)

    assert look() is True
    assert spikes() == []


def test_anger_is_noticed_where_the_volume_is_usual() -> None:
    account = learnt({ALL: 200, (Sort.ANGRY, ""): 2})
    angry(account, 20)

    look()

    assert spikes() == [(Sort.ANGRY, SpikeStatus.OPEN)]


def test_a_topic_is_noticed_by_its_name() -> None:
    account = learnt({ALL: 200, (Sort.TOPIC, "lids"): 2})
    posts(account, 15, topic="lids")

    look()

    assert [(spike.sort, spike.topic) for spike in queries.live_spikes()] == [(Sort.TOPIC, "lids")]


def test_three_posts_that_speak_of_harm_in_an_hour_are_enough() -> None:
    account = learnt({ALL: 200})
    posts(account, 3, within=50 * MINUTE, reasons=[["crisis.harm", "end it all"]])

    look()

    assert spikes() == [(Sort.HARM, SpikeStatus.OPEN)]


def test_accounts_are_watched_one_by_one_and_together() -> None:
    one, other = learnt({ALL: 12}), learnt({ALL: 12})
    posts(one, 12)
    posts(other, 12)

    look()

    assert [spike.connection_id for spike in queries.live_spikes()] == [None]


def test_on_the_first_day_there_is_no_usual_and_no_alarm() -> None:
    posts(learnt({}, weeks=0.1), 60)

    look()

    assert spikes() == []


def test_in_the_first_two_weeks_the_busiest_hour_is_the_measure() -> None:
    account = learnt({ALL: 12}, weeks=1)
    session.execute(update(HeardCount).where(HeardCount.from_at == NOW - 30 * HOUR).values(posts=90))
    session.commit()
    posts(account, 30)
    look()
    assert spikes() == []

    posts(account, 40, ending=NOW + MINUTE)
    look(NOW + MINUTE)
    assert spikes() == [(Sort.ALL, SpikeStatus.OPEN)]


def test_what_follows_within_half_an_hour_sends_no_second_letter_but_words_of_harm_do() -> None:
    sol()
    account = learnt({ALL: 12})
    posts(account, 30)
    look()
    angry(account, 15, ending=NOW + 5 * MINUTE)
    look(NOW + 5 * MINUTE)
    posts(account, 3, ending=NOW + 9 * MINUTE, within=MINUTE, reasons=[["crisis.harm", "end it all"]])
    look(NOW + 9 * MINUTE)

    assert len(spikes()) == 3
    assert [subject.partition(": ")[2] for subject in letters()] == [
        "Posts to @NorthwindKettle",
        "Posts that speak of harm",
    ]


def test_it_ends_by_itself_and_says_so_to_whoever_was_told() -> None:
    sol()
    posts(learnt({ALL: 12}), 30)
    look()
    look(NOW + 29 * MINUTE)
    assert spikes() == [(Sort.ALL, SpikeStatus.OPEN)]

    # For an hour it stood out in the hour's window, and for half an hour it was quiet.
    for minutes in (58, 75, 95):
        look(NOW + minutes * MINUTE)

    assert spikes() == [(Sort.ALL, SpikeStatus.ENDED)]
    assert letters()[-1] == "It is over: Posts to @NorthwindKettle"
    assert journal() == ["spike.noticed", "spike.ended"]


def test_after_its_end_a_new_one_is_noticed_anew() -> None:
    account = learnt({ALL: 12})
    posts(account, 30)
    look()
    look(NOW + 95 * MINUTE)
    posts(account, 30, ending=NOW + 3 * HOUR)
    look(NOW + 3 * HOUR)

    assert spikes() == [(Sort.ALL, SpikeStatus.ENDED), (Sort.ALL, SpikeStatus.OPEN)]


def test_no_incident_mutes_it_until_it_is_twice_as_much() -> None:
    somebody = sol()
    account = learnt({ALL: 12})
    posts(account, 30)
    look()
    [spike_id] = session.scalars(select(Spike.id)).all()

    with unit_of_work():
        actions.dismiss(spike_id=spike_id, by=person(somebody), at=NOW)
    posts(account, 10, ending=NOW + 2 * MINUTE)
    look(NOW + 2 * MINUTE)
    assert spikes() == [(Sort.ALL, SpikeStatus.DISMISSED)]
    assert len(letters()) == 1

    posts(account, 60, ending=NOW + 4 * MINUTE, within=MINUTE)
    look(NOW + 4 * MINUTE)
    assert spikes() == [(Sort.ALL, SpikeStatus.OPEN)]
    assert letters()[-1] == "It grew: Posts to @NorthwindKettle"
    assert journal() == ["spike.noticed", "spike.dismissed", "spike.grew"]


def test_what_was_called_no_incident_ends_too() -> None:
    posts(learnt({ALL: 12}), 30)
    look()
    [spike_id] = session.scalars(select(Spike.id)).all()
    with unit_of_work():
        actions.dismiss(spike_id=spike_id, by=person(sol()), at=NOW)
    look(NOW + 95 * MINUTE)

    assert spikes() == [(Sort.ALL, SpikeStatus.ENDED)]


def test_no_incident_is_said_once() -> None:
    posts(learnt({ALL: 12}), 30)
    look()
    [spike_id] = session.scalars(select(Spike.id)).all()
    moderator = person(make_user(Role.MODERATOR))
    with unit_of_work():
        actions.dismiss(spike_id=spike_id, by=moderator, at=NOW)

    with pytest.raises(Conflict), unit_of_work():
        actions.dismiss(spike_id=spike_id, by=moderator, at=NOW)


def test_it_looks_no_more_often_than_it_must() -> None:
    learnt({ALL: 12})

    assert [look(NOW + timedelta(seconds=n)) for n in (0, 10, 29, 31)] == [True, False, False, True]


def test_a_stop_of_the_listener_is_no_spike_when_what_was_said_is_heard_at_once() -> None:
    """Posts count by when they were posted: two hours' worth, heard in one minute, is as much as usual."""
    account = learnt({ALL: 12})
    posts(account, 24, within=2 * HOUR)

    look()

    assert spikes() == []
