"""Triage's forms."""

from flask_babel import lazy_gettext as _
from wtforms import SelectField

from app.foundation.forms import Form, options
from app.triage.listening import Place

PLACE_WORDS = {
    Place.FEED: _("The crew"),
    Place.STAFF: _("Staff"),
    Place.NO_REPLY: _("No reply"),
    Place.SPAM: _("Spam"),
}


class PlaceForm(Form):
    """Where a post belongs."""

    place = SelectField(_("Where does it belong?"), choices=options(PLACE_WORDS))

    @property
    def said(self) -> Place:
        """Return what was said, once it is found valid."""
        return Place(self.place.data)
