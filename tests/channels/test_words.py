import pytest

from app.channels.types import ReplyBar
from app.channels.words import why_no_reply


def test_every_bar_has_a_sentence_of_its_own() -> None:
    said = {why_no_reply(bar.value) for bar in ReplyBar} | {why_no_reply(None)}

    assert len(said) == len(ReplyBar) + 1


@pytest.mark.parametrize("code", [None, "", "from_an_older_release"])
def test_a_code_nobody_knows_is_never_shown(code: str | None) -> None:
    assert why_no_reply(code) == "The network does not let us answer this post."
