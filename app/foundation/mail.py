"""Mail: by SMTP where the settings name a server, to the console of the person who tries it out otherwise."""

import logging
import smtplib
import ssl
import sys
from dataclasses import dataclass
from email.message import EmailMessage
from queue import Empty, SimpleQueue
from socket import SOCK_STREAM, create_connection, getaddrinfo, socket
from threading import Thread
from urllib.parse import unquote, urlsplit

from app.foundation.config import Mode, Settings
from app.foundation.egress import Deadline, Undelivered

#: For connecting to one number, and for each silence in between; some servers greet late on purpose.
CONNECT_SECONDS = 5.0
SILENCE_SECONDS = 20.0
#: For one letter from the look at the server's name to the last byte; then the line is cut.
LETTER_SECONDS = 25.0
#: Nobody waits longer: the look at a name cannot be cut, and a lane must not wait behind one row for half a minute.
WHOLE_SECONDS = 28
_PORTS = {"smtp": 587, "smtps": 465}

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Letter:
    """One mail in plain text."""

    to: str
    subject: str
    text: str


class Postman:
    """Takes letters away. What could not be delivered is logged, without the words and without the address."""

    def __init__(self) -> None:
        self._url = ""
        self._sender = ""
        self._aloud = False
        #: Where letters lead: the installation's own address.
        self.base_url = ""

    def employ(self, settings: Settings) -> None:
        """Work for an installation; a letter may hold a key, so the console of a production server shows none."""
        self._url = settings.mail_url
        self._sender = settings.mail_from or f"ovation@{urlsplit(settings.base_url).hostname}"
        self._aloud = settings.mode is not Mode.PRODUCTION
        self.base_url = settings.base_url

    def take(self, letter: Letter) -> None:
        """Send ``letter`` without keeping the caller waiting."""
        if self._url:
            Thread(target=self._try, args=(letter,), daemon=True).start()
        else:
            self._try(letter)

    def deliver(self, letter: Letter) -> None:
        """Send ``letter`` now; a server that takes too long over it may have taken it all the same.

        Raises:
            Undelivered: the mail server did not take it, or there is none.
        """
        if self._url:
            self._in_time(letter)
        elif self._aloud:
            sys.stderr.write(f"\n--- Mail to {letter.to}\n{letter.subject}\n\n{letter.text}\n---\n")
        else:
            raise Undelivered("OVATION_MAIL_URL is not set")

    def _try(self, letter: Letter) -> None:
        try:
            self.deliver(letter)
        except Undelivered as error:
            log.error("a letter was not delivered: %s", error)

    def _in_time(self, letter: Letter) -> None:
        """Hand it over, or give up: a mail server may be slow at each of many steps."""
        told: SimpleQueue[Exception | None] = SimpleQueue()
        Thread(target=self._tell, args=(letter, told), daemon=True).start()
        try:
            fault = told.get(timeout=WHOLE_SECONDS)
        except Empty:
            raise Undelivered("the mail server is too slow") from None
        if fault:
            raise fault

    def _tell(self, letter: Letter, told: "SimpleQueue[Exception | None]") -> None:
        try:
            self._hand_over(letter)
        except Exception as fault:  # noqa: BLE001 - whatever it is, it is raised by whoever waits
            told.put(fault)
        else:
            told.put(None)

    def _hand_over(self, letter: Letter) -> None:
        message = EmailMessage()
        message["From"], message["To"], message["Subject"] = self._sender, letter.to, letter.subject
        message.set_content(letter.text)
        parts = urlsplit(self._url)
        host, port = parts.hostname or "", parts.port or _PORTS.get(parts.scheme, 587)
        secured, at_once = ssl.create_default_context(), parts.scheme == "smtps"
        deadline = Deadline(LETTER_SECONDS)
        try:
            sock = _reach(host, port, deadline)
            # The copy still ends the line where TLS has taken the socket over.
            with (
                sock.dup() as copy,
                deadline.over(copy),
                _Line(sock, host, port, secured if at_once else None) as server,
            ):
                if parts.username:
                    if not at_once:
                        server.starttls(context=secured)
                    server.login(unquote(parts.username), unquote(parts.password or ""))
                server.send_message(message)
        except (OSError, smtplib.SMTPException) as error:
            raise Undelivered(type(error).__name__) from error


def _reach(host: str, port: int, deadline: Deadline) -> socket:
    """Connect to the first of a name's numbers that answers.

    Raises:
        OSError: none of them did in time.
    """
    fault: OSError = TimeoutError()
    for *_kind, address in getaddrinfo(host, port, type=SOCK_STREAM):
        try:
            sock = create_connection((str(address[0]), port), timeout=min(CONNECT_SECONDS, deadline.left_seconds))
        except OSError as error:
            fault = error
        else:
            sock.settimeout(SILENCE_SECONDS)
            return sock
    raise fault


class _Line(smtplib.SMTP):
    """A talk with a mail server over a socket that has reached it, with TLS from the start where it is ``secured``."""

    def __init__(self, sock: socket, host: str, port: int, secured: ssl.SSLContext | None) -> None:
        self._reached, self._secured = sock, secured
        super().__init__(host, port)

    def connect(self, host: str = "", port: int = 0, source_address: object = None) -> tuple[int, bytes]:
        """Hear the server's greeting."""
        self.sock = self._secured.wrap_socket(self._reached, server_hostname=host) if self._secured else self._reached
        self.file = None
        return self.getreply()


POSTMAN = Postman()
