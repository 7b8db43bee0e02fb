"""RQ, held short: one queue a process, one function, one argument.

RQ looks a job's function and its callbacks up by dotted name and fetches any web-hook a job carries, so whoever may write
to Redis could run code here. Our jobs are read with everything but the lane's name taken away.
"""

import contextlib
import logging
import signal
from types import FrameType
from typing import Any, Final

from redis import Redis
from redis.exceptions import RedisError
from rq import Queue
from rq.executions import Execution
from rq.job import Job
from rq.worker import BaseWorker, SimpleWorker, Worker

from app.foundation.bell import DRAIN
from app.foundation.db import engine
from app.foundation.lanes import Lane
from worker import pulse, shift

#: An idle worker looks after itself this often; RQ's own 420 and 600 leave lost jobs lying for minutes.
WORKER_TTL_SECONDS: Final = 30
MAINTENANCE_SECONDS: Final = 15
RETRY_SECONDS: Final = 1.0
#: Publishing waits for networks, and a client library may hang or leak: it gets a process for each job.
FORKING: Final = frozenset({Lane.PUBLISHING})

log = logging.getLogger(__name__)


class BellJob(Job):
    """A job as we accept it: a lane's name, and nothing that RQ would call or fetch."""

    def restore(self, raw_data: Any) -> Any:
        restored = super().restore(raw_data)
        self.webhooks = []
        self._success_callback_name = self._failure_callback_name = self._stopped_callback_name = None
        self.retries_left = self.repeats_left = None
        self._dependency_ids = []
        return restored

    def rings(self, lane: str) -> bool:
        """Whether this job asks for exactly ``drain(lane)``."""
        try:
            return self.func_name == DRAIN and list(self.args) == [lane] and not self.kwargs
        # Whatever a forged payload makes the deserialiser raise, the answer is no.
        except Exception:  # noqa: BLE001
            return False


class BellRules(BaseWorker):
    """What both kinds of worker share: refusing foreign jobs, and stopping after the row in hand."""

    job_class = BellJob
    beats = False

    def execute_job(self, job: Job, queue: Queue) -> None:
        if isinstance(job, BellJob) and job.rings(queue.name):
            self.beats = pulse.is_due(queue.name)
            super().execute_job(job, queue)
            return
        log.error("a job that is no bell of %s was refused and deleted: %s", queue.name, job.id)
        self.connection.lrem(queue.intermediate_queue_key, 1, job.id)
        job.delete(remove_from_queue=True)

    def perform_job(self, job: Job, queue: Queue, execution: Execution) -> bool:
        """Give the lane's sign of life where its database is at hand, which for publishing is the fork."""
        if self.beats:
            pulse.beat_now(queue.name)
        return bool(super().perform_job(job, queue, execution))

    def request_stop(self, signum: int, frame: FrameType | None) -> None:
        shift.ask_to_stop()
        super().request_stop(signum, frame)


class LaneWorker(BellRules, SimpleWorker):
    """Drains a lane in its own process: 4 ms of CPU a job."""


class ForkingLaneWorker(BellRules, Worker):
    """Drains a lane in a fork of its own for each job: 22 ms of CPU a job. It never touches the database itself."""

    def setup_work_horse_signals(self) -> None:
        super().setup_work_horse_signals()
        engine().dispose(close=False)
        signal.signal(signal.SIGTERM, lambda _signal, _frame: shift.ask_to_stop())

    def handle_warm_shutdown_request(self) -> None:
        """Hand the wish to stop on to the fork, which lies in a process group of its own."""
        if self.horse_pid:
            with contextlib.suppress(ProcessLookupError):
                self.kill_horse(signal.SIGTERM)


def work(lane: Lane, redis_url: str) -> None:
    """Answer the bell of ``lane`` until told to stop, through every absence of Redis."""
    shift.stop_on_signals()
    logging.getLogger("rq.worker").setLevel(logging.WARNING)
    kind = ForkingLaneWorker if lane in FORKING else LaneWorker
    connection = Redis.from_url(redis_url)
    while not shift.is_stopping():
        try:
            worker = kind(
                [lane.value],
                connection=connection,
                serializer="json",
                worker_ttl=WORKER_TTL_SECONDS,
                maintenance_interval=MAINTENANCE_SECONDS,
            )
            worker.work(logging_level="WARNING")
        except RedisError as error:
            log.warning("%s waits for Redis: %s", lane.value, type(error).__name__)
        shift.stop_on_signals()
        shift.rest(RETRY_SECONDS)
