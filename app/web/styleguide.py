"""Made-up values for the page that shows every component."""

from datetime import datetime, timedelta
from typing import Any

from wtforms import (
    BooleanField,
    Form,
    PasswordField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than its stubs

from app.foundation.charts import Line, lines

KETTLE = (
    "@NorthwindKettle my K2 has started clicking off at about 80° and the water never actually boils?? "
    "Descaled twice. Help, I have guests in an hour https://northwindkettles.example/k2"
)
ARABIC = "هل يمكن استخدام الخل بدل مزيل الترسبات مع K2؟ قرأت على https://northwindkettles.example/a/very/long/path/that/does/not/stop أنه ممكن."
GERMAN = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaftskessel wird nicht heiß"
HOSTILE = "<script>alert(1)</script> <b onclick=alert(1)>bold</b> javascript:alert(1) http://a.example/?q=\"'<x>"


class ExampleForm(Form):
    """A form with one field of each kind; its names are those of no real form."""

    nickname = StringField("What should we call you?")
    email = StringField("Email")
    password = PasswordField("Password")
    topic = SelectField("Topic", choices=[SelectChoice("descaling", "Descaling"), SelectChoice("lids", "Lids")])
    kettles = SelectMultipleField(
        "Which kettles do you own?",
        choices=[SelectChoice("k2", "K2"), SelectChoice("pro", "Pro"), SelectChoice("old", "An old one")],
    )
    often = RadioField(
        "How often?", choices=[SelectChoice("daily", "Every day"), SelectChoice("weekly", "Once a week")]
    )
    about = TextAreaField("Answer this one, as you would online")
    read = BooleanField("I have read the crew guide")


def example_form() -> ExampleForm:
    """Return the form, filled in, with an error in its email."""
    form = ExampleForm(data={"nickname": "Mossy Mug", "email": "mossy@", "kettles": ["k2"], "often": "daily"})
    form.email.errors = ["Enter an email address like name@example.com"]
    return form


def examples(now: datetime) -> dict[str, Any]:
    """Return what the page shows, with times around ``now``."""
    return {
        "now": now,
        "cord_choices": {
            "held": 12,
            "scopes": [
                ("EVERYTHING", "Everything: 12 wait"),
                ("CROWD", "The crowd only: 9 wait"),
                ("TOPIC", "One topic"),
            ],
            "topics": [("descaling", "Descaling: 4 wait"), ("lids", "Lids: 1 waits")],
        },
        "in_nine": now + timedelta(minutes=8, seconds=41),
        "in_seven_seconds": now + timedelta(seconds=7),
        "earlier": now - timedelta(minutes=14),
        "hours_ago": now - timedelta(hours=2),
        "days_ago": now - timedelta(days=2),
        "due_late": now - timedelta(minutes=4),
        "due_soon": now + timedelta(minutes=12),
        "due_calm": now + timedelta(minutes=48),
        "form": example_form(),
        "kettle": KETTLE,
        "arabic": ARABIC,
        "german": GERMAN,
        "hostile": HOSTILE,
        "drawings": lines(
            [f"{hour}:00" for hour in range(1, 15)],
            [
                Line("Heard", 1, [3, 2, 2, 1, 2, 4, 8, 11, 12, 10, 13, 12, 14, 31]),
                Line("Usual", 4, [2, 2, 1, 1, 2, 4, 7, 10, 12, 12, 12, 12, 12, 12], dashed=True),
            ],
        ),
        "diff": [
            ("same", "That early click usually means scale on the "),
            ("del", "thermostat"),
            ("ins", "little sensor disc under the lid"),
            ("same", ", not in the water tank."),
        ],
    }
