"""What happens in trials beside posts and replies: people come and go, a database is put back, our own program fails."""

from datetime import timedelta
from typing import Any
from unittest.mock import patch

from argon2 import PasswordHasher
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from app.accounts.login import hash_of
from app.accounts.models import OneTimeLink
from app.advocates.models import Advocate
from app.channels.models import Connection
from app.feed import actions as feed
from app.foundation import clock
from app.foundation.db import session, unit_of_work
from app.foundation.recovery import start_recovery
from app.foundation.tombstones import TombstoneKind
from app.mentions import actions as mentions
from app.privacy.log import LOG, Line
from app.publishing import actions
from app.replies.models import ReplyVersion
from tests import factories
from tests.trials.ground import World, later
from tests.trials.stories import (
    Step,
    approved,
    both,
    claimed,
    drafted,
    not_seen_lately,
    nothing,
    press,
    sending,
    sent,
    story,
    submitted,
)
from worker.lanes import drain

# A database is put back


def restored(world: World) -> None:
    """One reply was sent, another taken down, a third written by nobody here, a post erased: all of it is forgotten."""
    sent(world)
    world.network.delete(_own_posts(world)[-1])
    _post_anew(world)
    forgotten, erased = world.mention(), world.mention()
    world.ids["forgotten"] = forgotten.id
    world.network.post_as(world.brand, "Written on the network itself.", forgotten.external_id)
    _put_back(world, erased=erased.external_id)


def _post_anew(world: World) -> None:
    approved(world)
    version = session.get_one(ReplyVersion, world.ids["version"])
    words, target = version.posted_text, version.target_external_id
    session.commit()
    _say(world, words, target)


def _say(world: World, words: str, target: str | None) -> None:
    """Post through the network's API, as the house does."""
    body = {"text": words, "reply": {"in_reply_to_tweet_id": target}}
    with world.network.http.post(
        f"{world.network.base_url}/2/tweets",
        json=body,
        headers={"Authorization": f"Bearer {world.ids['token']}"},
        timeout=10,
    ) as answer:
        assert answer.ok, answer.text


def _own_posts(world: World) -> list[str]:
    return [line["post_id"] for line in world.network.log("post", "api") if line["actor"] == world.brand]


def _put_back(world: World, *, erased: str) -> None:
    at = clock.now()
    account = session.get_one(Connection, world.ids["connection"])
    LOG.append([Line(TombstoneKind.POST, account.kind, account.external_id, erased, at.isoformat())])
    with unit_of_work():
        start_recovery(lost_from=at - timedelta(hours=1), by_id=None, at=at)


def read_once(world: World) -> None:
    with later(20):
        drain("sweeps")


def read_everything_back(world: World) -> None:
    read_once(world)
    with later(420):
        drain("sweeps")


story("put back", restored, read_everything_back)
# Who ends it before anything was read is told to compare by eye first; that nobody can try.
_END = press("ana", "/recovery/end")
story("ask to end a recovery", both(restored, read_once), _END)
story("end a recovery by hand", both(restored, read_once, _END), press("amy", "/recovery/end"))
story("let a recovery go on", both(restored, read_once, _END), press("ana", "/recovery/end/withdraw"))
story("look into a post", both(restored, read_everything_back), press("sol", "/recovery/posts/{forgotten}/seen"))


# Far more is heard than usual


def noticed(world: World) -> None:
    at = clock.now()
    world.ids["spike"] = factories.make_spike(noticed_at=at, seen_at=at).id


story("call it no incident", noticed, press("sol", "/spikes/{spike}/dismiss"))


# People come and go

_PERSON = "/manage/people/{person}"
_ADVOCATE = "/manage/advocates/{advocate}"


def about(name: str) -> Step:
    """Return the step that lets the world's ids name a person."""

    def named(world: World) -> None:
        user = world.user(name)
        world.ids |= {"person": user.id}
        world.ids |= {"advocate": session.scalar(select(Advocate.id).where(Advocate.user_id == user.id))}
        session.commit()

    return named


def invited(world: World) -> None:
    press("ana", "/manage/people/invitations", email="new@example.com", roles=["advocate"])(world)
    world.ids["link"] = session.scalars(select(OneTimeLink.id)).one()


_INVITE = press("ana", "/manage/people/invitations", email="new@example.com", roles=["advocate"])
story("invite", nothing, _INVITE)
story("take an invitation back", invited, press("ana", "/manage/people/invitations/{link}/withdraw"))
story("give a role", about("ada"), press("ana", _PERSON + "/give-role", role="moderator"))
story("take a moderator's role", both(submitted, about("mo")), press("ana", _PERSON + "/take-role", role="moderator"))
_GIVE_ADMIN = press("ana", _PERSON + "/give-admin")
story("ask for an admin", about("sol"), _GIVE_ADMIN)
story("ask for no admin", both(about("sol"), _GIVE_ADMIN), press("ana", _PERSON + "/withdraw-admin"))
story("close a writer's account", both(drafted, about("ada")), press("ana", _PERSON + "/deactivate"))
story(
    "open it again",
    both(drafted, about("ada"), press("ana", _PERSON + "/deactivate")),
    press("ana", _PERSON + "/reactivate"),
)
story("suspend a writer", both(claimed, about("ada")), press("mo", _ADVOCATE + "/suspend", reason="words"))
story("choose skills", nothing, press("ada", "/me/skills", signs_as="Ada", languages=["en"]))


# People sign in

_PASSWORD = "a lantern for the gasket"
_NEW_PASSWORD = "seven otters on a trapeze"


def with_an_old_password(world: World) -> None:
    """Ada's password is kept as it was years ago: with less than is asked for today."""
    kept = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(_PASSWORD)
    user = world.user("ada")
    user.password_hash = kept
    world.ids["email"] = user.email
    session.commit()


def with_a_link(world: World) -> None:
    """A link was mailed, whose key we know."""
    session.execute(update(OneTimeLink).values(key_hash=hash_of("key")))
    session.commit()


story("change a name", nothing, press("ada", "/me", name="Ada B", language="en"))
story("sign in", with_an_old_password, press("", "/sign-in", who="ada", password=_PASSWORD))
story("mistake a password", nothing, both(press("", "/sign-in", who="ada", password=_PASSWORD)))
story("sign out", nothing, press("ada", "/sign-out"))
story("sign out elsewhere", nothing, press("ada", "/me/browsers/sign-out-others"))
story(
    "change a password",
    with_an_old_password,
    press("ada", "/me/password", current=_PASSWORD, password=_NEW_PASSWORD),
)
_FORGET = press("", "/sign-in/forgotten", email="{email}")
story("forget a password", with_an_old_password, _FORGET)
story(
    "set a new password", both(with_an_old_password, _FORGET, with_a_link), press("", "/reset/key", password=_PASSWORD)
)
story("join", both(_INVITE, with_a_link), press("", "/join/key", name="Nia", handle="nia", password=_PASSWORD))


# Somebody types a command


def command(*words: str) -> Step:
    """Return the step that types a command of ours."""

    def typed(world: World) -> None:
        world.ground.web.test_cli_runner().invoke(args=words)

    return typed


_MAKE_ADMIN = command("create-admin", "--email", "new@example.com", "--name", "Nia", "--link")
story("make an admin", nothing, _MAKE_ADMIN, again=_MAKE_ADMIN)
_RECOVER = command("recovery", "start")
story("turn recovery on", approved, _RECOVER, again=_RECOVER)
_RECOUNT = command("recount")
story("count anew", nothing, _RECOUNT, again=_RECOUNT)


# Our own program fails


def failing(place: object, name: str, step: Step) -> Step:
    """Return a step in which a function of ours fails, as it would for one row in a thousand."""

    def failed(world: World) -> None:
        with patch.object(place, name, side_effect=_raise):
            step(world)

    return failed


def _raise(*_arguments: Any, **_named: Any) -> None:
    raise RuntimeError("our own fault")


def failing_once(place: object, name: str, step: Step, fault: Exception) -> Step:
    """Return a step in which a function of ours fails the first time it is called."""

    def failed(world: World) -> None:
        real, faults = getattr(place, name), [fault]

        def fail_or_do(*arguments: Any, **named: Any) -> Any:
            if faults:
                raise faults.pop()
            return real(*arguments, **named)

        with patch.object(place, name, fail_or_do):
            step(world)

    return failed


def _wait_an_hour(_world: World) -> None:
    with later(3700):
        drain("sweeps")


story("fail to begin", approved, failing(actions, "begin", sending))
story("fail to end a claim", claimed, failing(feed, "expire_claim", _wait_an_hour))
story("fail to look up", not_seen_lately, failing(mentions, "confirm", sending))
# Another publisher speaks for the account at this very moment: the database refuses the second claim.
_TOO_LATE = IntegrityError("", {}, Exception("the account is busy"))
story("begin too late", approved, failing_once(actions, "begin", sending, _TOO_LATE))
story("fail to write down", approved, failing_once(actions, "record_outcome", sending, KeyError("id")))
