"""What strangers send is shown as plain text in the inbox, and on the page of a case."""

from flask.testing import FlaskClient

from app.mentions.models import MentionStatus
from app.mentions.types import Route
from tests import factories, hostile
from tests.conftest import sign_in


def test_hostile_words_stay_words_in_the_inbox_and_on_a_case(client: FlaskClient) -> None:
    connection = factories.make_connection()
    author = factories.make_author(connection=connection, name="Plain Name", handle="someone")
    mention = factories.make_mention(
        connection=connection,
        author=author,
        text="plain words",
        status=MentionStatus.ESCALATED,
        route=Route.STAFF_ANGRY,
        feed_lane=None,
    )
    case = factories.make_case(mention=mention, reason="plain words")
    sign_in(client, factories.sol())
    addresses = ("/inbox", f"/inbox/{case.id}")
    plain = [client.get(address).text for address in addresses]

    for row, text in hostile.TEXTS:
        mention.masked_text = mention.text = case.reason = text
        author.name = text[:400]
        factories.session.commit()
        for address, usual in zip(addresses, plain, strict=True):
            hostile.assert_only_words(client.get(address).text, text, plain=usual, row=row)
