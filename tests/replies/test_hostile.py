"""What strangers write is shown as plain text on the feed, on the post's page and beside the composer."""

from flask.testing import FlaskClient

from app.feed.models import Claim
from app.foundation import clock
from app.mentions.models import MentionStatus
from tests import factories, hostile
from tests.conftest import sign_in


def shown(client: FlaskClient, claim: Claim) -> list[str]:
    pages = []
    for address in ("/feed", f"/feed/{claim.mention_id}", f"/feed/{claim.mention_id}/reply"):
        answer = client.get(address)
        assert answer.status_code == 200
        pages.append(answer.text)
    return pages


def test_a_strangers_words_stay_words(client: FlaskClient) -> None:
    ada = factories.ada()
    connection = factories.make_connection()
    author = factories.make_author(connection=connection, name="Plain Name", handle="someone")
    mention = factories.make_mention(
        connection=connection, author=author, text="plain words", status=MentionStatus.CLAIMED
    )
    now = clock.now()
    claim = factories.make_claim(
        advocate=ada, mention=mention, claimed_at=now, expires_at=now + factories.timedelta(minutes=10)
    )
    sign_in(client, ada.user)
    plain = shown(client, claim)

    for row, text in hostile.TEXTS:
        mention.masked_text = mention.text = text
        author.name = text[:400]
        factories.session.commit()
        for page, usual in zip(shown(client, claim), plain, strict=True):
            hostile.assert_only_words(page, text, plain=usual, row=row)
