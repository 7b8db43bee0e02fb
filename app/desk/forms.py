"""Staff's forms."""

from flask_babel import lazy_gettext as _
from wtforms import HiddenField, IntegerField, TextAreaField
from wtforms.validators import InputRequired, Length
from wtforms.widgets import HiddenInput

from app.foundation.forms import Form


class AnswerForm(Form):
    """Words said in public through the brand's account; ``form_key`` makes sending it twice harmless."""

    text = TextAreaField(_("Public answer"), validators=[InputRequired(_("Write the answer first.")), Length(max=4000)])
    form_key = HiddenField(validators=[InputRequired(), Length(min=16, max=64)])
    #: Of the post as the page showed it; one that names none showed the first.
    edition = IntegerField(widget=HiddenInput(), default=1)


class NoteForm(Form):
    """Words only staff see."""

    text = TextAreaField(_("Note"), validators=[InputRequired(_("Write the note first.")), Length(max=4000)])


class ReturnForm(Form):
    """A brief for whoever looks at the case later."""

    brief = TextAreaField(_("Why can the crew answer this?"), validators=[Length(max=1000)])


class ReasonForm(Form):
    """Why a post is for staff."""

    reason = TextAreaField(_("Why is this for staff?"), validators=[InputRequired(_("Say why.")), Length(max=1000)])
