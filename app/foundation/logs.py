"""Logs: one JSON line for each event, with ids and never with words people wrote."""

import logging
import sys

import structlog

from app.foundation.config import Settings


def configure(settings: Settings) -> None:
    """Send every log line, ours and the libraries', to standard error as JSON."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.format_exc_info,
    ]
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(settings.log_level)
    # Libraries that put whole requests, bodies and tokens with them, into their debug lines.
    for chatty in ("tweepy", "urllib3", "requests_oauthlib", "oauthlib", "rq.worker"):
        logging.getLogger(chatty).setLevel(max(logging.WARNING, root.level))
