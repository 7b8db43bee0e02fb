import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from argon2 import extract_parameters
from hypothesis import given
from hypothesis import strategies as some

from app.accounts import passwords
from app.foundation.errors import Invalid


def test_a_password_is_kept_as_argon2id_with_memory_to_spare() -> None:
    kept = extract_parameters(passwords.hashed("tall grey boats sing"))

    assert kept.type.name == "ID"
    assert kept.memory_cost >= 19 * 1024
    assert kept.time_cost >= 2
    assert kept.parallelism >= 1


def test_two_hashes_of_one_password_differ_and_both_match() -> None:
    first, second = passwords.hashed("tall grey boats sing"), passwords.hashed("tall grey boats sing")

    assert first != second
    assert passwords.matches(first, "tall grey boats sing")
    assert passwords.matches(second, "tall grey boats sing")


def test_the_last_sign_of_a_long_password_counts() -> None:
    kept = passwords.hashed("ü" * 127 + "a")

    assert not passwords.matches(kept, "ü" * 127 + "b")
    assert not passwords.matches(kept, "ü" * 127)


def test_one_password_typed_on_two_keyboards_is_one() -> None:
    kept = passwords.hashed("Bo\u0302ite a\u0300 the\u0301 verte")

    assert passwords.matches(kept, "Bôite à thé verte")


@pytest.mark.parametrize("kept", [None, passwords.UNSET, "", "not a hash"])
def test_nobody_and_the_unset_match_nothing(kept: str | None) -> None:
    assert not passwords.matches(kept, "")
    assert not passwords.matches(kept, "nobody signs in with this one")
    assert not passwords.matches(kept, passwords.UNSET)


def test_nobody_takes_as_long_to_refuse_as_somebody() -> None:
    kept = passwords.hashed("tall grey boats sing")
    passwords.matches(None, "warm up")

    def spent(against: str | None) -> float:
        times = []
        for _ in range(9):
            before = time.process_time()
            passwords.matches(against, "tall grey boats sank")
            times.append(time.process_time() - before)
        return sorted(times)[len(times) // 2]

    assert spent(None) > 0.5 * spent(kept)


def test_at_most_two_are_hashed_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    at_once, most, lock = 0, 0, threading.Lock()

    class Slow:
        def hash(self, password: str) -> str:
            nonlocal at_once, most
            with lock:
                at_once += 1
                most = max(most, at_once)
            time.sleep(0.02)
            with lock:
                at_once -= 1
            return password

    monkeypatch.setattr(passwords, "_hasher", Slow())
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(passwords.hashed, ["tall grey boats sing"] * 12))

    assert most == passwords.HASHES_AT_ONCE


@pytest.mark.parametrize(
    "password",
    [
        "passwordpassword",
        "Password123456!",
        "P@ssw0rd2026!!",
        "qwertyuiop12",
        "123456789012",
        "987654321098",
        "aaaaaaaaaaaa",
        "abababababab",
        "abcdefghijkl",
        "Sunshine2024!!",
        "trustno1trustno1",
        "correct horse battery staple",
        "iloveyou-iloveyou",
        "mossy-mug-1234",
        "mossymossymossy",
    ],
)
def test_what_guessers_try_first_is_refused(password: str) -> None:
    with pytest.raises(Invalid) as refused:
        passwords.check(password, about=["Mossy Mug", "mossy", "mossy@crew.example"])

    assert refused.value.field == "password"


@pytest.mark.parametrize(
    "password",
    [
        "tall grey boats sing",
        "violet-harbour-ledger",
        "Kühlschrank mit Ohren",
        "ケトルが歌う夜に君と歩いた道",
        "x9!Lq2#vT0pZ",
    ],
)
def test_what_nobody_would_expect_is_taken(password: str) -> None:
    passwords.check(password, about=["Mossy Mug", "mossy"])


@pytest.mark.parametrize("length", [0, 1, 11, 129, 4000])
def test_too_short_and_too_long_ones_are_refused(length: int) -> None:
    with pytest.raises(Invalid):
        passwords.check(("tall grey boats sing " * 200)[:length])


def test_a_hash_made_with_less_is_outdated() -> None:
    weak = "$argon2id$v=19$m=8192,t=1,p=1$c29tZXNhbHRzb21l$Y2hlYXBoYXNoY2hlYXBoYXNoY2hlYXBoYXNo"

    assert passwords.is_outdated(weak)
    assert not passwords.is_outdated(passwords.hashed("tall grey boats sing"))


@given(some.text(max_size=140))
def test_any_text_is_judged_and_never_breaks(text: str) -> None:
    assert passwords.is_common(text, about=[text]) in {True, False}
