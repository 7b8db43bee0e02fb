import logging
import smtplib
import socket
import ssl
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from app.foundation import mail
from app.foundation.config import Mode, Settings
from app.foundation.egress import Undelivered
from app.foundation.mail import Letter, Postman
from tests.certificates import make_certificate
from tests.mail_server import Treat, drip, drip_after_starttls, drip_behind_tls, hang, mail_server, take

LETTER = Letter("tess@example.org", "Hello", "The key is abc")
SETTINGS = Settings(mode=Mode.DEMO, secret_key="s", encryption_keys={}, database_url="sqlite://")


def postman(**changed: Any) -> Postman:
    made = Postman()
    made.employ(replace(SETTINGS, **changed))
    return made


def test_whoever_tries_it_out_reads_letters_on_the_console(capsys: pytest.CaptureFixture[str]) -> None:
    postman().take(LETTER)

    said = capsys.readouterr().err
    assert "tess@example.org" in said
    assert "The key is abc" in said


def test_a_production_console_shows_no_letter(
    capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        postman(mode=Mode.PRODUCTION).take(LETTER)

    assert "abc" not in capsys.readouterr().err + caplog.text
    assert "OVATION_MAIL_URL is not set" in caplog.text


class Server:
    """Stands for the line to a mail server: the one part that would need a network."""

    sent: list[Any] = []
    calls: list[str] = []

    def __init__(self, sock: socket.socket, host: str, port: int, secured: object) -> None:
        self.sock = sock
        self.calls.append(f"{host}:{port}")
        if secured:
            self.calls.append("secured")

    def __enter__(self) -> "Server":
        return self

    def __exit__(self, *_error: object) -> None:
        self.sock.close()
        self.calls.append("closed")

    def starttls(self, **_options: Any) -> None:
        self.calls.append("secured")

    def login(self, name: str, password: str) -> None:
        self.calls.append(f"{name}/{password}")

    def send_message(self, message: Any) -> None:
        self.sent.append(message)


def deliver(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    Server.sent, Server.calls = [], []
    monkeypatch.setattr(mail, "_reach", lambda *_where: socket.socket())
    monkeypatch.setattr(mail, "_Line", Server)
    postman(mail_url=url, mail_from="crew@example.org")._try(LETTER)


def test_a_mail_server_whose_name_is_not_found_in_time_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    asked, done = threading.Event(), threading.Event()

    def reach(*_where: object) -> None:
        asked.set()
        done.wait(5)
        raise TimeoutError

    monkeypatch.setattr(mail, "WHOLE_SECONDS", 0.1)
    monkeypatch.setattr(mail, "_reach", reach)

    with pytest.raises(Undelivered, match="too slow"):
        postman(mail_url="smtp://mail.example", mail_from="crew@example.org").deliver(LETTER)
    assert asked.wait(5)
    done.set()


def test_a_password_never_leaves_before_the_line_is_secured(monkeypatch: pytest.MonkeyPatch) -> None:
    deliver("smtp://crew:p%40ss@mail.example:2525", monkeypatch)

    assert Server.calls == ["mail.example:2525", "secured", "crew/p@ss", "closed"]
    assert Server.sent[0]["To"] == "tess@example.org"
    assert Server.sent[0]["From"] == "crew@example.org"
    assert Server.sent[0].get_content() == "The key is abc\n"


def test_smtps_is_secured_from_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    deliver("smtps://mail.example", monkeypatch)

    assert Server.calls == ["mail.example:465", "secured", "closed"]


def test_a_letter_that_is_not_delivered_breaks_nothing_and_says_no_word(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def gone(*_arguments: Any, **_options: Any) -> None:
        raise smtplib.SMTPServerDisconnected("to tess@example.org")

    monkeypatch.setattr(Server, "send_message", gone)
    with caplog.at_level(logging.ERROR):
        deliver("smtp://mail.example", monkeypatch)

    assert "not delivered" in caplog.text
    assert "tess" not in caplog.text


@pytest.mark.parametrize(
    ("scheme", "treat"), [("smtp", drip), ("smtp", hang), ("smtp", drip_after_starttls), ("smtps", hang)]
)
def test_a_server_that_drips_or_hangs_is_cut_off_once_the_letter_has_had_its_time(
    scheme: str, treat: Treat, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mail, "LETTER_SECONDS", 0.3)
    began = time.monotonic()

    with mail_server(treat) as port, pytest.raises(Undelivered):
        postman(mail_url=f"{scheme}://crew:pass@127.0.0.1:{port}").deliver(LETTER)

    assert 0.3 <= time.monotonic() - began < 10


def test_a_server_that_drips_behind_tls_is_cut_off_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    certificate = str(make_certificate(tmp_path))
    trusted = ssl.create_default_context(cafile=certificate)
    monkeypatch.setattr(mail.ssl, "create_default_context", lambda: trusted)
    monkeypatch.setattr(mail, "LETTER_SECONDS", 0.5)

    with mail_server(drip_behind_tls(certificate)) as port, pytest.raises(Undelivered):
        postman(mail_url=f"smtps://localhost:{port}").deliver(LETTER)


def test_a_server_that_takes_letters_is_given_them() -> None:
    with mail_server(take) as port:
        postman(mail_url=f"smtp://127.0.0.1:{port}").deliver(LETTER)


def test_a_server_that_is_not_there_is_no_delivery() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]

    with pytest.raises(Undelivered, match="ConnectionRefusedError"):
        postman(mail_url=f"smtp://127.0.0.1:{port}").deliver(LETTER)
