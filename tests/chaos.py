"""A way between two programs that can be made bad: slow, dripping, silent, cut, refused.

with chaos("127.0.0.1:6379") as way:        # or the path of a socket
    client.connect(way.host, way.port)
    way.drip(0.05)                          # and way.heal()
"""

import asyncio
import socket
import struct
import threading
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any, Literal

Toward = Literal["server", "client"]
_PIECE = 65536
_BLINK = 0.01


@dataclass
class Weather:
    """How the way is; every field left as it is makes no difference.

    ``cut_after`` bytes ``toward`` one side, or where ``cut_at`` is seen on its way to the server after having passed ``passes``
    times, the connection ends: the bytes asked for are still carried, unless ``swallows``.
    """

    delay_seconds: float = 0.0
    drip_seconds: float = 0.0
    silent: bool = False
    cut_after: int | None = None
    toward: Toward = "client"
    cut_at: bytes = b""
    passes: int = 0
    swallows: bool = False


class Way:
    """The proxy; its methods may be called from the test's thread while it carries."""

    host = "127.0.0.1"

    def __init__(self, upstream: str) -> None:
        self.port = 0
        #: How many connections were taken, and how many were ended on purpose.
        self.taken = self.cuts = 0
        self._upstream = upstream
        self._weather = Weather()
        self._lines: set[asyncio.StreamWriter] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="chaos", daemon=True)

    def delay(self, seconds: float) -> None:
        """Hold every piece back for a while, in both directions."""
        self._weather = Weather(delay_seconds=seconds)

    def drip(self, seconds: float) -> None:
        """Carry what the server says byte by byte, with a pause after each."""
        self._weather = Weather(drip_seconds=seconds)

    def fall_silent(self) -> None:
        """Keep every connection open, take new ones, and carry nothing: the other end is gone and nobody was told."""
        self._weather = Weather(silent=True)

    def cut(self, after: int, toward: Toward = "client") -> None:
        """End each connection by a reset once so many bytes from now on were carried toward one side."""
        self._weather = Weather(cut_after=after, toward=toward)

    def cut_at(self, words: bytes, *, nth: int = 1, swallows: bool = False) -> None:
        """End the connection on which these bytes go to the server for the nth time; they arrive, unless it ``swallows`` them."""
        self._weather = Weather(cut_at=words, passes=nth - 1, swallows=swallows)

    def reset(self) -> None:
        """End every connection there is now."""
        self._do(self._reset_all())

    def refuse(self) -> None:
        """Take no new connection, and end those there are."""
        self._do(self._close())

    def heal(self) -> None:
        """Be a good way again, at the same port."""
        self._weather = Weather()
        if not self._server.is_serving():
            self._do(self._listen())

    def start(self) -> None:
        self._thread.start()
        self._do(self._listen())

    def stop(self) -> None:
        self._do(self._close())
        self._do(self._finish())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    def _do(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(10)

    async def _listen(self) -> None:
        self._server = await asyncio.start_server(self._take, self.host, self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _close(self) -> None:
        self._server.close()
        await self._reset_all()

    async def _finish(self) -> None:
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    async def _reset_all(self) -> None:
        for line in list(self._lines):
            _reset(line)

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        host, _, port = self._upstream.rpartition(":")
        if self._upstream.startswith("/"):
            return await asyncio.open_unix_connection(self._upstream)
        return await asyncio.open_connection(host, int(port))

    async def _take(self, hears: asyncio.StreamReader, says: asyncio.StreamWriter) -> None:
        """Carry one connection in both directions until either side ends it."""
        self.taken += 1
        self._lines.add(says)
        try:
            server_hears, server_says = await self._connect()
            self._lines.add(server_says)
            try:
                ways = (self._carry(hears, server_says, "server"), self._carry(server_hears, says, "client"))
                tasks = [asyncio.ensure_future(way) for way in ways]
                await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
                for task in tasks:
                    task.cancel()
                if True in await asyncio.gather(*tasks, return_exceptions=True):
                    self.cuts += 1
                    _reset(says)
            finally:
                self._lines.discard(server_says)
                server_says.close()  # it still gets what was carried toward it
        except OSError:
            pass
        finally:
            self._lines.discard(says)
            says.close()

    async def _carry(self, hears: asyncio.StreamReader, says: asyncio.StreamWriter, toward: Toward) -> bool:
        """Carry one direction until it ends; whether it was cut."""
        carried, known = 0, self._weather
        while piece := await hears.read(_PIECE):
            while self._weather.silent:
                await asyncio.sleep(_BLINK)
            weather = self._weather
            carried = carried if weather is known else 0
            known = weather
            await asyncio.sleep(weather.delay_seconds)
            part, ends = _allowed(piece, carried, weather, toward)
            carried += len(part)
            await _say(says, part, weather.drip_seconds if toward == "client" else 0)
            if ends:
                return True
        return False


@contextmanager
def chaos(upstream: str) -> Iterator[Way]:
    """Run a way to ``upstream`` (``host:port``, or the path of a socket) until the block ends."""
    way = Way(upstream)
    way.start()
    try:
        yield way
    finally:
        way.stop()


def _allowed(piece: bytes, carried: int, weather: Weather, toward: Toward) -> tuple[bytes, bool]:
    """Return what of a piece is still carried, and whether that is the end."""
    if weather.cut_at and toward == "server" and weather.cut_at in piece:
        weather.passes -= 1
        if weather.passes < 0:
            weather.cut_at = b""
            return (b"" if weather.swallows else piece), True
    if weather.cut_after is not None and weather.toward == toward and carried + len(piece) >= weather.cut_after:
        return piece[: weather.cut_after - carried], True
    return piece, False


async def _say(says: asyncio.StreamWriter, piece: bytes, drip_seconds: float) -> None:
    pieces = [piece[n : n + 1] for n in range(len(piece))] if drip_seconds else [piece]
    for each in pieces:
        says.write(each)
        await says.drain()
        await asyncio.sleep(drip_seconds)


def _reset(line: asyncio.StreamWriter) -> None:
    connection = line.get_extra_info("socket")
    with suppress(OSError):
        if connection.family != socket.AF_UNIX:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    line.transport.abort()
