"""Where trials take place: a network that keeps its own log, and an installation that is made anew for each trial."""

import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import requests
import sqlalchemy as sa
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.pool import Pool

import app as house
from app.accounts.login import COOKIE, LASTS_ADVOCATE
from app.accounts.models import Role, SignIn, User
from app.accounts.permissions import Person
from app.advocates.models import AdvocateStatus
from app.channels import actions as channels
from app.channels.adapters import x_transport
from app.channels.models import Connection, ConnectionState
from app.channels.types import PostAuthor
from app.foundation import bell, clock, db, heartbeats
from app.foundation.config import Mode, Settings
from app.foundation.db import session, unit_of_work
from app.foundation.heads import HEADS
from app.mentions.models import Author, Mention
from app.privacy.log import LOG
from app.publishing.models import Publication
from tests import factories
from tests.conftest import KEYS, TERMS, migrate
from tests.sandbox_server import Sandbox
from tests.trials import anew
from tests.trials.checker import Violation, check
from tests.trials.truth import read
from worker import pulse
from worker.lanes import drain
from worker.lanes.journal import seal_journal
from worker.lanes.listening import Listener, listen_once

#: How long an adapter waits for an answer in trials: a network on this machine answers sooner.
READ_SECONDS = 0.5
HANG_SECONDS = 1.3
UNDO_LASTS = timedelta(seconds=10)
#: When what died is looked after: the undo window is over; leases are; each look back is; the longest wish of a network is.
SOON = (12, 110, 125, 150, 180, 430, 2400)
#: ... and what comes round twice a day: posts are looked up, approvals are too old.
LATE = (45_000, 90_000)
LANES = ("sweeps", "triage", "publishing", "rewards")
_MOVING = ("READY", "WAITING", "SENDING", "UNKNOWN")
CAST = {
    "ada": (Role.ADVOCATE,),
    "may": (Role.ADVOCATE,),
    "mo": (Role.MODERATOR,),
    "mia": (Role.MODERATOR,),
    "sol": (Role.STAFF,),
    "sid": (Role.STAFF,),
    "ana": (Role.ADMIN,),
    "amy": (Role.ADMIN,),
}


@dataclass
class Ground:
    """A network and a database whose content can be made anew; one trial at a time stands on it."""

    sandbox: Sandbox
    url: str
    folder: Path
    web: Flask
    keys: dict[str, str] = field(default_factory=dict)
    trials: int = 0
    seen: int = 0
    #: The file that SQLite's trials begin with a copy of.
    pattern: Path = Path()

    def apart(self, sandbox: Sandbox, folder: Path) -> "Ground":
        """Return a ground beside this one, for another process, with another network."""
        address = sa.make_url(self.url)
        name = str(folder / "trial.db") if address.get_backend_name() == "sqlite" else f"trial_{folder.name}"
        url = address.set(database=name).render_as_string(hide_password=False)
        return replace(self, sandbox=sandbox, folder=folder, url=url)

    def occupy(self) -> None:
        """Let this process stand here: its sessions, its pages and its network are this ground's."""
        engine = db.make_engine(self.url)
        if engine.dialect.name == "sqlite":
            # Processes die here, machines do not: nothing need wait for the disk.
            sa.event.listen(engine, "connect", lambda opened, _record: opened.execute("PRAGMA synchronous=OFF"))
        db.bind(engine)
        self.web.config["SETTINGS"] = replace(self.web.config["SETTINGS"], sandbox_url=self.sandbox.base_url)
        LOG.keep_in(str(self.folder / "tombstones.log"))
        HEADS.keep_in(str(self.folder / "journal-heads.log"))

    def begin(self) -> "World":
        """Make the installation anew, with an account on the network of its own."""
        db.session.remove()
        db.engine().dispose()
        for name in ("tombstones.log", "journal-heads.log"):
            (self.folder / name).unlink(missing_ok=True)
        self._renew()
        self.trials += 1
        return World(self, f"Brand{self.trials}")

    def _renew(self) -> None:
        if self.url.startswith("sqlite"):
            anew.copy_file(self.pattern, self.folder / "trial.db")
        elif self.trials:
            anew.put_back(self.url)
        else:
            anew.copy_database(self.url)


@dataclass
class World:
    """One installation on trial. Everything here is done in children; the parent only knows its name."""

    ground: Ground
    brand: str
    ids: dict[str, Any] = field(default_factory=dict)

    @property
    def network(self) -> Sandbox:
        return self.ground.sandbox

    def wake(self) -> None:
        """Be a process of one's own: with connections to the network, a pulse, and everybody freshly signed in."""
        self.network.http = requests.Session()
        pulse._beaten.clear()
        now = clock.now()
        with unit_of_work():
            session.execute(sa.update(SignIn).values(started_at=now, seen_at=now, expires_at=now + LASTS_ADVOCATE))

    def connect(self, handle: str = "") -> None:
        """Authorise an account of the brand, and let the listening begin here."""
        handle = handle or self.brand
        account, token = self.network.add_user(handle, token=_token(handle)), _token(handle)
        row = factories.make_connection(
            external_id=account,
            handle=handle,
            base_url=self.network.base_url,
            page_url=self.network.base_url,
            tokens={"access_token": token},
            connected_at=clock.now(),
        )
        self.ids = {"account": account, "connection": row.id, "token": token} | self.ids

    def refresh_token(self) -> str:
        """Return a token that renews the account's sign-in once; the network's own pages give them out."""
        with sqlite3.connect(self.ground.folder / "sandbox.sqlite3", timeout=10) as store:
            token = f"again-{self.brand}"
            account = int(self.ids["account"])
            values = (f"renewable-{self.brand}", token, account, None)
            store.execute("INSERT INTO tokens (access, refresh, user_id, expires_ms) VALUES (?, ?, ?, ?)", values)
        return token

    def connect_again(self) -> None:
        """Let an admin sign in again where the network no longer took us, or where we looked for it elsewhere."""
        place = channels.Place("x", self.network.base_url, self.network.base_url, poll_seconds=1)
        for row in session.scalars(sa.select(Connection)).all():
            if row.state is ConnectionState.CONNECTED and row.base_url == self.network.base_url:
                continue
            account, secrets = (
                PostAuthor(row.external_id, row.handle, row.handle, ""),
                {"access_token": _token(row.handle)},
            )
            with unit_of_work():
                channels.connect(place=place, account=account, secrets=secrets, actor_id=None, at=clock.now())

    def person(self, name: str) -> Person:
        return factories.person(session.scalars(sa.select(User).where(User.handle == name)).one())

    def user(self, name: str) -> User:
        return session.scalars(sa.select(User).where(User.handle == name)).one()

    def post(self, text: str = "", author: str = "dilly", **columns: Any) -> str:
        """Let a customer post something that names the brand; return the post's id."""
        words = text or f"@{self.brand} how do I descale the K2? ({self.brand})"
        return self.network.post_as(author, words, **columns)

    def mention(self, status: str = "OPEN", *, author: str = "dilly", **columns: Any) -> Mention:
        """Let a customer post something, and take it as heard and sorted."""
        now = clock.now()
        connection = session.get_one(Connection, columns.get("connection_id", self.ids["connection"]))
        session.commit()  # a network is not spoken to inside a transaction
        text = f"@{connection.handle} how do I descale the K2?"
        external_id = self.post(text, author=author)
        values = {"posted_at": now, "heard_at": now, "checked_at": now, "status": status, "text": text}
        values |= {"author": self._author(author, connection), "external_id": external_id}
        return factories.make_mention(connection=connection, **(values | columns))

    def _author(self, handle: str, connection: Connection) -> Author:
        known = sa.select(Author).where(Author.handle == handle, Author.connection_id == connection.id)
        found = session.scalars(known).one_or_none()
        session.commit()
        if found is not None:
            return found
        external_id = self.network.add_user(handle)
        return factories.make_author(connection=connection, external_id=external_id, handle=handle)

    def visit(self, name: str) -> FlaskClient:
        """Return a browser in which somebody is signed in, or nobody."""
        client = self.ground.web.test_client()
        if name:
            client.set_cookie(COOKIE, self.ground.keys[name])
        return client

    def press(self, name: str, path: str, /, **form: Any) -> int:
        """Send a form as somebody; return the answer's status. 5xx is a fault of ours."""
        answer = self.visit(name).post(path, data=form)
        assert answer.status_code < 500, answer.get_data(as_text=True)[-500:]
        return answer.status_code

    def quiet(self, stages: tuple[int, ...] = SOON, *, listens: bool = True) -> None:
        """Let listener, lanes and sweeps run, time after time, until nothing waits for another turn."""
        for seconds in (4, 8, 75) if listens else ():  # tokens are lent for a minute
            with later(seconds):
                listen_once(Listener())
        calm = False
        for seconds in stages:
            if calm and seconds not in LATE:
                continue
            with later(seconds):
                if listens and seconds in {stages[0], *LATE}:
                    listen_once(Listener())
                for lane in LANES:
                    drain(lane)
            calm = not self._waits()

    def _waits(self) -> bool:
        session.rollback()
        return bool(session.scalar(sa.select(sa.func.count()).where(Publication.status.in_(_MOVING))))

    def violations(self, *, after: int, listened: bool = True) -> list[Violation]:
        """Ask the checker."""
        log = self.network.admin("GET", f"/log?after={after}")["log"]
        session.rollback()
        seal_journal()  # as the next sweep would
        at = clock.now() + timedelta(seconds=LATE[-1])
        return check(read(session.connection(), log, at=at, listened=listened))


def _token(handle: str) -> str:
    return f"token-{handle}"


@contextmanager
def later(seconds: float) -> Iterator[None]:
    """Be so many seconds in the future; time goes on there."""
    with time_machine.travel(clock.now() + timedelta(seconds=seconds), tick=True):
        yield


@contextmanager
def ground(sandbox: Sandbox, folder: Path, *, server: str = "") -> Iterator[Ground]:
    """Open a ground on SQLite, or on the PostgreSQL server of which ``server`` names a database."""
    url = f"sqlite:///{folder / 'trial.db'}"
    pattern = f"sqlite:///{folder / 'pattern.db'}"
    if server:
        pattern = anew.empty_pattern(server)
        url = sa.make_url(server).set(database="trial").render_as_string(hide_password=False)
    settings = Settings(
        mode=Mode.TEST,
        secret_key="s" * 32,
        encryption_keys=KEYS,
        database_url=pattern,
        sandbox_url=sandbox.base_url,
        link_hosts=("northwindkettles.example",),
        terms=TERMS,
        undo_lasts=UNDO_LASTS,
        log_level="CRITICAL",
    )
    with ExitStack() as stack:
        stack.enter_context(without_waiting_for_disks())
        migrate(pattern)
        house.open_house(settings)
        bell.BELL.hang("")
        web = house.create_app(settings)
        web.config.update(TESTING=True, WTF_CSRF_ENABLED=False, RATELIMIT_ENABLED=False, PROPAGATE_EXCEPTIONS=False)
        keys = _people()
        db.session.remove()
        db.engine().dispose()
        if server:
            anew.keep_rows(pattern)
        else:
            _fold(folder / "pattern.db")
        place = Ground(sandbox, url, folder, web, keys, pattern=folder / "pattern.db")
        place.occupy()
        stack.callback(_let_go)
        # When a trial goes into the future, the database goes with it.
        for module, name, value in (
            (x_transport, "READ_SECONDS", READ_SECONDS),
            (heartbeats, "database_now", clock.now),
        ):
            stack.callback(setattr, module, name, getattr(module, name))
            setattr(module, name, value)
        yield place


@contextmanager
def without_waiting_for_disks() -> Iterator[None]:
    """Let SQLite not wait for the disk: a killed process is no power cut, and what it has written the system keeps."""

    def hurry(connection: Any, record: Any, _proxy: object) -> None:
        if isinstance(connection, sqlite3.Connection) and not record.info.get("hurries"):
            connection.execute("PRAGMA synchronous=OFF")
            record.info["hurries"] = True

    sa.event.listen(Pool, "checkout", hurry)
    try:
        yield
    finally:
        sa.event.remove(Pool, "checkout", hurry)


def _people() -> dict[str, str]:
    keys = {}
    for name, roles in CAST.items():
        user = factories.make_user(*roles, name=name.capitalize(), handle=name)
        if Role.ADVOCATE in roles:
            factories.make_advocate(AdvocateStatus.MEMBER, user=user)
        keys[name] = factories.make_sign_in(user)
    factories.make_season()
    return keys


def _fold(file: Path) -> None:
    """Put what SQLite keeps beside a file into it, so that it can be copied alone."""
    engine = db.make_engine(f"sqlite:///{file}")
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    engine.dispose()


def _let_go() -> None:
    db.session.remove()
    db.engine().dispose()
