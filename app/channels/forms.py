"""Forms of channels: connecting an account, its switches, its pace, and its searches."""

from datetime import timedelta
from math import ceil
from typing import Self

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, PasswordField, RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from app.channels.models import Destination
from app.channels.pages import DESTINATION_WORDS
from app.channels.searches import Wish
from app.channels.types import Pace
from app.foundation.forms import Form, WholeNumberField, options
from app.foundation.words import _

SECRET_LONGEST = 4000
_FITS = Length(max=SECRET_LONGEST, message=_l("This is too long to be a token."))


class ConnectForm(Form):
    """Tokens of one account; they are never shown again. ``place`` picks one of the addresses we may call."""

    place = SelectField(_l("Network"))
    access_token = PasswordField(_l("Access token"), [InputRequired(_l("Paste the access token.")), _FITS])
    refresh_token = PasswordField(_l("Refresh token"), [Optional(), _FITS])
    client_id = StringField(_l("Client ID"), [Optional(), Length(max=200)])
    client_secret = PasswordField(_l("Client secret"), [Optional(), _FITS])

    @property
    def secrets(self) -> dict[str, str]:
        """Return what was pasted, without what was left empty."""
        names = ("access_token", "refresh_token", "client_id", "client_secret")
        pasted = {name: (self[name].data or "").strip() for name in names}
        return {name: value for name, value in pasted.items() if value}


class SwitchesForm(Form):
    reply_to_any = BooleanField(_l("We may answer posts that did not call us"))
    answer_by_hand = BooleanField(_l("Staff post by hand what we may not answer from here"))
    impact_counts = BooleanField(_l("Likes, reposts and views of our replies earn points"))
    learns = BooleanField(_l("Triage learns from corrections of posts from here"))

    @property
    def switches(self) -> dict[str, bool]:
        fields = (self.reply_to_any, self.answer_by_hand, self.impact_counts, self.learns)
        return {field.name: bool(field.data) for field in fields}


class PaceForm(Form):
    """How many posts may leave, in how many minutes."""

    posts = WholeNumberField(
        _l("Posts at most"),
        [InputRequired(_l("Say how many posts.")), NumberRange(1, 10_000, _l("A whole number from 1 to 10,000."))],
    )
    minutes = WholeNumberField(
        _l("In how many minutes"),
        [InputRequired(_l("Say in how many minutes.")), NumberRange(1, 1440, _l("A whole number from 1 to 1,440."))],
    )

    @classmethod
    def showing(cls, pace: Pace) -> Self:
        """Return the form with what holds at present, whatever was sent to another form of the page."""
        minutes = ceil(pace.window / timedelta(minutes=1))
        return cls(formdata=None, data={"posts": pace.posts or None, "minutes": minutes})

    @property
    def pace(self) -> Pace:
        """Return what is wanted, once it is found valid."""
        return Pace(self.posts.data or 0, timedelta(minutes=self.minutes.data or 0))


class SearchForm(Form):
    """A saved search; how long its words may be, each network says."""

    name = StringField(
        _l("Name"), [InputRequired(_l("Give it a name.")), Length(max=60, message=_l("This is too long."))]
    )
    query = TextAreaField(_l("Search for"), [InputRequired(_l("Say what to search for."))])
    destination = RadioField(
        _l("What only it finds goes to"),
        [InputRequired(_l("Pick where such posts go."))],
        choices=options(DESTINATION_WORDS),
    )

    def fits(self, longest: int) -> bool:
        """Say whether the network takes a search of this length; blame it where it does not."""
        length = len(self.wish.query)
        if length > longest:
            message = _(
                "This is %(length)s characters long; the network takes %(longest)s.", length=length, longest=longest
            )
            self.blame("query", message)
        return length <= longest

    @property
    def wish(self) -> Wish:
        """Return what is wanted; the query on one line, as networks read it."""
        query = " ".join((self.query.data or "").split())
        return Wish((self.name.data or "").strip(), query, Destination(self.destination.data))
