"""The demo's first hour: the cast answers some of the posts that wait, once, so that boards, ledgers and queues are not empty.

Nothing is written past the rules: each step is what a view would do, the worker publishes, and the customers speak through
the network's own page. It begins only where nobody has written a reply yet.
"""

import http.client
import os
import time
import urllib.parse
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Final, TypeVar

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from app import open_house
from app.accounts.login import person_of
from app.accounts.models import User
from app.accounts.permissions import Person
from app.advocates.queries import advocate_of
from app.feed import actions as feed
from app.foundation import clock
from app.foundation.config import Settings, load_settings
from app.foundation.db import session, unit_of_work
from app.foundation.errors import DomainError
from app.mentions.models import Author, Mention, MentionStatus
from app.publishing.models import Publication, PublicationStatus
from app.replies import actions as replies
from app.replies import queries
from app.replies.drafts import Typed
from app.replies.models import Reply, ReplyVersion
from app.reviews import actions as reviews

PATIENCE_SECONDS: Final = 60.0
POLL_SECONDS: Final = 0.5
MODERATORS: Final = ("ivo", "noor")

Found = TypeVar("Found")


@dataclass(frozen=True, slots=True)
class Answer:
    """What a member of the cast writes to ``customer``, and what comes of it."""

    writer: str
    customer: str
    about: str
    text: str
    edited: str = ""
    approved: bool = True
    thanked: bool = False
    likes: tuple[str, ...] = ()


ANSWERS: Final = (
    Answer(
        "mossy", "oolong_oli", "water in the K2 overnight",
        "You can, the seal does not mind. It is the scale that likes standing water: empty it at night and you descale half as often.",
        thanked=True, likes=("teatime_theo", "quiet_quinn", "gran_of_six"),
    ),
    Answer(
        "tess", "gran_of_six", "where the little filter goes",
        "Hello Dorothy. Hold it with the mesh towards the water, slide it down behind the spout until it clicks. Then tea.",
        thanked=True, likes=("ikea_isla", "kettle_ken", "studio_bex", "chai_charlie", "earlgreyhound"),
    ),
    Answer(
        "hanna", "hartes_wasser", "bei sehr hartem Wasser entkalken",
        "Bei 22 °dH alle drei Wochen: 20 g Zitronensäure auf einen Liter, warm, nicht kochend, 20 Minuten. Dann rauscht er wieder leise.",
        thanked=True, likes=("limescale_lou",),
    ),
    Answer(
        "colette", "camille_theine", "le filtre de la K2",
        "À la main, s'il vous plaît : le lave-vaisselle déforme la maille. Eau tiède, une brosse douce, et il tient des années.",
        likes=("yuki_teahouse", "sencha_sue"),
    ),
    Answer(
        "paco", "beatriz_cha", "Fahrenheit para Celsius",
        "Com a base ligada e sem o jarro, carregue no mais durante cinco segundos até aparecer C. Com o jarro em cima não muda.",
        thanked=True,
    ),
    Answer(
        "sam", "teatime_theo", "between the K2 and the K2 Connect",
        "Same element, same jug, same lid. The Connect adds wifi and a schedule. It will definitely be worth it if you like tea at 6:59.",
        edited="Same element, same jug, same lid. The Connect adds wifi and a schedule, which is nice if you like tea ready at 6:59.",
        likes=("flatwhite_fay",),
    ),
    Answer(
        "mossy", "sencha_sue", "hold the temperature or does it reheat",
        "It reheats in small bursts, so a swing of a few degrees is normal. Fill it above the 0.5 l line and the swing gets smaller.",
        likes=("matcha_minh", "oolong_oli"),
    ),
    Answer(
        "colette", "maria_bergamot", "si può comprare solo il coperchio",
        "Sì, il coperchio si compra da solo. Prima però provi a pulire la cerniera con acqua e aceto: spesso è solo calcare.",
        thanked=True, likes=("camille_theine",),
    ),
    Answer(
        "tess", "gooseneck_gail", "which way round does the Heron's thermometer",
        "Notch towards the handle, and push until you feel it give. If it faces the spout it reads the steam.",
        approved=False,
    ),
    Answer(
        "bruno", "hobnob_hal", "the feet on the base",
        "They are 12 mm across. A walking kettle is fun for a week: the spare set of four sticks on dry, clean plastic.",
        approved=False,
    ),
)  # fmt: skip


def main() -> None:
    """Let the first hour happen, if it has not."""
    settings = load_settings(os.environ)
    open_house(settings)
    if not settings.is_demo or session.scalar(select(Reply.id).limit(1)) is not None:
        return
    written = [(answer, reply_id) for answer in ANSWERS if (reply_id := _write(answer, settings))]
    for turn, (answer, reply_id) in enumerate(written):
        if answer.approved:
            _approve(answer, reply_id, _person(MODERATORS[turn % len(MODERATORS)]), settings)
    for answer, reply_id in written:
        if answer.thanked or answer.likes:
            _react(answer, reply_id, settings)


def _write(answer: Answer, settings: Settings) -> int | None:
    """Claim the post and send a reply for review; None where somebody else has the post, or it never came."""
    mention_id = _soon(partial(_open_post, answer))
    if mention_id is None:
        return None
    try:
        with unit_of_work():
            advocate = advocate_of(_person(answer.writer))
            feed.claim(mention_id=mention_id, advocate_id=advocate.id, at=clock.now(), lasts=settings.claim_lasts)
            reply = replies.start(mention_id=mention_id, advocate=advocate, at=clock.now())
            replies.submit(
                reply=reply,
                advocate=advocate,
                typed=Typed(answer.text),
                signature=replies.signature_of(advocate, role=settings.signature_role),
                network=queries.network_of(reply),
                at=clock.now(),
            )
    except DomainError as error:
        print(f"{answer.writer} did not answer {answer.customer}: {error.message}")
        return None
    return reply.id


def _open_post(answer: Answer) -> int | None:
    theirs = Mention.author.has(Author.handle == answer.customer)
    waits = Mention.status == MentionStatus.OPEN
    return session.scalar(select(Mention.id).where(theirs, waits, Mention.text.contains(answer.about, autoescape=True)))


def _approve(answer: Answer, reply_id: int, moderator: Person, settings: Settings) -> None:
    approve = partial(reviews.approve_edited, text=answer.edited) if answer.edited else reviews.approve
    try:
        with unit_of_work():
            version_id = session.scalars(select(ReplyVersion.id).where(ReplyVersion.reply_id == reply_id)).one()
            at, undo_lasts = clock.now(), settings.undo_lasts
            approve(reply_id=reply_id, version_id=version_id, by=moderator, at=at, undo_lasts=undo_lasts)
    except DomainError as error:
        print(f"{moderator.handle} did not approve reply {reply_id}: {error.message}")


def _react(answer: Answer, reply_id: int, settings: Settings) -> None:
    """Let the customer thank and others like, once the reply stands on the network."""
    external_id = _soon(partial(_posted, reply_id))
    if external_id is None:
        return
    if answer.thanked:
        _press(settings, f"/post/{external_id}/thanks", answer.customer)
    for handle in answer.likes:
        _press(settings, f"/post/{external_id}/like", handle)


def _posted(reply_id: int) -> str | None:
    wanted = select(Publication.external_id).where(Publication.reply_id == reply_id)
    return session.scalar(wanted.where(Publication.status == PublicationStatus.SENT))


def _press(settings: Settings, path: str, handle: str) -> None:
    """Press a button of the network's page as a customer."""
    place = urllib.parse.urlsplit(settings.sandbox_url)
    connection = http.client.HTTPConnection(place.hostname or "127.0.0.1", place.port, timeout=10)
    body = urllib.parse.urlencode({"acting_as": handle})
    connection.request("POST", path, body, {"Content-Type": "application/x-www-form-urlencoded"})
    connection.getresponse().read()
    connection.close()


def _person(handle: str) -> Person:
    return person_of(
        session.scalars(select(User).where(User.handle == handle).options(selectinload(User.grants))).one()
    )


def _soon(find: Callable[[], Found | None]) -> Found | None:
    """Ask again and again until there is an answer, or no patience left."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while (found := find()) is None and time.monotonic() < deadline:
        session.remove()
        time.sleep(POLL_SECONDS)
    return found


if __name__ == "__main__":
    main()
