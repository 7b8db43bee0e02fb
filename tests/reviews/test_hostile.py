"""What strangers and writers send is shown as plain text in the queue, and where a moderator decides on it."""

from flask.testing import FlaskClient
from sqlalchemy import select

from app.mentions.models import MentionStatus
from app.replies.models import ReplyVersion
from tests import factories, hostile
from tests.conftest import sign_in


def test_hostile_words_stay_words_in_the_queue_and_on_its_items(client: FlaskClient) -> None:
    connection = factories.make_connection()
    author = factories.make_author(connection=connection, name="Plain Name", handle="someone")
    mention = factories.make_mention(
        connection=connection, author=author, text="plain words", status=MentionStatus.IN_REVIEW
    )
    reply = factories.make_reply(mention=mention, text="plain words")
    version = factories.session.scalars(select(ReplyVersion).where(ReplyVersion.reply_id == reply.id)).one()
    sign_in(client, factories.mo())
    addresses = (f"/queue?view=waiting&open={reply.id}", f"/queue/{reply.id}")
    plain = [client.get(address).text for address in addresses]

    for row, text in hostile.TEXTS:
        mention.masked_text = mention.text = version.text = text
        author.name = text[:400]
        factories.session.commit()
        for address, usual in zip(addresses, plain, strict=True):
            hostile.assert_only_words(client.get(address).text, text, plain=usual, row=row, but=hostile.FINDINGS)
