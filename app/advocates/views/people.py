"""Who is here: the list, one person, their roles, and invitations."""

import secrets
from http import HTTPStatus

from flask import current_app, flash, redirect, render_template, request, url_for
from flask import session as form_session
from flask.typing import ResponseReturnValue

from app.accounts.actions import admins, links
from app.accounts.actions import people as accounts
from app.accounts.forms import ROLE_WORDS, InviteForm, NothingForm, RoleForm
from app.accounts.guards import requires
from app.accounts.login import signed_in
from app.accounts.models import Role
from app.accounts.permissions import Permission, may
from app.accounts.queries import admin_requests, invitation_of, open_invitations, user_of
from app.accounts.views.passwords import outside_url
from app.accounts.views.signing_in import KEY_BYTES
from app.advocates import actions, queries
from app.advocates.forms import STATUS_WORDS, SuspendForm, language_name
from app.advocates.models import AdvocateStatus, SkillKind
from app.advocates.views.blueprint import bp
from app.foundation import clock
from app.foundation.db import unit_of_work
from app.foundation.errors import Invalid
from app.foundation.lanes import crash_point
from app.foundation.mail import POSTMAN, Letter
from app.foundation.words import _

A_PAGE = 50
#: Where the link of a new invitation waits to be shown, once, to whoever made it.
_NEW_LINK = "new_invitation"
STATUS_TONES = {AdvocateStatus.TRUSTED: "good", AdvocateStatus.SUSPENDED: "danger", AdvocateStatus.PROBATION: "warn"}


def _list_page(form: InviteForm, status: int = 200) -> ResponseReturnValue:
    person = signed_in()
    words, after = request.args.get("q", "").strip()[:80], request.args.get("after", "")[:40].replace("\0", "")
    role = Role(request.args["role"]) if request.args.get("role") in set(Role) else None
    rows = queries.people(person, words=words, role=role, after=after, limit=A_PAGE + 1)
    page = render_template(
        "advocates/people.html",
        rows=rows[:A_PAGE],
        more=_more(rows, words, role),
        words=words,
        role=role,
        role_words=ROLE_WORDS,
        status_words=STATUS_WORDS,
        status_tones=STATUS_TONES,
        may_invite=may(person, Permission.GRANT_ROLES),
        form=form,
        invitations=open_invitations(person, at=clock.now()),
        admin_requests=admin_requests(person),
        new_link=form_session.pop(_NEW_LINK, None),
    )
    return page, status


def _more(rows: list[queries.Row], words: str, role: Role | None) -> str:
    """Return where the next page is; empty after the last one."""
    if len(rows) <= A_PAGE:
        return ""
    return url_for("advocates.people", after=rows[A_PAGE - 1].user.handle, q=words or None, role=role)


@bp.get("/manage/people")
@requires(Permission.SEE_PEOPLE)
def people() -> ResponseReturnValue:
    return _list_page(InviteForm(formdata=None))


@bp.post("/manage/people/invitations")
@requires(Permission.GRANT_ROLES)
def create_invitation() -> ResponseReturnValue:
    form, key = InviteForm(), secrets.token_urlsafe(KEY_BYTES)
    try:
        if form.validate():
            with unit_of_work():
                link = links.invite(
                    email=form.email.data or "",
                    roles=form.roles.data or [],
                    key=key,
                    by_id=signed_in().id,
                    at=clock.now(),
                )
            crash_point("invitation.sent")
            _tell(link.email, outside_url(url_for("advocates.join", key=key)))
            return redirect(url_for("advocates.people"), code=303)
    except Invalid as error:
        form.blame(error.field, error.message)
    return _list_page(form, HTTPStatus.UNPROCESSABLE_ENTITY)


def _tell(email: str, address: str) -> None:
    community = current_app.config["SETTINGS"].community_name
    form_session[_NEW_LINK] = {"email": email, "address": address}
    POSTMAN.take(
        Letter(
            to=email,
            subject=_("You are invited to %(community)s", community=community),
            text=_(
                "Hello,\n\n%(name)s invites you to %(community)s. Join here within 48 hours:\n%(link)s\n\n"
                "The link works once. You did not expect it? Then do nothing.",
                name=signed_in().name,
                community=community,
                link=address,
            ),
        )
    )


@bp.post("/manage/people/invitations/<int:link_id>/withdraw")
@requires(Permission.GRANT_ROLES)
def withdraw_invitation(link_id: int) -> ResponseReturnValue:
    NothingForm()
    link = invitation_of(signed_in(), link_id)
    with unit_of_work():
        links.withdraw_invitation(link_id=link.id, by_id=signed_in().id, at=clock.now())
    crash_point("invitation.withdrawn")
    flash(_("The invitation opens nothing any more."), "success")
    return redirect(url_for("advocates.people"), code=303)


@bp.get("/manage/people/<int:user_id>")
@requires(Permission.SEE_PEOPLE)
def one(user_id: int) -> ResponseReturnValue:
    person, user = signed_in(), user_of(signed_in(), user_id)
    advocate = queries.advocate_of_user(user.id)
    skills = advocate.skills if advocate else []
    return render_template(
        "advocates/person.html",
        user=user,
        advocate=advocate,
        topics=sorted(skill.value for skill in skills if skill.kind is SkillKind.TOPIC),
        languages=[language_name(skill.value) for skill in skills if skill.kind is SkillKind.LANGUAGE],
        is_me=user.id == person.id,
        admin_request=next((each for each in admin_requests(person) if each.user_id == user.id), None),
        me_id=person.id,
        may_grant=may(person, Permission.GRANT_ROLES),
        may_promote=may(person, Permission.PROMOTE),
        may_suspend=may(person, Permission.SUSPEND),
        role_words=ROLE_WORDS,
        status_words=STATUS_WORDS,
        status_tones=STATUS_TONES,
        suspend_form=SuspendForm(formdata=None),
    )


def _back_to(user_id: int) -> ResponseReturnValue:
    return redirect(url_for("advocates.one", user_id=user_id), code=303)


@bp.post("/manage/people/<int:user_id>/give-role")
@requires(Permission.GRANT_ROLES)
def give_role(user_id: int) -> ResponseReturnValue:
    user, role = user_of(signed_in(), user_id), _role()
    with unit_of_work():
        actions.give_role(user_id=user.id, role=role, by_id=signed_in().id, at=clock.now())
    crash_point("role.given")
    flash(_("Done. They sign in again with their new rights."), "success")
    return _back_to(user_id)


@bp.post("/manage/people/<int:user_id>/give-admin")
@requires(Permission.GRANT_ADMIN)
def give_admin(user_id: int) -> ResponseReturnValue:
    NothingForm()
    user = user_of(signed_in(), user_id)
    with unit_of_work():
        is_admin = admins.give_admin(user_id=user.id, by_id=signed_in().id, at=clock.now())
    crash_point("role.given")
    flash(
        _("Done. They sign in again with their new rights.") if is_admin else _("Asked. A second admin must agree."),
        "success",
    )
    return _back_to(user_id)


@bp.post("/manage/people/<int:user_id>/withdraw-admin")
@requires(Permission.GRANT_ADMIN)
def withdraw_admin(user_id: int) -> ResponseReturnValue:
    NothingForm()
    user = user_of(signed_in(), user_id)
    with unit_of_work():
        admins.withdraw_request(user_id=user.id, by_id=signed_in().id, at=clock.now())
    crash_point("role.request_withdrawn")
    flash(_("Withdrawn. Nothing has changed."), "success")
    return _back_to(user_id)


@bp.post("/manage/people/<int:user_id>/take-role")
@requires(Permission.GRANT_ROLES)
def take_role(user_id: int) -> ResponseReturnValue:
    user, role = user_of(signed_in(), user_id), _role()
    with unit_of_work():
        accounts.take_role(user_id=user.id, role=role, by_id=signed_in().id, at=clock.now())
    crash_point("role.taken")
    flash(_("Done. They are signed out everywhere."), "success")
    return _back_to(user_id)


def _role() -> Role:
    form = RoleForm()
    if not form.validate():
        raise Invalid(_("We know no such role."))
    return Role(form.role.data or "")


@bp.post("/manage/people/<int:user_id>/deactivate")
@requires(Permission.GRANT_ROLES)
def deactivate(user_id: int) -> ResponseReturnValue:
    NothingForm()
    user = user_of(signed_in(), user_id)
    with unit_of_work():
        accounts.deactivate(user_id=user.id, by_id=signed_in().id, at=clock.now())
    crash_point("user.deactivated")
    flash(_("The account is closed."), "success")
    return _back_to(user_id)


@bp.post("/manage/people/<int:user_id>/reactivate")
@requires(Permission.GRANT_ROLES)
def reactivate(user_id: int) -> ResponseReturnValue:
    NothingForm()
    user = user_of(signed_in(), user_id)
    with unit_of_work():
        accounts.reactivate(user_id=user.id, by_id=signed_in().id, at=clock.now())
    crash_point("user.reactivated")
    flash(_("The account is open again."), "success")
    return _back_to(user_id)
