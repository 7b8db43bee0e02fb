from datetime import timedelta

import pytest
from sqlalchemy import select

from app.accounts.actions import links, people
from app.accounts.models import Role, RoleGrant, SignIn, User
from app.advocates import actions, queries
from app.advocates.actions import Step
from app.advocates.models import Advocate, AdvocateStatus, SkillKind
from app.foundation.db import session, unit_of_work
from app.foundation.errors import Conflict, Invalid, NotAllowed, NotFound
from app.foundation.journal import JournalEntry
from tests import factories
from tests.factories import NOW

pytestmark = pytest.mark.usefixtures("db_session")


def invite(*roles: Role, key: str = "key", email: str = "new@example.org") -> None:
    with unit_of_work():
        links.invite(email=email, roles=roles, key=key, by_id=None, at=NOW)


def accept(key: str = "key", handle: str = "newcomer", name: str = "Nia New") -> User:
    with unit_of_work():
        return actions.accept_invitation(
            key=key, name=name, handle=handle, password_hash="!", at=NOW + timedelta(hours=1)
        )


def test_an_invited_advocate_begins_on_probation_with_the_invited_roles() -> None:
    invite(Role.ADVOCATE, Role.MODERATOR, email="New@Example.org")

    user = accept(handle="NewComer")

    advocate = queries.advocate_of_user(user.id)
    assert (user.email, user.handle, user.roles) == ("new@example.org", "newcomer", {Role.ADVOCATE, Role.MODERATOR})
    assert advocate is not None
    assert (advocate.status, advocate.signs_as) == (AdvocateStatus.PROBATION, "Nia")


def test_an_invited_moderator_is_no_advocate() -> None:
    invite(Role.MODERATOR)

    assert queries.advocate_of_user(accept().id) is None


def test_an_invitation_works_once() -> None:
    invite(Role.ADVOCATE)
    accept()

    with pytest.raises(NotFound):
        accept(handle="second")


def test_an_invitation_runs_out_after_48_hours() -> None:
    with unit_of_work():
        links.invite(email="new@example.org", roles=[Role.STAFF], key="key", by_id=None, at=NOW - timedelta(hours=48))

    with pytest.raises(NotFound):
        accept()


def test_a_second_invitation_of_one_address_makes_the_first_useless() -> None:
    invite(Role.ADVOCATE, key="first")
    invite(Role.STAFF, key="second")

    with pytest.raises(NotFound):
        accept("first")
    assert accept("second").roles == {Role.STAFF}


def test_a_withdrawn_invitation_opens_nothing() -> None:
    ana = factories.ana()
    with unit_of_work():
        link = links.invite(email="new@example.org", roles=[Role.STAFF], key="key", by_id=ana.id, at=NOW)
    with unit_of_work():
        links.withdraw_invitation(link_id=link.id, by_id=ana.id, at=NOW)

    with pytest.raises(NotFound):
        accept()
    with pytest.raises(Conflict), unit_of_work():
        links.withdraw_invitation(link_id=link.id, by_id=ana.id, at=NOW)


def test_a_handle_that_is_taken_keeps_the_invitation_usable() -> None:
    factories.make_user(handle="newcomer")
    invite(Role.ADVOCATE)

    with pytest.raises(Invalid) as refused:
        accept()

    assert refused.value.field == "handle"
    assert accept(handle="other").handle == "other"


@pytest.mark.parametrize(("roles", "field"), [((), "roles"), ((Role.STAFF,), "email")])
def test_nobody_is_invited_twice_or_for_nothing(roles: tuple[Role, ...], field: str) -> None:
    factories.make_user(email="here@example.org")

    with pytest.raises(Invalid) as refused, unit_of_work():
        links.invite(email="HERE@example.org", roles=roles, key="key", by_id=None, at=NOW)

    assert refused.value.field == field


def test_a_name_that_cannot_stand_under_a_reply_is_not_signed_with() -> None:
    invite(Role.ADVOCATE)

    user = accept(name="https://evil.example now")

    advocate = queries.advocate_of_user(user.id)
    assert advocate is not None
    assert advocate.signs_as == "newcomer"


def test_a_role_given_signs_out_everywhere_and_makes_an_advocate_on_probation() -> None:
    ana, sol = factories.ana(), factories.sol()
    factories.make_sign_in(sol)

    with unit_of_work():
        actions.give_role(user_id=sol.id, role=Role.ADVOCATE, by_id=ana.id, at=NOW)

    advocate = queries.advocate_of_user(sol.id)
    assert advocate is not None
    assert advocate.status is AdvocateStatus.PROBATION
    assert session.scalars(select(SignIn.ended_at).where(SignIn.user_id == sol.id)).all() == [NOW]


def test_a_role_taken_and_given_again_keeps_the_standing() -> None:
    ana, ada = factories.ana(), factories.ada()
    for act in (people.take_role, actions.give_role):
        with unit_of_work():
            act(user_id=ada.user_id, role=Role.ADVOCATE, by_id=ana.id, at=NOW)

    advocate = queries.advocate_of_user(ada.user_id)
    assert advocate is not None
    assert advocate.status is AdvocateStatus.TRUSTED


def test_a_role_is_held_once_and_taken_once() -> None:
    ana, mo = factories.ana(), factories.mo()

    with pytest.raises(Conflict), unit_of_work():
        actions.give_role(user_id=mo.id, role=Role.MODERATOR, by_id=ana.id, at=NOW)
    with pytest.raises(Conflict), unit_of_work():
        people.take_role(user_id=mo.id, role=Role.STAFF, by_id=ana.id, at=NOW)


def test_an_admin_neither_steps_down_nor_locks_themselves_out() -> None:
    ana = factories.ana()

    with pytest.raises(NotAllowed), unit_of_work():
        people.take_role(user_id=ana.id, role=Role.ADMIN, by_id=ana.id, at=NOW)
    with pytest.raises(NotAllowed), unit_of_work():
        people.deactivate(user_id=ana.id, by_id=ana.id, at=NOW)
    assert session.scalar(select(RoleGrant.role).where(RoleGrant.user_id == ana.id)) is Role.ADMIN


def test_the_journal_says_when_there_was_no_second_admin() -> None:
    ana, mo = factories.ana(), factories.mo()
    with unit_of_work():
        actions.give_role(user_id=mo.id, role=Role.STAFF, by_id=ana.id, at=NOW)
    factories.make_user(Role.ADMIN)
    with unit_of_work():
        people.take_role(user_id=mo.id, role=Role.STAFF, by_id=ana.id, at=NOW)

    lines = session.scalars(select(JournalEntry).where(JournalEntry.action.like("role.%")).order_by(JournalEntry.id))
    assert [(line.action, line.details["alone"]) for line in lines] == [("role.given", True), ("role.taken", False)]


def test_a_closed_account_is_signed_out_and_can_be_opened_again() -> None:
    ana, sol = factories.ana(), factories.sol()
    factories.make_sign_in(sol)
    with unit_of_work():
        people.deactivate(user_id=sol.id, by_id=ana.id, at=NOW)

    assert session.scalars(select(SignIn.ended_at).where(SignIn.user_id == sol.id)).all() == [NOW]
    with pytest.raises(Conflict), unit_of_work():
        people.deactivate(user_id=sol.id, by_id=ana.id, at=NOW)
    with pytest.raises(Conflict), unit_of_work():
        actions.give_role(user_id=sol.id, role=Role.MODERATOR, by_id=ana.id, at=NOW)
    with unit_of_work():
        people.reactivate(user_id=sol.id, by_id=ana.id, at=NOW)
    assert session.get_one(User, sol.id).is_active


def test_a_step_up_is_journalled_with_its_reason() -> None:
    ana, ben = factories.ana(), factories.ben()

    with unit_of_work():
        actions.change_standing(advocate_id=ben.id, step=Step.SUSPEND, by_id=ana.id, at=NOW, reason="words")

    line = session.scalars(select(JournalEntry).where(JournalEntry.action == "advocate.suspended")).one()
    assert line.details == {"reason": "words", "before": "PROBATION"}
    assert session.get_one(Advocate, ben.id).status is AdvocateStatus.SUSPENDED


def test_nobody_decides_on_their_own_standing() -> None:
    ben = factories.ben()

    with pytest.raises(NotAllowed), unit_of_work():
        actions.change_standing(advocate_id=ben.id, step=Step.CONFIRM, by_id=ben.user_id, at=NOW)


def keep(advocate: Advocate, **changed: object) -> None:
    values: dict[str, object] = {"signs_as": "Ada", "topics": [], "languages": [], "hidden_from_boards": False}
    with unit_of_work():
        actions.keep_skills(advocate_id=advocate.id, at=NOW, **(values | changed))  # type: ignore[arg-type]


def test_skills_are_what_was_chosen_last() -> None:
    ada = factories.ada()

    keep(ada, topics=["lids", "descaling", "lids"], languages=["en"])
    keep(ada, topics=["descaling"], languages=["de", "en"], signs_as="Adá’s", hidden_from_boards=True)

    kept = queries.advocate_of_user(ada.user_id)
    assert kept is not None
    assert (kept.signs_as, kept.hidden_from_boards) == ("Adá’s", True)
    assert sorted((skill.kind, skill.value) for skill in kept.skills) == [
        (SkillKind.LANGUAGE, "de"),
        (SkillKind.LANGUAGE, "en"),
        (SkillKind.TOPIC, "descaling"),
    ]


@pytest.mark.parametrize(
    "name", ["", " Ada", "4ever", "ada.example", "@ada", "Ada\u202e", "A" * 41, "Ada\nBoss", "A/B", "a:b"]
)
def test_a_signature_is_no_link_and_turns_nothing_round(name: str) -> None:
    with pytest.raises(Invalid) as refused:
        keep(factories.ada(), signs_as=name)

    assert refused.value.field == "signs_as"


@pytest.mark.parametrize("name", ["Ada", "Mossy Mug", "José-Luis", "O'Neil", "ゆき", "نور", "Ng"])
def test_names_of_every_script_sign(name: str) -> None:
    keep(factories.ada(), signs_as=name)


@pytest.mark.parametrize(
    ("chosen", "field"), [({"topics": map(str, range(21))}, "topics"), ({"languages": map(str, range(9))}, "languages")]
)
def test_nobody_knows_everything(chosen: dict[str, object], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        keep(factories.ada(), **chosen)

    assert refused.value.field == field
