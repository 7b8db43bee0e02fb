"""The bell: wakes a lane's drainer through RQ. A lost ring costs time, never work."""

import logging

from redis import Redis
from redis.exceptions import RedisError
from rq import Queue
from rq.exceptions import DuplicateJobError
from rq.job import Job

from app.foundation.lanes import Lane

#: The one function a job may name; the worker refuses every other.
DRAIN = "worker.lanes.drain"
FAILED_BELLS_LAST_SECONDS = 600
DRAIN_SECONDS = 300

log = logging.getLogger(__name__)


class Bell:
    """Where the bell hangs: a Redis, or nowhere, and then every ring is silent and the clock drains the lanes."""

    def __init__(self) -> None:
        self.redis: Redis | None = None

    def hang(self, redis_url: str) -> None:
        """Use the Redis at ``redis_url``; an empty one takes the bell down."""
        self.redis = Redis.from_url(redis_url, socket_timeout=2, socket_connect_timeout=2) if redis_url else None


BELL = Bell()


def ring(lane: Lane) -> None:
    """Wake the drainer of ``lane``; a ring while one waits is swallowed, a Redis error is logged."""
    if BELL.redis is None:
        return
    try:
        _ring(lane, Queue(lane.value, connection=BELL.redis, serializer="json"))
    except RedisError as error:
        log.warning("the bell of %s was not rung: %s", lane.value, type(error).__name__)


def _ring(lane: Lane, queue: Queue) -> None:
    # A second bell may hang while the first one is being answered, or was left in Redis by a worker that was killed.
    for job_id in (f"drain-{lane.value}", f"drain-{lane.value}-next"):
        if queue.connection.hget(Job.key_for(job_id), "status") == b"failed":
            queue.connection.delete(Job.key_for(job_id))
        try:
            queue.enqueue_call(
                DRAIN,
                args=(lane.value,),
                job_id=job_id,
                unique=True,
                timeout=DRAIN_SECONDS,
                result_ttl=0,
                failure_ttl=FAILED_BELLS_LAST_SECONDS,
            )
        except DuplicateJobError:
            if queue.connection.hget(Job.key_for(job_id), "status") == b"queued":
                return
        else:
            return
