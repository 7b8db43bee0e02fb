"""``python -m worker listen | drain LANE | clock``."""

import argparse
import logging
import os
import sys
import time

from app import open_house
from app.foundation import garbage
from app.foundation.config import SettingsError, load_settings
from app.foundation.db import session
from app.foundation.heartbeats import Process
from app.foundation.lanes import Lane
from worker import bells, pulse, schedule, shift

POLL_SECONDS = 1.0

log = logging.getLogger("worker")


def main(arguments: list[str] | None = None) -> int:
    """Run one process of the roof until it is told to stop."""
    asked = _parser().parse_args(arguments)
    os.environ["TZ"] = "UTC"
    time.tzset()
    try:
        settings = load_settings(os.environ)
    except SettingsError as error:
        print(error, file=sys.stderr)
        return 2
    open_house(settings)
    garbage.settle()
    if asked.process == "drain":
        if not settings.redis_url:
            print("REDIS_URL is not set; without Redis `python -m worker clock` drains every lane.", file=sys.stderr)
            return 2
        bells.work(Lane(asked.lane), settings.redis_url)
        return 0
    shift.stop_on_signals()
    log.info("%s is at work", asked.process)
    if asked.process == "listen":
        _listen()
    else:
        schedule.run()
    return 0


def _listen() -> None:
    """Poll what is due, again and again. A fault is logged, and the next poll tries again."""
    from worker.lanes.listening import listen_once  # noqa: PLC0415 - the other processes never load the networks' clients

    while not shift.is_stopping():
        pulse.beat(Process.LISTEN)
        try:
            listen_once()
        except Exception:
            log.exception("listening failed; it goes on")
        finally:
            session.remove()
        shift.rest(POLL_SECONDS)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m worker", description="The processes that work while nobody looks.")
    processes = parser.add_subparsers(dest="process", required=True)
    processes.add_parser("listen", help="hear what is said on the connected networks")
    drain = processes.add_parser("drain", help="answer the bell of one lane")
    drain.add_argument("lane", choices=[lane.value for lane in Lane])
    processes.add_parser("clock", help="wake every lane in time, and sweep")
    return parser


if __name__ == "__main__":
    sys.exit(main())
