"""The rewards lane: points for what was posted, thanks that were heard, reach that was looked up."""

import logging
from collections import defaultdict
from collections.abc import Sequence
from datetime import timedelta
from functools import partial

from app.channels.actions import record_cost
from app.channels.errors import ChannelError, Gone
from app.channels.registry import open_channel
from app.channels.types import Metrics, Ref
from app.foundation import clock
from app.foundation.db import session, unit_of_work
from app.foundation.lanes import Lane, crash_point
from app.mentions.models import Mention
from app.publishing.models import Publication
from app.rewards import actions, queries
from app.triage.signals import read_signals
from worker import careful
from worker.apart import apart, named
from worker.shift import may_go_on

BATCH = 100
#: Thanks in a text this angry are meant bitterly.
BITTER_FROM = 0.5
#: How long a network that does not answer, and does not say when it will, is left alone.
PUT_OFF = timedelta(minutes=1)

log = logging.getLogger(__name__)


def drain_rewards() -> None:
    """Give what is owed, one publication a transaction; what is cut short is still owed."""
    apart(named(reward_posted, hear_thanks, look_up_reach))


def reward_posted() -> None:
    """Give the points for what was posted."""
    careful.each_due(
        Lane.REWARDS,
        Publication,
        lambda: queries.unrewarded(at=clock.now(), limit=BATCH),
        lambda publication_id: actions.reward(publication_id=publication_id, at=clock.now()),
        point="rewards.rewarded",
    )


def hear_thanks() -> None:
    """Read what was said back to our replies."""
    while may_go_on() and (said := queries.heard_back(at=clock.now(), limit=BATCH)):
        heard = {mention_id: (publication_id, text) for publication_id, mention_id, text in said}
        # What a stranger wrote may kill whoever reads it.
        careful.each(
            Lane.REWARDS,
            Mention,
            heard,
            lambda mention_id: _read_back(*heard[mention_id], mention_id),  # noqa: B023 -- done before the next round
            point="rewards.heard_back",
            deadly=True,
        )


def _read_back(publication_id: int, text: str, mention_id: int) -> None:
    if is_thanks(text):
        actions.hear_thanks(publication_id=publication_id, at=clock.now())
    actions.mark_read(publication_id=publication_id, mention_id=mention_id)


def is_thanks(text: str) -> bool:
    """Say whether somebody thanks us, and means it."""
    signals = read_signals(text)
    return signals.anger < BITTER_FROM and any(cue.code == "noise.thanks" for cue in signals.cues)


def look_up_reach() -> None:
    """Ask the networks what became of our replies."""
    by_connection: dict[int, list[queries.DueLookUp]] = defaultdict(list)
    for due in queries.due_look_ups(at=clock.now(), limit=BATCH):
        by_connection[due.connection_id].append(due)
    session.remove()  # no transaction stays open while a network answers
    apart({f"the reach on connection {one}": partial(_look_up, one, dues) for one, dues in by_connection.items()})


def _look_up(connection_id: int, dues: Sequence[queries.DueLookUp]) -> None:
    """Ask one network what became of our replies, and write down the answers one by one."""
    try:
        channel = open_channel(connection_id, now=clock.now)
        found = channel.metrics([Ref(due.external_id) for due in dues])
    except ChannelError as error:
        log.warning("the reach of replies on connection %s was not looked up: %s", connection_id, error)
        with unit_of_work():
            until = error.retry_at or clock.now() + PUT_OFF
            actions.put_off(publication_ids=[due.publication_id for due in dues], until=until)
        crash_point("rewards.look_up_put_off")
        return
    with unit_of_work():
        record_cost(connection_id=connection_id, units=channel.cost_units, at=clock.now())
    crash_point("rewards.look_up_charged")
    by_id = {due.publication_id: due for due in dues}
    careful.each(
        Lane.REWARDS,
        Publication,
        by_id,
        lambda publication_id: _write_down(by_id[publication_id], found[by_id[publication_id].external_id]),
        point="rewards.looked_up",
    )


def _write_down(due: queries.DueLookUp, answer: Metrics | Gone) -> None:
    if isinstance(answer, Gone):
        actions.follow_removal(publication_id=due.publication_id, at=clock.now())
    else:
        actions.record_impact(publication_id=due.publication_id, metrics=answer, at=clock.now())
