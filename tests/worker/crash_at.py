"""Run one drain of the publishing lane in a process of its own, which a crash point may kill.

Prints how often the network was asked to post: the stub writes a line to a file for each, before it answers.
"""

import os
import sys
from datetime import UTC, datetime
from pathlib import Path

import app
from app.channels.types import Capability, OutgoingReply, PreparedReply, Receipt, Ref
from app.foundation import db
from app.foundation.secrets import KEYRING
from app.publishing import outgoing
from worker.lanes.publishing import drain_publishing


class FileChannel:
    """A network that keeps what was posted in a file."""

    capabilities = Capability.READ_BACK

    def prepare(self, reply: OutgoingReply) -> PreparedReply:
        return PreparedReply(reply.key, {"text": reply.text}, "")

    def send(self, prepared: PreparedReply) -> Receipt:
        with Path(os.environ["STUB_LOG"]).open("a", encoding="utf-8") as log:
            log.write(f"{prepared.key}\n")
        return Receipt(Ref("777"), "https://x.com/n/status/777", datetime.now(UTC))


def main() -> None:
    KEYRING.load({"test": b"k" * 32})
    app.join_rooms()
    db.bind(db.make_engine(sys.argv[1]))
    outgoing.open_channel = lambda connection_id: FileChannel()  # type: ignore[assignment, return-value]
    drain_publishing()


if __name__ == "__main__":
    main()
