"""Listen in a process of its own, which a page may kill: one with a post that says "deadly", as SIGKILL would."""

import os
import signal
import sys
from typing import Any

from app.channels.adapters.x_map import Reader
from worker.__main__ import main

page = Reader.page


def reads(reader: Reader, body: Any) -> Any:
    if "deadly" in str(body):
        os.kill(os.getpid(), signal.SIGKILL)
    return page(reader, body)


if __name__ == "__main__":
    Reader.page = reads  # type: ignore[method-assign]
    sys.exit(main(["listen"]))
