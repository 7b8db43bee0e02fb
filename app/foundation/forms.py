"""The form that every form of ours is: it takes the fields it lists and no others. And a field for whole numbers."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from flask import abort, request
from flask_wtf import FlaskForm
from wtforms import IntegerField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than its stubs

_TOKEN = "csrf_token"  # noqa: S105 -- a field's name
_DIGITS = 9


def options(words: Mapping[Any, Any]) -> Any:
    """Return what a pick list offers, value to label, in the one shape that WTForms will go on taking."""
    return [SelectChoice(str(value), label) for value, label in words.items()]


def whole_number(text: str) -> int | None:
    """Return the small whole number that a hidden field holds, or None."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= _DIGITS else None


class WholeNumberField(IntegerField):
    """A number without sign; what is none counts as nothing, and NumberRange says in our words what is wanted."""

    def process_formdata(self, valuelist: Sequence[str]) -> None:
        self.data = whole_number(valuelist[0].strip()) if valuelist else None


class Form(FlaskForm):
    """A form by POST. A field it does not list is answered with 400: nothing slips in beside what is checked.

    Made with ``formdata=None`` it is only shown, and whatever was sent went to another form of the page.
    """

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        only_shown = "formdata" in options and options["formdata"] is None
        if not only_shown and self.is_submitted() and (self._unlisted() or self._unstorable()):
            abort(HTTPStatus.BAD_REQUEST)

    def _unlisted(self) -> set[str]:
        return set(request.form) - set(self._fields) - {_TOKEN}

    @staticmethod
    def _unstorable() -> bool:
        """Say whether something holds the sign that PostgreSQL stores in no text."""
        return any("\0" in value for _name, value in request.form.items(multi=True))

    def blame(self, field: str | None, message: str) -> None:
        """Show ``message`` beside ``field``, or above the whole form, as what a check of the rules found."""
        if field in self._fields:
            blamed = self._fields[field]
            blamed.errors = [*blamed.errors, message]
        else:
            self.form_errors.append(message)
