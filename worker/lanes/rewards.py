"""The rewards lane: points for what was posted, thanks that were heard, reach that was looked up."""

import logging
from collections import defaultdict

from app.channels.errors import ChannelError
from app.channels.registry import open_channel
from app.channels.types import Metrics, Ref
from app.foundation import clock
from app.foundation.db import session, unit_of_work
from app.foundation.lanes import crash_point
from app.rewards import actions, queries
from app.triage.signals import read_signals
from worker.shift import may_go_on

BATCH = 100
#: Thanks in a text this angry are meant bitterly.
BITTER_FROM = 0.5

log = logging.getLogger(__name__)


def drain_rewards() -> None:
    """Give what is owed, one publication a transaction; what is cut short is still owed."""
    _reward_posted()
    _hear_thanks()
    _look_up_reach()


def _reward_posted() -> None:
    while may_go_on() and (owed := queries.unrewarded(limit=BATCH)):
        for publication_id in owed:
            with unit_of_work():
                actions.reward(publication_id=publication_id, at=clock.now())
            crash_point("rewards.rewarded")


def _hear_thanks() -> None:
    for publication_id, text in queries.heard_back(at=clock.now(), limit=BATCH):
        if not is_thanks(text):
            continue
        with unit_of_work():
            actions.hear_thanks(publication_id=publication_id, at=clock.now())
        crash_point("rewards.thanked")


def is_thanks(text: str) -> bool:
    """Say whether somebody thanks us, and means it."""
    signals = read_signals(text)
    return signals.anger < BITTER_FROM and any(cue.code == "noise.thanks" for cue in signals.cues)


def _look_up_reach() -> None:
    by_connection: dict[int, list[queries.DueLookUp]] = defaultdict(list)
    for due in queries.due_look_ups(at=clock.now(), limit=BATCH):
        by_connection[due.connection_id].append(due)
    session.remove()  # no transaction stays open while a network answers
    for connection_id, dues in by_connection.items():
        if not may_go_on():
            return
        try:
            found = open_channel(connection_id, now=clock.now).metrics([Ref(due.external_id) for due in dues])
        except ChannelError as error:
            log.warning("the reach of replies on connection %s was not looked up: %s", connection_id, error)
            continue
        with unit_of_work():
            for due in dues:
                metrics = found.get(due.external_id)
                if isinstance(metrics, Metrics):
                    actions.record_impact(publication_id=due.publication_id, metrics=metrics, at=clock.now())
        crash_point("rewards.impact_recorded")
