import pytest

from app.foundation.addresses import GREATEST, row_number


@pytest.mark.parametrize("text", ["0", "17", str(GREATEST)])
def test_numbers_of_rows_are_read(text: str) -> None:
    assert row_number(text) == int(text)


@pytest.mark.parametrize("text", ["-1", str(GREATEST + 1), "x", "", "1.5"])
def test_what_is_no_rows_number_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="."):
        row_number(text)
