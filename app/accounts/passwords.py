"""Passwords: kept as argon2id, few hashed at a time, and none taken that everybody would guess."""

import re
import unicodedata
from collections.abc import Iterable
from functools import cache
from itertools import pairwise
from pathlib import Path
from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from app.foundation.errors import Invalid
from app.foundation.words import _

#: The least that OWASP's ASVS 5 (appendix C) allows for argon2id with two rounds.
MEMORY_KIB = 19 * 1024
ROUNDS = 2
LANES = 1
SHORTEST = 12
LONGEST = 128
#: Each hash takes its memory for some 30 ms, so a flood of sign-ins queues here.
HASHES_AT_ONCE = 2
_FEWEST_SIGNS = 4
#: Shorter parts of a name or address say nothing about a person.
_SHORTEST_WORD = 3
#: Stands for a person who never set a password; no hash looks like it.
UNSET = "!"

_hasher = PasswordHasher(time_cost=ROUNDS, memory_cost=MEMORY_KIB, parallelism=LANES)
_turns = BoundedSemaphore(HASHES_AT_ONCE)
_LETTERS_FOR_SIGNS = str.maketrans("013457@$!", "oleastasi")


def _same_form(password: str) -> str:
    """Bring a password into one spelling, whatever keyboard typed it."""
    return unicodedata.normalize("NFKC", password)


def hashed(password: str) -> str:
    """Return what is kept of a password."""
    with _turns:
        return _hasher.hash(_same_form(password))


@cache
def _nobodys() -> str:
    return hashed("nobody signs in with this one")


def matches(password_hash: str | None, password: str) -> bool:
    """Say whether ``password`` is the one; None and an unset one take as long to refuse as a wrong one."""
    known = password_hash if password_hash and password_hash != UNSET else None
    against = known or _nobodys()
    try:
        with _turns:
            _hasher.verify(against, _same_form(password[: LONGEST * 2]))
    except (VerificationError, InvalidHashError):
        return False
    return known is not None


def is_outdated(password_hash: str) -> bool:
    """Say whether the hash was made with less than is asked for today."""
    return _hasher.check_needs_rehash(password_hash)


@cache
def common_words() -> frozenset[str]:
    """Return the words that passwords are made of too often."""
    text = Path(__file__).with_name("common_words.txt").read_text(encoding="utf-8")
    return frozenset(line for line in text.split() if line)


def is_common(password: str, about: Iterable[str] = ()) -> bool:
    """Say whether a password is one that guessers try first.

    That is: a row of few different signs or of neighbours, or common words and what is known of the person
    (``about``: name, handle, address) with nothing but digits and signs around them.
    """
    plain = _same_form(password).lower()
    if len(set(plain)) < _FEWEST_SIGNS or _is_row(plain):
        return True
    known = {word for each in about for word in re.split(r"\W+", each.lower()) if len(word) >= _SHORTEST_WORD}
    words = common_words() | known
    return any(_is_made_of(letters, words) for letters in _spellings(plain))


def _is_row(plain: str) -> bool:
    steps = {ord(after) - ord(before) for before, after in pairwise(plain)}
    return steps <= {1, -9} or steps <= {-1, 9}


def _spellings(plain: str) -> set[str]:
    """Return the letters of a password, read as they stand and with digits and signs read as the letters they mimic."""
    read = {plain, plain.translate(_LETTERS_FOR_SIGNS), plain.strip("0123456789!?.#*-_ ").translate(_LETTERS_FOR_SIGNS)}
    return {re.sub(r"[\W\d_]+", "", each) for each in read}


def _is_made_of(letters: str, words: frozenset[str]) -> bool:
    """Say whether ``letters`` is nothing but words of the list, one after the other, two at most being different."""
    reached: dict[int, frozenset[str]] = {0: frozenset()}
    for start in range(len(letters)):
        if start not in reached:
            continue
        for end in range(start + 1, len(letters) + 1):
            word = letters[start:end]
            used = reached[start] | {word}
            if word in words and len(used) <= 2 and len(used) <= len(reached.get(end, used)):
                reached[end] = used
    return len(letters) in reached


def check(password: str, *, about: Iterable[str] = ()) -> None:
    """Refuse a password that is too short, too long or too easy to guess.

    Raises:
        Invalid: with the field ``password``.
    """
    if not SHORTEST <= len(password) <= LONGEST:
        raise Invalid(
            _("Use %(least)s to %(most)s characters. Four words that mean something to you do well.",
              least=SHORTEST, most=LONGEST),
            field="password",
        )  # fmt: skip
    if is_common(password, about):
        raise Invalid(
            _("This one is among the first that guessers try. Add a word or two that nobody would expect."),
            field="password",
        )
