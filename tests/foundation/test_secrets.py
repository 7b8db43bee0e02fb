import pytest
from hypothesis import given
from hypothesis import strategies as some
from sqlalchemy import select, text

from app.channels.models import Connection
from app.foundation.db import session
from app.foundation.secrets import Keyring, Unreadable
from tests import factories


def keyring(*names: str) -> Keyring:
    ring = Keyring()
    ring.load({name: name.encode().ljust(32, b"-") for name in names})
    return ring


@given(some.text())
def test_what_was_sealed_is_read_again(words: str) -> None:
    ring = keyring("a")

    assert ring.unseal(ring.seal(words, purpose="p"), purpose="p") == words


def test_one_text_is_sealed_differently_each_time() -> None:
    ring = keyring("a")

    assert ring.seal("token", purpose="p") != ring.seal("token", purpose="p")


def test_a_secret_is_read_for_its_own_purpose_only() -> None:
    ring = keyring("a")

    with pytest.raises(Unreadable):
        ring.unseal(ring.seal("token", purpose="connections.secrets"), purpose="users.totp")


def test_the_new_key_writes_and_the_old_one_still_reads() -> None:
    old = keyring("a").seal("token", purpose="p")
    ring = keyring("b", "a")

    assert ring.unseal(old, purpose="p") == "token"
    assert ring.seal("token", purpose="p").startswith("b.")
    with pytest.raises(Unreadable):
        keyring("b").unseal(old, purpose="p")


def test_a_changed_cipher_is_not_read() -> None:
    ring = keyring("a")
    sealed = ring.seal("token", purpose="p")
    changed = sealed[:-6] + ("A" if sealed[-6] != "A" else "B") + sealed[-5:]

    with pytest.raises(Unreadable):
        ring.unseal(changed, purpose="p")


def test_no_token_lies_open_in_the_database(db_session: None) -> None:
    connection = factories.make_connection(tokens={"access_token": "needle-in-a-haystack"})

    kept = session.execute(text("SELECT secrets FROM connections WHERE id = :id"), {"id": connection.id}).scalar_one()
    assert "needle" not in kept


def test_a_secret_moved_to_another_row_is_not_read(db_session: None) -> None:
    ours, theirs = factories.make_connection(), factories.make_connection()
    session.execute(
        text("UPDATE connections SET secrets = (SELECT secrets FROM connections WHERE id = :ours) WHERE id = :theirs"),
        {"ours": ours.id, "theirs": theirs.id},
    )
    session.expire_all()

    moved = session.scalars(select(Connection).where(Connection.id == theirs.id)).one()
    session.refresh(moved, ["secrets"])
    with pytest.raises(Unreadable):
        moved.read_secrets()
