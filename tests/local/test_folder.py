"""The folder of `make run`: secrets made once and kept private, one start at a time, a free port."""

import base64
import multiprocessing
import socket
import stat
from pathlib import Path

import pytest

from app.foundation.config import SettingsError, load_settings
from local import folder


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folder, "VAR", tmp_path)
    monkeypatch.setattr(folder, "LOGS", tmp_path / "log")
    monkeypatch.setattr(folder, "_SECRETS", tmp_path / "secrets.env")


def test_secrets_are_made_once_and_kept() -> None:
    first = folder.lasting_secrets()

    assert folder.lasting_secrets() == first


def test_only_their_owner_reads_the_secrets(tmp_path: Path) -> None:
    folder.lasting_secrets()

    assert stat.S_IMODE((tmp_path / "secrets.env").stat().st_mode) == 0o600


def test_the_settings_take_the_secrets() -> None:
    made = folder.lasting_secrets()

    settings = load_settings({**made, "DATABASE_URL": "sqlite://", "OVATION_MODE": "demo"})

    assert settings.secret_key == made["OVATION_SECRET_KEY"]
    assert settings.encryption_keys["local"] == base64.urlsafe_b64decode(
        made["OVATION_ENCRYPTION_KEYS"].removeprefix("local:")
    )


def test_settings_without_them_name_every_gap() -> None:
    with pytest.raises(SettingsError, match=r"OVATION_SECRET_KEY is not set\n.*OVATION_ENCRYPTION_KEYS is not set"):
        load_settings({"DATABASE_URL": "sqlite://"})


def _try_to_take(answers: "multiprocessing.Queue[str]") -> None:
    try:
        with folder.taken():
            answers.put("taken")
    except folder.AlreadyRunning:
        answers.put("refused")


def test_a_second_start_is_refused_while_the_first_one_runs() -> None:
    context = multiprocessing.get_context("fork")
    answers = context.Queue()

    with folder.taken():
        other = context.Process(target=_try_to_take, args=(answers,))
        other.start()
        other.join()

    assert answers.get(timeout=5) == "refused"


def test_the_next_start_may_take_it_again() -> None:
    with folder.taken():
        pass

    with folder.taken():
        assert folder.LOGS.is_dir()


def test_a_port_that_is_taken_is_passed_over() -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        taken = holder.getsockname()[1]

        assert folder.free_port(taken) > taken
