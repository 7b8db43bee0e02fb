"""What happens in trials: each story leads through some of the house's crash points, and may be told again after a death."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import select, update

from app.channels.models import Connection
from app.cord import actions as cord
from app.cord.models import HoldScope
from app.feed.models import Claim
from app.foundation import clock
from app.foundation.db import session, unit_of_work
from app.foundation.tasks import Task
from app.mentions.models import IgnoredBecause, Mention, MentionStatus
from app.mentions.types import FeedLane, Route
from app.publishing.actions import begin, hold_for
from app.publishing.models import HeldBecause, Publication
from app.replies.models import Reply, ReplyStatus, ReplyVersion
from tests import factories
from tests.trials import children
from tests.trials.ground import HANG_SECONDS, LATE, SOON, World, later
from worker.identity import worker_id
from worker.lanes import drain
from worker.lanes.listening import Listener, listen_once

Step = Callable[[World], object]

#: What a network may answer when we post, or do instead of answering.
ANSWERS = (
    *("accepted", "429", "401", "403", "500_before", "503_before", "hang", "reset", "500_after", "hang_after"),
    *("reset_after", "garbage", "broken_json", "no_id", "redirect", "late", "duplicate", "gone", "unreachable"),
)
#: One of each kind, where there is no time for all of them.
FEWER_ANSWERS = frozenset(
    {"accepted", "429", "401", "403", "500_after", "hang", "garbage", "late", "duplicate", "gone", "unreachable"}
)
#: ... and when we only read.
READ_ANSWERS = ("accepted", "429", "401", "500_before", "hang", "reset", "garbage", "no_id")
#: Where a death and a network's answer may have to do with one another: before the call there is no answer.
AROUND_THE_CALL = frozenset({"publishing.said", "publishing.recorded", "publishing.looked"})
_WORDS = "Fill it with equal parts of vinegar and water, boil once, rinse twice."
_KEY = "a-form-key-of-enough-characters"


@dataclass(frozen=True)
class Story:
    """``arrange`` is safe from death; ``act`` is not, and after a death it is told ``again``, as a person would.

    ``answers`` are what the network says at ``endpoint``; under all but the first one only the points of ``around`` are
    swept, where it is not empty. ``stages`` are when everything is looked after in the end.
    """

    name: str
    arrange: Step
    act: Step
    endpoint: str = ""
    answers: tuple[str, ...] = ("accepted",)
    around: frozenset[str] = frozenset()
    again: Step | None = None
    stages: tuple[int, ...] = SOON
    listens: bool = False


STORIES: list[Story] = []


def story(name: str, arrange: Step, act: Step, **more: Any) -> None:
    """Take a story into the list."""
    STORIES.append(Story(name, arrange, act, **more))


def order(world: World, endpoint: str, answer: str) -> None:
    """Let the network give this answer, once."""
    if answer == "unreachable":
        session.execute(update(Connection).values(base_url="http://127.0.0.1:9"))
        session.commit()
    elif answer == "gone":
        world.network.delete(world.ids["post"])
    elif answer not in {"accepted", "duplicate"}:
        seconds = 0.2 if answer == "late" else HANG_SECONDS
        world.network.fault(endpoint, answer, seconds=seconds)


def press(name: str, path: str, /, **form: Any) -> Step:
    """Return the step that sends a form; ``{...}`` in path and values are the world's ids."""

    def pressed(world: World) -> int:
        filled = {key: value.format(**world.ids) if isinstance(value, str) else value for key, value in form.items()}
        return world.press(name, path.format(**world.ids), **filled)

    return pressed


def both(*steps: Step) -> Step:
    """Return one step of several."""

    def done(world: World) -> None:
        for step in steps:
            step(world)

    return done


# How a trial begins


def opened(world: World) -> None:
    mention = world.mention()
    world.ids |= {"mention": mention.id, "post": mention.external_id}


def unreadable(world: World) -> None:
    """Triage could not read it."""
    mention = world.mention(MentionStatus.QUARANTINED, route=None, feed_lane=None)
    world.ids |= {"mention": mention.id, "post": mention.external_id}


def passed_by(world: World) -> None:
    """Triage took it for noise."""
    mention = world.mention(MentionStatus.IGNORED, ignored_because=IgnoredBecause.NOISE, feed_lane=None)
    world.ids |= {"mention": mention.id, "post": mention.external_id}


def doubted(world: World) -> None:
    """Triage is unsure of it, and it waits for a listener."""
    mention = world.mention(MentionStatus.UNSURE, route=Route.STAFF_TECHNICAL, feed_lane=None)
    factories.make_doubt(mention=mention, asked_at=clock.now())
    world.ids |= {"mention": mention.id, "post": mention.external_id}


def claimed(world: World) -> None:
    opened(world)
    _claim(world)


def _claim(world: World) -> None:
    assert world.press("ada", f"/feed/{world.ids['mention']}/claim") == 303
    world.ids["claim"] = session.scalars(select(Claim.id).order_by(Claim.id.desc()).limit(1)).one()


def drafted(world: World) -> None:
    claimed(world)
    _draft(world)


def _draft(world: World) -> None:
    world.press("ada", f"/feed/{world.ids['mention']}/reply/draft", text=_WORDS, page="p1")
    world.ids["reply"] = session.scalars(select(Reply.id).order_by(Reply.id.desc()).limit(1)).one()


def submitted(world: World) -> None:
    drafted(world)
    _send(world)


def _send(world: World) -> None:
    world.press("ada", f"/replies/{world.ids['reply']}/submit", text=_WORDS, page="p1")
    _name_version(world)


def _name_version(world: World) -> None:
    session.rollback()
    reply = session.scalars(select(Reply).order_by(Reply.id.desc()).limit(1)).one()
    assert reply.status is not ReplyStatus.DRAFT, "it was not sent"
    world.ids["reply"] = reply.id
    world.ids["version"] = session.scalars(
        select(ReplyVersion.id).where(ReplyVersion.reply_id == reply.id).order_by(ReplyVersion.id.desc()).limit(1)
    ).one()


def approved(world: World) -> None:
    submitted(world)
    _approve(world)


def _approve(world: World) -> None:
    assert press("mo", "/queue/{reply}/approve", version_id="{version}")(world) == 303
    _name_publication(world)


def _name_publication(world: World) -> None:
    session.rollback()
    world.ids["publication"] = session.scalars(select(Publication.id).order_by(Publication.id.desc()).limit(1)).one()


def sending(world: World, *, wait: float = 12) -> None:
    with later(wait):
        drain("publishing")
    session.rollback()


def sent(world: World) -> None:
    approved(world)
    sending(world)


def lost(world: World) -> None:
    approved(world)
    world.network.fault("create", "500_after")
    sending(world)


def never_there(world: World) -> None:
    approved(world)
    world.network.fault("create", "500_before")
    sending(world)


def _settle_as_absent(world: World) -> int:
    with later(320):
        return press("sol", "/publishing/{publication}/absent")(world)


def found_absent(world: World) -> None:
    never_there(world)
    assert _settle_as_absent(world) == 303


def refused(world: World) -> None:
    approved(world)
    world.network.fault("create", "403")
    sending(world)


def with_staff(world: World) -> None:
    mention = world.mention(MentionStatus.ESCALATED, route=Route.STAFF_ANGRY, feed_lane=None)
    world.ids |= {"mention": mention.id, "post": mention.external_id, "case": _case(mention.id)}


def _case(mention_id: int) -> int:
    case = factories.Case(mention_id=mention_id, reason="Angry words", priority=50, opened_at=clock.now())
    session.add(case)
    session.commit()
    return case.id


def answered_by_staff(world: World) -> None:
    with_staff(world)
    assert press("sol", "/inbox/{case}/answer", text=_WORDS, form_key=_KEY)(world) == 303
    _name_publication(world)


def refused_to_staff(world: World) -> None:
    answered_by_staff(world)
    world.network.fault("create", "403")
    sending(world)


def paused(world: World) -> None:
    approved(world)
    with unit_of_work():
        hold = cord.pull(
            scope=HoldScope.EVERYTHING, reason="Recall", by=world.person("ana"), at=clock.now(), is_incident=True
        )
        world.ids["hold"] = hold.id
    _sweeping(world)


def _sweeping(world: World) -> None:
    with later(12):
        drain("sweeps")
    session.rollback()


def edited(world: World) -> None:
    """The customer edited the post after its answer was approved, and we heard of it."""
    approved(world)
    world.network.edit(world.ids["post"], f"@{world.brand} never mind, how do I clean the lid?")
    with unit_of_work():
        hold_for(mention_id=world.ids["mention"], because=HeldBecause.EDITED, at=clock.now())
    sending(world)


def to_be_handed_out(world: World) -> None:
    """An approved reply to a post that may not be answered by program: a person posts it."""
    mention = world.mention(MentionStatus.BY_HAND, can_reply=False, cannot_reply_why="not_summoned")
    world.ids |= {"mention": mention.id, "post": mention.external_id}
    for step in (_claim, _draft, _send, _approve):
        step(world)


def handed_out(world: World) -> None:
    to_be_handed_out(world)
    sending(world)


def posted_by_hand(world: World) -> int:
    """Post the approved words as the brand, and paste the link; a second time only paste it."""
    version = session.get_one(ReplyVersion, world.ids["version"])
    own = [line for line in world.network.log("post") if line["actor"] == world.brand]
    words, target = version.posted_text, version.target_external_id
    session.commit()
    post_id = own[-1]["post_id"] if own else world.network.post_as(world.brand, words, target)
    link = f"{world.network.base_url}/{world.brand}/status/{post_id}"
    return press("sol", "/by-hand/{publication}/posted", link=link)(world)


def wrongly_linked(world: World) -> None:
    """A reply posted by hand whose link nobody could look at, and it is another one."""
    handed_out(world)
    assert posted_by_hand(world) == 303
    session.execute(update(Publication).values(external_id="1", link_unverified=True))
    session.commit()


def linked_anew(world: World) -> int:
    """Find our post on the network and paste its link in the place of the wrong one."""
    own = [line for line in world.network.log("post") if line["actor"] == world.brand]
    link = f"{world.network.base_url}/{world.brand}/status/{own[-1]['post_id']}"
    return press("sol", "/publishing/{publication}/link", link=link)(world)


def orphaned(world: World) -> None:
    """A publisher of this machine has died with a reply in hand."""
    approved(world)
    gone = children.run(lambda tell: tell(worker_id()))
    with later(12), unit_of_work():
        begin(publication_id=world.ids["publication"], worker=gone.told[0], at=clock.now())


def not_seen_lately(world: World) -> None:
    """The post of an approved reply was not seen on its network for an hour."""
    approved(world)
    session.execute(update(Mention).values(checked_at=clock.now() - timedelta(hours=1)))
    session.commit()


def alarmed(world: World) -> None:
    press("ada", "/cord/alarm", reason="A recall")(world)
    world.ids["task"] = session.scalars(select(Task.id)).one()


def nothing(world: World) -> None:
    """Only the brand's account is there."""


def twins(world: World) -> None:
    """Two customers' posts by one hand, answered in the same words: the network calls the second a duplicate."""
    for _each in range(2):
        approved(world)


def to_be_sent(world: World) -> None:
    approved(world)


def look_after_now(world: World) -> None:
    """Let all lanes run until nothing waits, out of death's reach."""
    world.quiet(listens=False)
    session.rollback()


# What people do

_POSTS = "/feed/{mention}"
story("claim", opened, press("ada", _POSTS + "/claim"))
story("claim and release", claimed, press("ada", "/claims/{claim}/release"))
story("take a claim away", claimed, press("mo", "/claims/{claim}/take-away"))
story("take more time", claimed, press("ada", "/claims/{claim}/extend"))
story("pass over", opened, press("ada", _POSTS + "/pass"))
story("take up again", both(opened, press("ada", _POSTS + "/pass")), press("ada", _POSTS + "/take-up"))
story("save a draft", claimed, press("ada", _POSTS + "/reply/draft", text=_WORDS, page="p1"))
story("send at once", claimed, press("ada", _POSTS + "/reply", text=_WORDS, page="p1"))
story("send a draft", drafted, press("ada", "/replies/{reply}/submit", text=_WORDS, page="p1"))
story("withdraw", submitted, press("ada", "/replies/{reply}/withdraw"))
story("recall", submitted, press("ada", "/replies/{reply}/recall"))
story("hand over", drafted, press("ada", "/claims/{claim}/hand-over", reason="order", note="An order number"))

_QUEUE = "/queue/{reply}"
story("open a reply", submitted, press("mo", _QUEUE + "/open"))
story("note on a reply", submitted, press("mo", _QUEUE + "/notes", text="I know this one"))
story("approve", submitted, press("mo", _QUEUE + "/approve", version_id="{version}"))
story(
    "approve in other words", submitted, press("mo", _QUEUE + "/edit", version_id="{version}", text=_WORDS + " Enjoy.")
)
story("return", submitted, press("mo", _QUEUE + "/return", version_id="{version}", reasons=["tone"], note="Warmer"))
story("reject", submitted, press("mo", _QUEUE + "/reject", version_id="{version}", note="No"))
story("escalate a reply", submitted, press("mo", _QUEUE + "/escalate", version_id="{version}", note="For staff"))
story("undo an approval", approved, press("mo", _QUEUE + "/undo"))

_SENT = "/publishing/{publication}"
story("look at an edited post", edited, press("sol", _SENT + "/re-review"))
story("settle as absent", never_there, _settle_as_absent, again=_settle_as_absent)
story("send again", found_absent, press("sid", _SENT + "/again"))
story("return what was refused", refused, press("mo", _SENT + "/review"))
story("look into a refusal", refused_to_staff, press("sol", _SENT + "/seen"))


def _settle_as_posted(world: World) -> int:
    """Find our post on the network and paste its link, as a person would."""
    own = [line for line in world.network.log("post", "api") if line["actor"] == world.brand]
    link = f"{world.network.base_url}/{world.brand}/status/{own[-1]['post_id']}"
    return press("sol", _SENT + "/posted", link=link)(world)


story("wish a reply away", sent, press("ada", "/replies/{reply}/removal", reason="A mistake of mine"))
story("take a reply down", sent, press("sol", _SENT + "/retract", reason="A wrong number"))
story("settle as posted", lost, _settle_as_posted)

story("pull the cord", approved, press("mo", "/cord/pull", scope="EVERYTHING", reason="Recall"))
story("stop the crowd", approved, press("mo", "/cord/pull", scope="CROWD", reason="Recall"))
_RELEASE = press("ana", "/cord/release", hold_id="{hold}")
story("ask for the cord to go", paused, _RELEASE)
story("let the cord go", both(paused, _RELEASE), press("amy", "/cord/release", hold_id="{hold}"))
story("keep the cord pulled", both(paused, _RELEASE), press("ana", "/cord/withdraw", hold_id="{hold}"))
story("word a line", paused, press("sol", "/cord/line", hold_id="{hold}", line="We are looking into it."))
story("raise the alarm", nothing, press("ada", "/cord/alarm", reason="A recall"))
story("settle an alarm", alarmed, press("mo", "/cord/alarms/{task}/settle"))

story("hand out", to_be_handed_out, sending)
story("post by hand", handed_out, posted_by_hand, again=posted_by_hand)
story("correct a link", wrongly_linked, linked_anew, again=linked_anew)
story("give back what is posted by hand", handed_out, press("sol", "/by-hand/{publication}/back", reason="Not needed"))

_CASE = "/inbox/{case}"
story("take a case", with_staff, press("sol", _CASE + "/assign"))
story("note on a case", with_staff, press("sol", _CASE + "/note", text="Called them"))
story("answer a case", with_staff, press("sol", _CASE + "/answer", text=_WORDS, form_key=_KEY))
story("undo an answer", answered_by_staff, press("sol", _CASE + "/undo"))
story("resolve a case", with_staff, press("sol", _CASE + "/resolve"))
story("return a case to the crew", with_staff, press("sol", _CASE + "/return", brief="Known to the crew"))
story("make a case", opened, press("sol", "/posts/{mention}/case", reason="For staff"))
story(
    "answer anew",
    both(sent, press("sol", _SENT + "/retract", reason="Wrong"), look_after_now),
    press("sol", "/posts/{mention}/anew"),
)
story("let a post be", unreadable, press("sol", "/posts/{mention}/let-be"))
story("put a post on the feed", passed_by, press("sol", "/posts/{mention}/feed"))

_LISTEN = press("sol", "/listening/next")
_SAY = press("sol", "/listening/{mention}", place="staff")
story("take a post to listen to", doubted, _LISTEN)
story("leave a post to another listener", both(doubted, _LISTEN), press("sol", "/listening/{mention}/leave"))
story("say where a post belongs", both(doubted, _LISTEN), _SAY)
story("take back what was said", both(doubted, _LISTEN, _SAY), press("sol", "/listening/undo"))

_CHANNEL = "/manage/channels/{connection}"
story("turn a switch", nothing, press("ana", _CHANNEL + "/switches", reply_to_any="y"))
story("set a pace", nothing, press("ana", _CHANNEL + "/pace", posts="50", minutes="15"))
story("connect", nothing, press("ana", "/manage/channels/new", place="sandbox", access_token="{token}"))
story("disconnect", approved, press("ana", _CHANNEL + "/disconnect"))
story("leave the ranking", nothing, press("ada", "/me/ranking"))


# What the lanes do


def look_after(world: World) -> None:
    """Let all lanes run until nothing waits; a death may come anywhere in it."""
    world.quiet()


story(
    "send",
    to_be_sent,
    look_after,
    endpoint="create",
    answers=tuple(answer for answer in ANSWERS if answer != "duplicate"),
    around=AROUND_THE_CALL,
)
story("send the same words twice", twins, look_after, around=AROUND_THE_CALL, answers=("duplicate",), endpoint="create")
story(
    "read back",
    lost,
    look_after,
    endpoint="timeline",
    answers=READ_ANSWERS,
    around=frozenset({"publishing.looked"}),
)
story("send after a stop", both(paused, _RELEASE), both(press("amy", "/cord/release", hold_id="{hold}"), look_after))


def unwanted(world: World) -> None:
    """Staff want a sent reply to be taken from the network."""
    sent(world)
    assert press("sol", _SENT + "/retract", reason="A wrong number")(world) == 303


_REMOVING = frozenset({"publishing.removal_begun", "publishing.removal_made", "publishing.removal_recorded"})
_DELETE_ANSWERS = ("accepted", "429", "401", "403", "500_before", "500_after", "reset_after", "garbage", "hang")
story("remove", unwanted, look_after, endpoint="delete", answers=_DELETE_ANSWERS, around=_REMOVING)
story("remove after all not", unwanted, press("sol", _SENT + "/retract/withdraw"))


story("bury the dead", orphaned, look_after)
story(
    "look before sending",
    not_seen_lately,
    sending,
    endpoint="lookup",
    answers=("accepted", "429", "500_before", "hang", "garbage"),
    around=frozenset({"hearing.counted", "lookups.followed", "lookups.put_off"}),
)


def tell_of_a_stop(world: World) -> None:
    press("mo", "/cord/pull", scope="EVERYTHING", reason="Recall")(world)
    drain("notices")


story("tell of a stop", approved, tell_of_a_stop)


def too_late(world: World) -> None:
    world.quiet(LATE)


story("approve and forget", paused, too_late)


def said(world: World) -> None:
    """Customers speak: a question, an answer in its thread, noise, anger."""
    first = world.post()
    world.post(f"@{world.brand} mine does that too", author="max", reply_to=first)
    world.post(f"@{world.brand} this is a scandal, I will sue you", author="rex")
    world.ids["post"] = world.post(f"@{world.brand} which filter fits the K2?", author="ann")


def hear(world: World) -> None:
    listener = Listener()
    for seconds in (0, 2, 4):
        with later(seconds):
            listen_once(listener)
            drain("triage")


_HEARING = frozenset({"listening.stored", "listening.failed"})
story("hear", said, hear, endpoint="mentions", answers=READ_ANSWERS, around=_HEARING, listens=True)


def edited_meanwhile(world: World) -> None:
    """A post in somebody's hands is edited."""
    claimed(world)
    world.network.edit(world.ids["post"], f"@{world.brand} never mind, how do I clean the lid?")


story("hear of an edit", edited_meanwhile, hear, listens=True)


def deleted(world: World) -> None:
    """A post is deleted after its answer was approved."""
    approved(world)
    world.network.delete(world.ids["post"])


def look_up(world: World) -> None:
    hear(world)
    with later(LATE[0]):
        hear(world)


story("hear of a deletion", deleted, look_up, stages=(*SOON, LATE[0]), listens=True)


def thanked(world: World) -> None:
    """A sent reply, liked, and thanked for."""
    sent(world)
    session.execute(update(Connection).values(impact_counts=True))
    session.commit()
    sending(world, wait=14)
    with later(16):
        drain("rewards")
    own = [line for line in world.network.log("post", "api") if line["actor"] == world.brand][-1]
    world.network.post_as("dilly", f"@{world.brand} thank you, that helped!", own["post_id"])
    world.network.like(own["post_id"], "max", "rex")


def reward(world: World) -> None:
    hear(world)
    for hours in (0, 1, 25):
        with later(20 + hours * 3600):
            drain("rewards")


story("give points", sent, reward)
story("hear thanks", thanked, reward, endpoint="lookup", answers=("accepted", "429"), listens=True)


def taken_down(world: World) -> None:
    """A sent reply that is on the network no more."""
    thanked(world)
    own = [line for line in world.network.log("post", "api") if line["actor"] == world.brand][-1]
    world.network.delete(own["post_id"])


story("take points back", taken_down, reward, stages=(*SOON, *LATE))


def left_alone(world: World) -> None:
    claimed(world)


def wait_an_hour(world: World) -> None:
    with later(3700):
        drain("sweeps")


def greeted(world: World) -> None:
    """A customer says hello, and nobody says it back."""
    mention = world.mention(feed_lane=FeedLane.HELLO)
    world.ids |= {"mention": mention.id, "post": mention.external_id}


def wait_a_week(world: World) -> None:
    with later(7 * 24 * 3600):
        drain("sweeps")


story("leave a question unanswered", opened, wait_a_week)
story("leave a hello unanswered", greeted, wait_a_week)
story("leave a reply unreviewed", submitted, wait_a_week)
story("let a claim end", left_alone, wait_an_hour)
story("leave a post unheard", doubted, wait_an_hour)
story("compare balances", sent, both(reward, wait_an_hour))


def outworn(world: World) -> None:
    """The account's tokens are too old, and can be renewed."""
    said(world)
    row = session.get_one(Connection, world.ids["connection"])
    row.store_secrets(
        {
            "access_token": "too-old",
            "refresh_token": world.refresh_token(),
            "expires_at": (clock.now() - timedelta(minutes=1)).isoformat(),
            "client_id": world.network.client_id,
            "client_secret": world.network.client_secret,
        }
    )
    session.commit()


story("renew the tokens", outworn, hear, listens=True)
