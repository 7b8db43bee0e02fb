import logging
import smtplib
import threading
from dataclasses import replace
from typing import Any

import pytest

from app.foundation import mail
from app.foundation.config import Mode, Settings
from app.foundation.egress import Undelivered
from app.foundation.mail import Letter, Postman

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
    """Stands for the post office of ``smtplib``: the one part of it that would need a network."""

    sent: list[Any] = []
    calls: list[str] = []

    def __init__(self, host: str, port: int, **_options: Any) -> None:
        self.calls.append(f"{host}:{port}")

    def __enter__(self) -> "Server":
        return self

    def __exit__(self, *_error: object) -> None:
        self.calls.append("closed")

    def starttls(self, **_options: Any) -> None:
        self.calls.append("secured")

    def login(self, name: str, password: str) -> None:
        self.calls.append(f"{name}/{password}")

    def send_message(self, message: Any) -> None:
        self.sent.append(message)


def deliver(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    Server.sent, Server.calls = [], []
    monkeypatch.setattr(mail.smtplib, "SMTP", Server)
    monkeypatch.setattr(mail.smtplib, "SMTP_SSL", Server)
    postman(mail_url=url, mail_from="crew@example.org")._try(LETTER)


def test_a_mail_server_that_is_slow_at_every_word_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    done = threading.Event()
    monkeypatch.setattr(mail, "WHOLE_SECONDS", 0.1)
    monkeypatch.setattr(Server, "send_message", lambda *_message: done.wait(5))
    monkeypatch.setattr(mail.smtplib, "SMTP", Server)

    with pytest.raises(Undelivered, match="too slow"):
        postman(mail_url="smtp://mail.example", mail_from="crew@example.org").deliver(LETTER)
    done.set()


def test_a_password_never_leaves_before_the_line_is_secured(monkeypatch: pytest.MonkeyPatch) -> None:
    deliver("smtp://crew:p%40ss@mail.example:2525", monkeypatch)

    assert Server.calls == ["mail.example:2525", "secured", "crew/p@ss", "closed"]
    assert Server.sent[0]["To"] == "tess@example.org"
    assert Server.sent[0]["From"] == "crew@example.org"
    assert Server.sent[0].get_content() == "The key is abc\n"


def test_smtps_is_secured_from_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    deliver("smtps://mail.example", monkeypatch)

    assert Server.calls == ["mail.example:465", "closed"]


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
