import pytest

from app.foundation.addresses import GREATEST, parts_of, row_number


@pytest.mark.parametrize("text", ["0", "17", str(GREATEST)])
def test_numbers_of_rows_are_read(text: str) -> None:
    assert row_number(text) == int(text)


@pytest.mark.parametrize("text", ["-1", str(GREATEST + 1), "x", "", "1.5"])
def test_what_is_no_rows_number_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        row_number(text)


def test_an_address_that_is_none_has_empty_parts() -> None:
    assert parts_of("https://ovation.example/queue?view=flagged")[1:4] == ("ovation.example", "/queue", "view=flagged")
    assert set(parts_of("http://[bad")) == {""}
