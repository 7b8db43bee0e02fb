"""What stops a reply and what its writer may look at again, as tables; lengths by the network's own counter."""

import json
import time
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask_babel import Babel
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.foundation.errors import Invalid
from app.replies import marks, wording
from app.replies.checks import Checked, Severity, check, check_or_refuse
from app.replies.links import LinkFault, find_links
from app.replies.models import posted_text

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from twitter_text import parse_tweet

SIGNATURE = "Mossy, Crew volunteer"
HOSTS = ("example.com", "help.example.com")
HOSTILE = [
    json.loads(line)
    for line in (Path(__file__).parent.parent / "data" / "hostile_inputs.jsonl").read_text().splitlines()
]


@pytest.fixture(autouse=True, scope="module")
def words() -> Iterator[None]:
    app = Flask("words")
    Babel(app)
    with app.test_request_context():
        yield


def checked(text: str, **changes: object) -> Checked:
    return check(text, **({"signature": SIGNATURE, "network": "x", "link_hosts": HOSTS} | changes))  # type: ignore[arg-type]


def codes(text: str, **changes: object) -> set[str]:
    return {each.code for each in checked(text, **changes).findings}


def test_a_plain_reply_has_nothing_against_it() -> None:
    found = checked("Wipe the disc with vinegar on a cloth, rinse, boil once. See https://example.com/k2-sensor.")

    assert found.findings == ()
    assert found.may_send
    assert found.has_links


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("https://example.com/a", None),
        ("(https://example.com/a).", None),
        ("https://EXAMPLE.com", None),
        ("https://help.example.com/?a=b#c", None),
        ("http://example.com/a", LinkFault.NOT_HTTPS),
        ("example.com/a", LinkFault.NO_SCHEME),
        ("https://www.example.com/", LinkFault.NOT_LISTED),
        ("https://example.com./", LinkFault.NOT_LISTED),
        ("https://example.com:443/", LinkFault.NOT_LISTED),
        ("https://example.com:80@evil.example", LinkFault.DISGUISED),
        ("https://you@example.com/", LinkFault.DISGUISED),
        ("https://example.com/?to=https://evil.example", LinkFault.DISGUISED),
        ("https://example.com\\@evil.example", LinkFault.DISGUISED),
        ("https://bit.ly/3xYz", LinkFault.SHORTENER),
        ("bit.ly/3xYz", LinkFault.SHORTENER),
        ("//evil.com", LinkFault.NOT_LISTED),
        ("www.evil.com", LinkFault.NOT_LISTED),
        ("use vinegar.It works", LinkFault.NOT_LISTED),
        ("javascript:alert(1)", LinkFault.NOT_LISTED),
        ("ftp://example.com/", LinkFault.NOT_HTTPS),
    ],
)
def test_links(text: str, fault: LinkFault | None) -> None:
    found = find_links(text, allowed=HOSTS)

    assert [link.fault for link in found][:1] == [fault]


@pytest.mark.parametrize(
    "text", ["", "e.g. this", "v1.2.3", "K2.0", "@NorthwindKettle hi", "Boil 1.5 l", "a.m. or p.m."]
)
def test_what_is_no_link(text: str) -> None:
    assert find_links(text, allowed=HOSTS) == []


def test_a_host_of_the_brand_may_be_written_in_its_own_letters() -> None:
    assert find_links("https://bücher.example/", allowed=["bücher.example"])[0].fault is None
    assert find_links("https://xn--bcher-kva.example/", allowed=["bücher.example"])[0].fault is None


@pytest.mark.parametrize("row", [row for row in HOSTILE if row["kind"] == "lookalike_url"], ids=lambda row: row["id"])
def test_no_lookalike_link_gets_out(row: dict[str, str]) -> None:
    assert not checked(row["text"]).may_send


@pytest.mark.parametrize(
    "row", [row for row in HOSTILE if row["kind"] in {"bidi_control", "invisible"}], ids=lambda row: row["id"]
)
def test_no_hidden_mark_gets_out(row: dict[str, str]) -> None:
    assert "hidden_marks" in codes(row["text"])


@pytest.mark.parametrize(
    "row", [row for row in HOSTILE if row["kind"] in {"benign_lookalike", "benign_script"}], ids=lambda row: row["id"]
)
def test_harmless_text_is_not_stopped(row: dict[str, str]) -> None:
    assert checked(row["text"]).may_send


@pytest.mark.parametrize("row", [row for row in HOSTILE if row["kind"] == "pii_fake"], ids=lambda row: row["id"])
def test_personal_data_is_stopped_and_not_repeated(row: dict[str, str]) -> None:
    found = checked(row["text"])

    assert "personal_data" in {each.code for each in found.blocks}
    for piece in ("555-0142", "4111", "hunter2", "jo.bloggs@example.com", "EXAMPLE_TOKEN"):
        assert all(piece not in each.message for each in found.findings if each.code == "personal_data")


@pytest.mark.parametrize("row", HOSTILE, ids=lambda row: row["id"])
def test_every_hostile_text_is_checked_quickly(row: dict[str, str]) -> None:
    begun = time.process_time()

    checked(row["text"])

    assert time.process_time() - begun < 0.5


@pytest.mark.parametrize(
    ("text", "code", "severity"),
    [
        ("Dear {name}, boil it", "placeholder", Severity.BLOCK),
        ("Dear [your name here], boil it", "placeholder", Severity.BLOCK),
        ("p\u0430ssword", "mixed_script", Severity.BLOCK),
        ("a\u0301\u0301\u0301\u0301\u0301\u0301", "stacked_marks", Severity.BLOCK),
        ("$AAPL and $TSLA", "cashtags", Severity.BLOCK),
        ("You will get a refund", "promise", Severity.ADVICE),
        ("We guarantee it", "promise", Severity.ADVICE),
        ("It arrives by Monday", "promise", Severity.ADVICE),
        ("It comes within 3 days", "promise", Severity.ADVICE),
        ("Tea is safe", "promise", Severity.ADVICE),
        ("Wir erstatten das", "promise", Severity.ADVICE),
        ("READ THIS NOW PLEASE FRIEND", "loud", Severity.ADVICE),
        ("Boil it!!", "loud", Severity.ADVICE),
        ("Obviously you should have descaled it", "tone", Severity.ADVICE),
    ],
)
def test_findings(text: str, code: str, severity: Severity) -> None:
    found = [each for each in checked(text).findings if each.code == code]

    assert [each.severity for each in found] == [severity]


@pytest.mark.parametrize(
    "text",
    ["👨‍👩‍👧 enjoy", "🏳️‍🌈", "می\u200cخواهم", "クK2を", "5 μm and 3 kΩ", "Привет, всё просто", "naïve café", "1️⃣ boil"],
)
def test_what_people_really_write_is_not_stopped(text: str) -> None:
    assert checked(text).may_send


def test_a_reply_without_a_signature_is_stopped() -> None:
    assert "signature" in codes("Boil it", signature=" ")


def test_the_same_words_again_are_advised_against() -> None:
    before = "Fill it with equal parts of vinegar and water, boil once and rinse it twice."

    assert "repeated" in codes(before.replace("twice", "thrice"), earlier=["Hello there my friend", before])
    assert "repeated" not in codes("Wipe the disc under the lid.", earlier=[before])
    assert wording.most_alike("too short", ["too short"]) == 0.0


def test_blocks_come_first() -> None:
    found = checked("We promise: ring 01632 960983")

    assert [each.severity for each in found.findings] == [Severity.BLOCK, Severity.ADVICE]
    assert not found.may_send


def test_what_is_said_at_once_is_refused_with_what_to_do() -> None:
    with pytest.raises(Invalid, match=r"over the limit of 280\. Shorten it") as refused:
        check_or_refuse("x" * 400, signature=SIGNATURE)

    assert refused.value.field == "text"
    assert check_or_refuse("Boil it once.", signature=SIGNATURE).may_send


def test_only_installed_hosts_count_where_none_are_given() -> None:
    from app.replies.checks import RULES

    RULES.load(link_hosts=["northwindkettles.example"])

    assert check_or_refuse("See https://northwindkettles.example/k2", signature=SIGNATURE).has_links
    with pytest.raises(Invalid, match="not on the list"):
        check_or_refuse("See https://example.com/k2", signature=SIGNATURE)


some_text = st.text(st.characters(exclude_categories=["Cs"]), max_size=120)


@given(text=some_text)
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_the_length_is_the_one_of_the_network(text: str) -> None:
    found = checked(text)

    assert found.length == parse_tweet(posted_text(marks.clean(text), SIGNATURE)).weightedLength
    assert ("too_long" in {each.code for each in found.blocks}) == (
        found.length > found.limit and not marks.is_blank(text)
    )


@given(text=st.text(max_size=300))
@settings(max_examples=200, deadline=None)
def test_cleaned_text_can_be_stored_anywhere(text: str) -> None:
    clean = marks.clean(text)

    assert "\x00" not in clean
    assert "\r" not in clean
    assert clean.encode().decode() == clean
    assert marks.clean(clean) == clean


@given(
    number=st.integers(7_700_900_000, 7_700_900_999), around=st.sampled_from(["ring {}", "{} is mine", "call 0{} now"])
)
@settings(max_examples=50, deadline=None)
def test_no_finding_repeats_a_phone_number(number: int, around: str) -> None:
    found = checked(around.format(f"+44 {number}"))

    assert "personal_data" in {each.code for each in found.blocks}
    assert all(str(number) not in each.message + each.fix for each in found.findings)


@given(text=st.text(alphabet="ab.:/@\\ht ps-", max_size=200))
@settings(max_examples=200, deadline=None)
def test_no_link_but_the_brands_own_passes(text: str) -> None:
    for link in find_links(text, allowed=HOSTS):
        assert link.fault is not None or link.text.lower().startswith("https://")
