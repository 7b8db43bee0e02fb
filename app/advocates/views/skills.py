"""What an advocate knows, and the name under their replies."""

from http import HTTPStatus

from flask import current_app, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from app.accounts.guards import requires
from app.accounts.login import signed_in
from app.accounts.permissions import Permission
from app.advocates import actions, queries
from app.advocates.forms import SkillsForm
from app.advocates.models import SkillKind
from app.advocates.views.blueprint import bp
from app.foundation import clock
from app.foundation.db import unit_of_work
from app.foundation.errors import Invalid
from app.foundation.lanes import crash_point
from app.foundation.words import _


def _form() -> SkillsForm:
    advocate = queries.advocate_of(signed_in())
    form = SkillsForm(
        data={
            "signs_as": advocate.signs_as,
            "hidden_from_boards": advocate.hidden_from_boards,
            "topics": [skill.value for skill in advocate.skills if skill.kind is SkillKind.TOPIC],
            "languages": [skill.value for skill in advocate.skills if skill.kind is SkillKind.LANGUAGE],
        }
    )
    form.topics.choices = {topic: topic.capitalize() for topic in queries.known_topics()}
    return form


def _page(form: SkillsForm, status: int = 200) -> ResponseReturnValue:
    role = current_app.config["SETTINGS"].signature_role
    return render_template("advocates/skills.html", form=form, signature_role=role), status


@bp.get("/me/skills")
@requires(Permission.KEEP_SKILLS)
def skills() -> ResponseReturnValue:
    return _page(_form())


@bp.post("/me/skills")
@requires(Permission.KEEP_SKILLS)
def keep_skills() -> ResponseReturnValue:
    form = _form()
    try:
        if form.validate():
            _keep(form)
            flash(_("Saved. Your feed follows it."), "success")
            return redirect(url_for("accounts.me"), code=303)
    except Invalid as error:
        form.blame(error.field, error.message)
    return _page(form, HTTPStatus.UNPROCESSABLE_ENTITY)


def _keep(form: SkillsForm) -> None:
    advocate_id = queries.advocate_of(signed_in()).id
    with unit_of_work():
        actions.keep_skills(
            advocate_id=advocate_id,
            signs_as=form.signs_as.data or "",
            topics=form.topics.data or [],
            languages=form.languages.data or [],
            hidden_from_boards=form.hidden_from_boards.data,
            at=clock.now(),
        )
    crash_point("advocate.skills_kept")
