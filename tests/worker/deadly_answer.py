"""Listen in a process of its own, which ends while it reads a post that says "deadly" in what it asked for."""

import os
import sys
from collections.abc import Iterable, Mapping
from typing import Any

from app.channels.adapters.x_map import Reader
from worker.__main__ import main

page = Reader.page


def reads(reader: Reader, body: Mapping[str, Any]) -> Any:
    if any("deadly" in str(row) for row in _rows(body)):
        os._exit(9)
    return page(reader, body)


def _rows(body: Mapping[str, Any]) -> Iterable[Any]:
    return body.get("data") or ()


if __name__ == "__main__":
    Reader.page = reads  # type: ignore[method-assign]
    sys.exit(main(["listen"]))
