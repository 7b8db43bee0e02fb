from threading import Barrier, Thread

from sqlalchemy import func, select

from app.accounts.actions import admins
from app.accounts.models import AdminRequest, Role, RoleGrant
from app.foundation import db
from app.foundation.db import session, unit_of_work
from app.foundation.errors import Conflict
from tests import factories
from tests.factories import NOW


def test_two_admins_at_the_same_moment_ask_once(own_database_url: str) -> None:
    engine = db.make_engine(own_database_url)
    db.bind(engine)
    by_ids = [factories.ana().id, factories.make_user(Role.ADMIN).id]
    sol_id, start = factories.sol().id, Barrier(2)
    session.remove()
    ended: list[object] = []

    def ask(by_id: int) -> None:
        start.wait()
        try:
            with unit_of_work():
                gave = admins.give_admin(user_id=sol_id, by_id=by_id, at=NOW)
            ended.append(gave)
        except Conflict as refused:
            ended.append(refused)
        finally:
            session.remove()

    threads = [Thread(target=ask, args=(by_id,)) for by_id in by_ids]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    # One asked; the other was refused, or came late enough to agree.
    granted = select(func.count()).where(RoleGrant.user_id == sol_id, RoleGrant.role == Role.ADMIN)
    assert len(ended) == 2
    assert ended.count(False) == 1
    assert session.scalar(granted) == ended.count(True)
    assert session.scalar(select(func.count()).select_from(AdminRequest)) == 1
    session.remove()
    engine.dispose()
