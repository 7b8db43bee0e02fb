"""Many at once: threads that start together, on a database of their own."""

import threading
from collections.abc import Callable

from app.foundation.db import session


def race(count: int, step: Callable[[int], object]) -> list[Exception | None]:
    """Run ``step`` in so many threads at once; return what each ended with."""
    gate = threading.Barrier(count)
    ends: list[Exception | None] = [None] * count

    def run(number: int) -> None:
        gate.wait()
        try:
            step(number)
        except Exception as error:  # noqa: BLE001 -- a thread of a test: whatever it is, the test shows it
            ends[number] = error
        finally:
            session.remove()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return ends
