"""Saved searches on their pages: who may keep them, and what is refused beside its field."""

from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.channels.models import Connection, Destination, ListeningGap, SavedSearch
from app.channels.pages import fate_of
from app.foundation import clock
from app.foundation.db import session
from app.foundation.journal import JournalEntry
from tests.channels.conftest import Brand
from tests.conftest import sign_in
from tests.factories import ana, make_connection, make_search, sol


@pytest.fixture
def account(db_session: None, brand: Brand) -> Connection:
    return make_connection(
        external_id=brand.access.account_id,
        handle=brand.handle,
        base_url=brand.network.base_url,
        tokens={"access_token": brand.access.tokens.access_token},
    )


def wish(**changes: str) -> dict[str, str]:
    return {"name": "Kettles", "query": "kettle -is:retweet", "destination": "HELLO"} | changes


def kept() -> list[SavedSearch]:
    return list(session.scalars(select(SavedSearch).execution_options(populate_existing=True)))


def test_an_admin_saves_a_search_and_the_journal_knows(client: FlaskClient, account: Connection) -> None:
    admin = sign_in(client, ana())

    answer = admin.post(f"/manage/channels/{account.id}/searches/new", data=wish(), follow_redirects=True)

    [row] = kept()
    assert "kettle -is:retweet" in answer.text
    assert (row.name, row.query, row.destination, row.is_on) == (
        "Kettles",
        "kettle -is:retweet",
        Destination.HELLO,
        True,
    )
    assert session.scalar(select(JournalEntry.id).where(JournalEntry.action == "search.added")) is not None


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"query": "(kettle"}, "does not understand"),
        ({"query": "k" * 513}, "the network takes 512"),
        ({"query": ""}, "Say what to search for."),
        ({"name": ""}, "Give it a name."),
        ({"name": "Taken"}, "has that name"),
        ({"destination": "MOON"}, "Not a valid choice"),
    ],
)
def test_a_bad_search_is_refused_beside_its_field_and_what_was_typed_stays(
    client: FlaskClient, account: Connection, changes: dict[str, str], words: str
) -> None:
    make_search(connection=account, name="Taken")

    answer = sign_in(client, ana()).post(f"/manage/channels/{account.id}/searches/new", data=wish(**changes))

    assert answer.status_code == 422
    assert words in answer.text
    assert changes.get("query", "kettle -is:retweet") in answer.text
    assert [row.name for row in kept()] == ["Taken"]


def test_a_network_out_of_reach_does_not_keep_a_search_from_being_saved(client: FlaskClient) -> None:
    account = make_connection(base_url="http://127.0.0.1:1")

    answer = sign_in(client, ana()).post(
        f"/manage/channels/{account.id}/searches/new", data=wish(), follow_redirects=True
    )

    assert "could not be asked" in answer.text
    assert len(kept()) == 1


def test_other_words_begin_anew_and_another_name_does_not(client: FlaskClient, account: Connection) -> None:
    row = make_search(connection=account, query="kettle", cursor="there")
    admin = sign_in(client, ana())

    admin.post(f"/manage/channels/searches/{row.id}", data=wish(query="kettle", name="New name"))
    renamed = kept()[0].cursor
    admin.post(f"/manage/channels/searches/{row.id}", data=wish(query="pot"))

    assert renamed == "there"
    assert (kept()[0].query, kept()[0].cursor) == ("pot", None)


def test_a_search_is_switched_off_and_on_and_deleted(client: FlaskClient, account: Connection) -> None:
    row = make_search(connection=account)
    admin = sign_in(client, ana())

    admin.post(f"/manage/channels/searches/{row.id}/switch", data={"on": "no"})
    rests = kept()[0].is_on
    page = admin.get(f"/manage/channels/{account.id}/searches").text
    admin.post(f"/manage/channels/searches/{row.id}/switch", data={"on": "yes"})
    goes_on = kept()[0].is_on
    admin.post(f"/manage/channels/searches/{row.id}/delete")

    assert (rests, goes_on, kept()) == (False, True, [])
    assert "Switch on" in page


def test_staff_see_the_searches_and_change_none(client: FlaskClient, account: Connection) -> None:
    row = make_search(connection=account, query="kettle", last_error="invalid: no such operator")
    staff = sign_in(client, sol())

    page = staff.get(f"/manage/channels/{account.id}/searches").text
    refused = staff.post(f"/manage/channels/searches/{row.id}/delete")

    assert "no such operator" in page
    assert "Delete" not in page
    assert refused.status_code == 403


def test_a_gap_says_whether_it_can_be_healed(db_session: None) -> None:
    now = clock.now()
    row = make_connection()

    def fate(**values: object) -> str:
        gap = {"began_at": now - timedelta(hours=3), "ended_at": now - timedelta(hours=1)} | values
        return fate_of(ListeningGap(**gap), row, at=now)

    assert fate() == "asked"
    assert fate(healed_at=now, healed_from=now - timedelta(hours=3)) == "healed"
    assert fate(healed_at=now, healed_from=now - timedelta(hours=2)) == "partly"
    assert fate(healed_at=now, healed_from=now - timedelta(hours=1)) == "lost"
    assert fate(began_at=now - timedelta(days=9), ended_at=now - timedelta(days=8)) == "lost"
