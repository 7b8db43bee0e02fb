"""What the desk must not let happen: rules passed by in two steps, and safety cases told to moderators by the way."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.accounts.models import User
from app.cases.models import Case
from app.foundation.db import session
from app.mentions.models import IgnoredBecause, Mention, MentionStatus
from app.publishing.models import Publication
from app.replies.models import Reply, ReplyKind, ReplyStatus, ReplyVersion
from tests import factories
from tests.conftest import sign_in

WORDS = "We are looking into it now and write again within the hour."


@pytest.fixture
def staff(client: FlaskClient) -> User:
    sol = factories.sol()
    sign_in(client, sol)
    return sol


def status_of(mention_id: int) -> MentionStatus:
    return session.scalars(select(Mention.status).where(Mention.id == mention_id)).one()


@pytest.mark.parametrize("status", [ReplyStatus.SUBMITTED, ReplyStatus.APPROVED])
def test_a_post_with_a_reply_under_way_is_not_put_on_the_feed(
    client: FlaskClient, staff: User, status: ReplyStatus
) -> None:
    reply = factories.make_reply(status)

    answer = client.post(f"/posts/{reply.mention_id}/feed")

    assert answer.status_code == 409
    assert status_of(reply.mention_id) is MentionStatus.IN_REVIEW


def test_a_post_of_a_live_case_is_not_put_on_the_feed(client: FlaskClient, staff: User) -> None:
    case = factories.make_case()

    assert client.post(f"/posts/{case.mention_id}/feed").status_code == 409
    assert status_of(case.mention_id) is MentionStatus.ESCALATED


def test_a_sensitive_post_stays_sensitive_on_its_way_over_the_feed(client: FlaskClient, staff: User) -> None:
    case = factories.make_case(sensitive=True)
    client.post(f"/inbox/{case.id}/return", data={"brief": ""})
    client.post(f"/posts/{case.mention_id}/case", data={"reason": "Ours after all"})
    again = session.scalars(select(Case).where(Case.id != case.id)).one()

    client.post(f"/inbox/{again.id}/answer", data={"text": WORDS, "form_key": "k" * 32})

    assert again.sensitive is True
    assert session.scalars(select(Publication)).all() == []
    assert session.scalars(select(Reply.status)).one() is ReplyStatus.SUBMITTED


def test_a_safety_post_stays_from_moderators_on_its_way_over_the_feed(client: FlaskClient, staff: User) -> None:
    case = factories.make_case(safety=True)
    client.post(f"/inbox/{case.id}/return", data={"brief": ""})
    client.post(f"/posts/{case.mention_id}/case", data={"reason": "Ours after all"})
    again = session.scalars(select(Case.id).where(Case.id != case.id)).one()

    sign_in(client, factories.mo())

    assert f"/inbox/{again}" not in client.get("/inbox").text
    assert client.get(f"/inbox/{again}").status_code == 404


def test_other_posts_of_a_customer_tell_moderators_of_no_safety_case(client: FlaskClient) -> None:
    connection = factories.make_connection()
    author = factories.make_author(connection=connection)
    hurt = factories.make_mention(
        connection=connection, author=author, status=MentionStatus.ESCALATED, text="It burnt my hand badly"
    )
    factories.make_case(mention=hurt, safety=True)
    calm = factories.make_mention(connection=connection, author=author)

    told = sign_in(client, factories.mo()).get(f"/posts/{calm.id}").text
    known = sign_in(client, factories.sol()).get(f"/posts/{calm.id}").text

    assert "It burnt my hand badly" not in told
    assert "It burnt my hand badly" in known


def test_a_posts_thread_tells_moderators_of_no_safety_case(client: FlaskClient) -> None:
    post = factories.make_mention()
    hurt = factories.make_sibling(post, text="It burnt my hand badly", status=MentionStatus.ESCALATED)
    factories.make_case(mention=hurt, safety=True)

    told = sign_in(client, factories.mo()).get(f"/posts/{post.id}").text
    known = sign_in(client, factories.sol()).get(f"/posts/{post.id}").text

    assert "It burnt my hand badly" not in told
    assert "how do I descale" in told
    assert "It burnt my hand badly" in known


def test_sendings_of_safety_cases_are_kept_from_moderators(client: FlaskClient) -> None:
    case = factories.make_case(safety=True)
    mention = session.get_one(Mention, case.mention_id)
    reply = factories.make_reply(
        ReplyStatus.APPROVED, mention=mention, kind=ReplyKind.STAFF, writer=factories.sol(), text="See a doctor first"
    )
    publication = factories.make_publication(reply=reply)

    sign_in(client, factories.mo())

    assert "See a doctor first" not in client.get("/publishing").text
    assert client.get(f"/publishing/{publication.id}").status_code == 404
    assert client.post(f"/publishing/{publication.id}/posted", data={"link": "x"}).status_code == 404
    sign_in(client, factories.ana())
    assert client.get(f"/publishing/{publication.id}").status_code == 200


@pytest.mark.parametrize("name", ["https://evil.example/k2 Stern", "\u202eloS Stern", "sol@mail.example"])
def test_a_name_that_is_no_name_signs_nothing(client: FlaskClient, name: str) -> None:
    sol = factories.sol()
    sol.name = name
    session.commit()
    case = factories.make_case()

    sign_in(client, sol).post(f"/inbox/{case.id}/answer", data={"text": WORDS, "form_key": "k" * 32})

    assert session.scalars(select(ReplyVersion.signature)).one() == "sol, Northwind Kettles"


def test_moderators_read_the_desk_with_personal_data_hidden(client: FlaskClient) -> None:
    raw, masked = "Call me on 0171 555 0199 please", "Call me on ••• please"
    connection = factories.make_connection()
    author = factories.make_author(connection=connection)
    words = {"text": raw, "masked_text": masked, "connection": connection, "author": author}
    aside = factories.make_mention(status=MentionStatus.IGNORED, ignored_because=IgnoredBecause.NOISE, **words)
    case = factories.make_case(mention=factories.make_mention(status=MentionStatus.ESCALATED, **words))
    addresses = ["/inbox", "/inbox/rows", f"/inbox/{case.id}", f"/inbox/{case.id}/timeline"]
    addresses += ["/inbox/set-aside", f"/posts/{aside.id}"]

    sign_in(client, factories.mo())
    for address in addresses:
        page = client.get(address).text
        assert "555 0199" not in page, address
        assert masked in page, address
    sign_in(client, factories.sol())
    for address in addresses:
        assert raw in client.get(address).text, address
