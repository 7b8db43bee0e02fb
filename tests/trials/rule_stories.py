"""What happens in trials with the brand's rules: they are written, tried, let count, and taken back."""

from sqlalchemy import select

from app.foundation.db import session
from app.triage.models import DryRun
from tests import factories
from tests.trials.ground import World
from tests.trials.stories import both, hear, nothing, press, story

_RULES = "/manage/rules"
_WORDING = {"name": "Vinegar", "words": "vinegar", "way": "marketing", "mood_from": "", "mood_to": "", "assign_to": ""}


def written(world: World) -> None:
    """There is a rule, which is off."""
    world.ids["rule"] = factories.make_rule()


def counting(world: World) -> None:
    """There is a rule, which is on, and somebody says what it is about."""
    world.ids["rule"] = factories.make_rule(is_on=True)
    world.post(f"@{world.brand} how long does the vinegar stand in the K2?", author="ann")


def tried(world: World) -> None:
    """... of which a dry run was made."""
    written(world)
    press("ana", f"{_RULES}/dry-runs", act="switched_on", key="{rule}")(world)
    world.ids["dry_run"] = session.scalars(select(DryRun.id)).one()


_SWITCH_OFF = press("ana", f"{_RULES}/changes", act="switched_off", key="{rule}")
story("write a rule", nothing, press("sol", f"{_RULES}/new", **_WORDING))
story("change a rule", written, press("sol", _RULES + "/{rule}", seen="{rule}", **_WORDING))
story("try a rule", written, press("sol", f"{_RULES}/dry-runs", act="switched_on", key="{rule}"))
story("let a rule count", tried, press("ana", _RULES + "/dry-runs/{dry_run}/put-in-force"))
story("switch a rule off", counting, both(_SWITCH_OFF, hear), listens=True)
