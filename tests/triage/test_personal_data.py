"""What is found as personal data, and what the crowd sees instead."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.triage import personal_data
from app.triage.personal_data import (
    LOOKED_UP,
    MARK,
    SEARCHED_CHARS,
    find_personal_data,
    has_iban_checksum,
    has_luhn_checksum,
    mask,
)
from app.triage.types import DataKind, Span

FOUND = [
    ("write to jo.bloggs@example.com please", DataKind.MAIL, "jo.bloggs@example.com"),
    ("jo [dot] bloggs (at) example (dot) com", DataKind.MAIL, "jo [dot] bloggs (at) example (dot) com"),
    ("Call me on +1 555-0142 please", DataKind.PHONE, "+1 555-0142"),
    ("ring 07700 900461 today", DataKind.PHONE, "07700 900461"),
    ("my number is 555-123-4567 x12", DataKind.PHONE, "555-123-4567 x12"),
    ("card 4111 1111 1111 1111 exp 12/31", DataKind.CARD, "4111 1111 1111 1111"),
    ("IBAN GB82 WEST 1234 5698 7654 32 is mine", DataKind.IBAN, "GB82 WEST 1234 5698 7654 32"),
    ("iban de89370400440532013000", DataKind.IBAN, "de89370400440532013000"),
    ("SSN 000-12-3456", DataKind.SSN, "000-12-3456"),
    ("order 4711 never came", DataKind.ORDER, "4711"),
    ("Bestellnummer: 123-4567890-1234567", DataKind.ORDER, "123-4567890-1234567"),
    ("booking reference YX8QPT", DataKind.ORDER, "YX8QPT"),
    ("I live at 1 Example Street, Exampletown", DataKind.ADDRESS, "1 Example Street"),
    ("wohne in der Musterstraße 12", DataKind.ADDRESS, "Musterstraße 12"),
    ("near EX4 4MP", DataKind.ADDRESS, "EX4 4MP"),
    ("password: hunter2-example", DataKind.SECRET, "hunter2-example"),
    ("my IP is 192.0.2.77", DataKind.NETWORK, "192.0.2.77"),
    ("and 2001:db8::77", DataKind.NETWORK, "2001:db8::77"),
    ("passport no. X0000000", DataKind.IDENTITY, "X0000000"),
    ("born 31.02.1990", DataKind.IDENTITY, "31.02.1990"),
]

NOT_FOUND = [
    "Error 0x80070057 on build 4111.1111, ticket 20260101-000042",
    "I paid 19.99 for 2 x 500 ml on 12/05",
    "version 8.4.22.515 on iOS 11.0.3",
    "my password is not working",
    "the order is late again",
    "meet at 10:30, gate 14, row 22",
    "2017-11-22 was the day",
    "it says 404 and 500",
    "",
]


@pytest.mark.parametrize(("text", "kind", "data"), FOUND)
def test_personal_data_is_found_and_hidden(text: str, kind: DataKind, data: str) -> None:
    start = text.index(data)

    assert find_personal_data(text) == (Span(kind, start, start + len(data)),)
    assert mask(text) == text.replace(data, MARK)


@pytest.mark.parametrize("text", NOT_FOUND)
def test_ordinary_numbers_stay(text: str) -> None:
    assert find_personal_data(text) == ()
    assert mask(text) == text


def test_card_with_a_wrong_check_digit_is_no_card() -> None:
    assert has_luhn_checksum("4111111111111111")
    assert not has_luhn_checksum("4111111111111112")


def test_iban_with_wrong_check_digits_is_none() -> None:
    assert has_iban_checksum("GB82 WEST 1234 5698 7654 32")
    assert not has_iban_checksum("GB83 WEST 1234 5698 7654 32")


def test_what_was_not_searched_is_left_away() -> None:
    text = "a " * SEARCHED_CHARS + "jo@example.com"

    masked = mask(text)

    assert "jo@example.com" not in masked
    assert masked.endswith("…")


def test_of_more_numbers_than_anybody_writes_the_rest_are_hidden_unasked(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    monkeypatch.setattr(personal_data, "_is_phone", lambda written, _digits: asked.append(written) or False)

    masked = mask("build 1 2345678 9; " * 2 * LOOKED_UP)

    assert len(asked) <= LOOKED_UP
    assert masked.endswith(f"{MARK}; ")


def test_several_are_hidden_in_order() -> None:
    assert mask("mail jo@example.com or ring +44 7700 900461") == f"mail {MARK} or ring {MARK}"


@given(st.text(alphabet="0123456789+-(). @:/ABab", max_size=200))
def test_spans_never_overlap_and_lie_inside(text: str) -> None:
    spans = find_personal_data(text)

    at = 0
    for span in spans:
        assert at <= span.start < span.end <= len(text)
        at = span.end
